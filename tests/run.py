"""The whole suite as `make test` runs it: checks, then one plain process per database, each part timed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNTIME = tuple(
    f"tests/{name}" for name in ("runtime", "rights", "web", "packs", "formula", "crash", "full", "releases", "oracle")
)
"""What runs once more on PostgreSQL."""


@dataclass(frozen=True)
class Part:
    """One part of the suite: a command and the environment it adds."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    """How a part ended: its exit code, seconds, and output."""

    part: Part
    code: int
    seconds: float
    output: str


def checks() -> tuple[Part, ...]:
    return (
        Part("ruff", (str(BIN / "ruff"), "check", ".")),
        Part("format", (str(BIN / "ruff"), "format", "--check", "engine", "designer", "tests", "bench", "bundle")),
        Part("imports", (str(BIN / "lint-imports"), "--no-cache")),
        Part("types", (str(BIN / "mypy"), "engine", "designer")),
    )


def suites() -> tuple[Part, ...]:
    pytest = (str(BIN / "python"), "-m", "pytest", "-p", "no:cacheprovider")
    return (
        Part("sqlite", (*pytest, "tests", "--ignore=tests/e2e"), (("DOUGONG_TEST_DATABASE", "sqlite"),)),
        Part(
            "postgres",
            (*pytest, *(name for name in RUNTIME if (ROOT / name).exists()), "-m", "not one_database"),
            (("DOUGONG_TEST_DATABASE", "postgres"),),
        ),
    )


def browser() -> tuple[Part, ...]:
    return (Part("browser", (str(BIN / "python"), "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e")),)


def run(part: Part) -> Result:
    started = time.monotonic()
    done = subprocess.run(
        part.command,
        cwd=ROOT,
        env={**os.environ, **dict(part.environment)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    result = Result(part, done.returncode, time.monotonic() - started, done.stdout)
    mark = "ok" if result.code == 0 else "FAILED"
    print(f"── {part.name}: {mark} in {result.seconds:.0f} s", flush=True)
    print(result.output.rstrip() if result.code else "\n".join(result.output.rstrip().splitlines()[-3:]), flush=True)
    return result


def main() -> int:
    """Run everything; two parts at a time where they do not disturb each other."""
    started = time.monotonic()
    results: list[Result] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for group in (checks(), suites(), browser()):
            results += pool.map(run, group)
    failed = [result.part.name for result in results if result.code]
    print(f"\n{len(results) - len(failed)} passed, {len(failed)} failed", flush=True)
    print(f"parts in {time.monotonic() - started:.0f} s; failed: {', '.join(failed) or 'none'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
