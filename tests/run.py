"""The whole suite as `make test` runs it: checks, then its parts, longest first, each timed.

One part more than there are processors runs at a time: for a third of its time a part waits, for its browser, its database
or a server that it killed, and as many parts as processors leave those idle as long. A part is a plain process about some
folders and one database; what touches no database runs with SQLite's. Databases and data folders lie in memory where there
is room: what a power cut does is the subject of `make crash`, on disks of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from tests.again import alone, worth_another_look

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ENGINE = ("runtime", "rights", "oracle", "formula", "crash", "full", "releases", "packs")
WEB = ("web",)
BROWSER = ("e2e",)
BACKUPS = ("runtime/backup",)
"""They begin with one demonstration, whatever database it is restored into: one process is about both."""
BOUND = 1_500
"""Seconds that all of it may take on a quiet machine of two processors, with setting up."""
AT_ONCE = (os.cpu_count() or 1) + 1
ROOM = 4_000_000_000
"""Bytes that memory must offer before databases are laid there."""
UNKEPT = "PYTHONDONTWRITEBYTECODE"
"""Where a machine sets it, each of hundreds of processes would compile the product and its tests anew."""


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
        Part("types", (str(BIN / "mypy"), "engine", "packs", "designer")),
        Part("designer's page", (str(BIN / "python"), "bundle/browser_half.py", "--check")),
    )


def suites() -> tuple[Part, ...]:
    """The parts, longest first; together they are all of `tests`, on each database.

    Two that fill a server with databases do not begin together: those lie in memory.
    """
    named = {*ENGINE, *WEB, *BROWSER}
    others = ("tests", *(f"--ignore=tests/{name}" for name in sorted(named)))
    engine, web, browser, backups = (_folders(one) for one in (ENGINE, WEB, BROWSER, BACKUPS))
    apart = tuple(f"--ignore={folder}" for folder in backups)
    return (
        _suite("browser", browser, "both"),
        _suite("pages on postgres", web, "postgres"),
        *(_suite(f"engine on {kind}", (*engine, *apart), kind) for kind in ("sqlite", "postgres")),
        _suite("all else on sqlite", others, "sqlite"),
        _suite("pages on sqlite", web, "sqlite"),
        _suite("backups", backups, "both"),
        _suite("all else on postgres", others, "postgres"),
    )


def _folders(group: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"tests/{name}" for name in group)


def _suite(name: str, what: tuple[str, ...], kind: str) -> Part:
    """One part; only pages are asked by what their schema says, and only they load the plugin for it."""
    pytest = (str(BIN / "python"), "-m", "pytest", "-p", "no:cacheprovider", "--durations=5", "--durations-min=2")
    unneeded = () if what == _folders(WEB) else ("-p", "no:schemathesis")
    return Part(name, (*pytest, *unneeded, *what), (("DOUGONG_TEST_DATABASE", kind),))


def in_memory() -> str | None:
    """The folder of memory that has room for what the tests write; None when there is none."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


def environment_of(part: Part) -> dict[str, str]:
    """What a part and the processes that it starts are told; what one of them compiled, the next one reads."""
    return {name: value for name, value in os.environ.items() if name != UNKEPT} | dict(part.environment)


def run(part: Part) -> Result:
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            part.command, cwd=ROOT, env=environment_of(part), stdout=said, stderr=subprocess.STDOUT
        )
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


def run_all(parts: Sequence[Part]) -> Iterator[Result]:
    """Run the parts in their order, as many at a time as keep the machine at work; the results as they come."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for ended in as_completed([pool.submit(run, part) for part in parts]):
            yield ended.result()


def looked_at_again(result: Result) -> Result:
    """How a part ended, its few failed tests having been run once more, alone."""
    again = worth_another_look(result.code, result.output)
    if not again:
        return result
    print(f"\n── {result.part.name}: once more, alone", flush=True)
    second = run(replace(result.part, command=alone(result.part.command, again)))
    if second.code == 0:
        print(*(f"UNSTEADY: failed at first, passed alone: {test}" for test in again), sep="\n", flush=True)
    return replace(result, code=second.code)


def main() -> int:
    """Run everything."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dougong-suite-", dir=in_memory()) as folder:
        Path(folder).chmod(0o755)
        os.environ["TMPDIR"] = folder
        results = [looked_at_again(one) for one in list(run_all((*checks(), *suites())))]
    failed = [result.part.name for result in results if result.code]
    print()
    for result in results:
        print(f"{result.seconds:7.0f} s {result.worked:7.0f} s worked  {result.part.name}")
    print(f"\n{len(results) - len(failed)} passed, {len(failed)} failed", flush=True)
    print(f"parts in {time.monotonic() - started:.0f} s of {BOUND}; failed: {', '.join(failed) or 'none'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
