"""The whole suite as `make test` runs it: checks, then its parts, two at a time, longest first, each timed.

A part is a plain process about some folders and one database; what touches no database runs with SQLite's. Databases and
data folders lie in memory where there is room: what a power cut does is the subject of `make crash`, on disks of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ENGINE = ("runtime", "rights", "oracle", "formula", "crash", "full", "releases", "packs")
WEB = ("web",)
BROWSER = ("e2e",)
BOUND = 1_500
"""Seconds that all of it may take on a quiet machine of two processors, with setting up."""
ROOM = 4_000_000_000
"""Bytes that memory must offer before databases are laid there."""


@dataclass(frozen=True)
class Part:
    """One part of the suite: a command and the environment it adds."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    """How a part ended: its exit code, seconds, those of a processor that it and what it waited for took, and output."""

    part: Part
    code: int
    seconds: float
    worked: float
    output: str


def checks() -> tuple[Part, ...]:
    return (
        Part("ruff", (str(BIN / "ruff"), "check", ".")),
        Part("format", (str(BIN / "ruff"), "format", "--check", "engine", "designer", "tests", "bench", "bundle")),
        Part("imports", (str(BIN / "lint-imports"), "--no-cache")),
        Part("types", (str(BIN / "mypy"), "engine", "designer")),
    )


def suites() -> tuple[Part, ...]:
    """The parts, longest first; together they are all of `tests`, on each database."""
    named = {*ENGINE, *WEB, *BROWSER}
    others = ("tests", *(f"--ignore=tests/{name}" for name in sorted(named)))
    engine, web = (tuple(f"tests/{name}" for name in group) for group in (ENGINE, WEB))
    return (
        *(_suite(f"engine on {kind}", engine, kind) for kind in ("sqlite", "postgres")),
        *(_suite(f"pages on {kind}", web, kind) for kind in ("sqlite", "postgres")),
        _suite("browser", tuple(f"tests/{name}" for name in BROWSER), "both"),
        *(_suite(f"all else on {kind}", others, kind) for kind in ("sqlite", "postgres")),
    )


def _suite(name: str, what: tuple[str, ...], kind: str) -> Part:
    pytest = (str(BIN / "python"), "-m", "pytest", "-p", "no:cacheprovider", "--durations=5", "--durations-min=2")
    return Part(name, (*pytest, *what), (("DOUGONG_TEST_DATABASE", kind),))


def in_memory() -> str | None:
    """The folder of memory that has room for what the tests write; None when there is none."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


def run(part: Part) -> Result:
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        environment = {**os.environ, **dict(part.environment)}
        process = subprocess.Popen(part.command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, ending, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ending)
        said.seek(0)
        output = said.read().decode("utf-8", "replace")
    seconds = time.monotonic() - started
    result = Result(part, process.returncode, seconds, used.ru_utime + used.ru_stime, output)
    mark = "ok" if result.code == 0 else "FAILED"
    print(f"── {part.name}: {mark} in {result.seconds:.0f} s, {result.worked:.0f} s of a processor", flush=True)
    print(result.output.rstrip() if result.code else "\n".join(result.output.rstrip().splitlines()[-9:]), flush=True)
    return result


def main() -> int:
    """Run everything, two parts at a time."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dougong-suite-", dir=in_memory()) as folder:
        Path(folder).chmod(0o755)
        os.environ["TMPDIR"] = folder
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = [*pool.map(run, checks()), *pool.map(run, suites())]
    failed = [result.part.name for result in results if result.code]
    print()
    for result in results:
        print(f"{result.seconds:7.0f} s {result.worked:7.0f} s worked  {result.part.name}")
    print(f"\n{len(results) - len(failed)} passed, {len(failed)} failed", flush=True)
    print(f"parts in {time.monotonic() - started:.0f} s of {BOUND}; failed: {', '.join(failed) or 'none'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
