"""The parts of `make test`: together they are all tests on each database, and a third one begins only where there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run import ROOT, UNKEPT, Part, environment_of, has_room, suites

BOTH = {"sqlite", "postgres"}


def databases(parts: tuple[Part, ...], file: Path) -> list[str]:
    """The databases in whose parts a file is, once for each part."""
    found = []
    for part in parts:
        words = part.command[part.command.index("pytest") + 1 :]
        given = [ROOT / one for one in words if not one.startswith("-") and (ROOT / one).is_dir()]
        without = [ROOT / one.removeprefix("--ignore=") for one in words if one.startswith("--ignore=")]
        if any(file.is_relative_to(one) for one in given) and not any(file.is_relative_to(one) for one in without):
            kind = dict(part.environment)["DOUGONG_TEST_DATABASE"]
            found += sorted(BOTH) if kind == "both" else [kind]
    return found


def test_every_file_is_run_once_on_each_database() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    assert len(files) > 100
    assert {one.name: found for one in files if sorted(found := databases(suites(), one)) != sorted(BOTH)} == {}


def test_a_part_that_is_left_out_is_seen() -> None:
    """The control."""
    file = Path(__file__)
    assert any(databases((one,), file) for one in suites())
    assert sorted(databases(suites()[:-1], file)) != sorted(BOTH)


def test_a_third_part_begins_where_the_machine_has_room() -> None:
    processors = os.cpu_count() or 1
    assert [has_room(running, 100.0 * processors) for running in range(4)] == [True, True, False, False]
    assert [has_room(running, 0.1) for running in range(4)] == [True, True, True, False]


def test_what_a_process_compiled_the_next_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that forbids Python to keep it does not make every process of the suite compile everything anew."""
    monkeypatch.setenv(UNKEPT, "1")
    for environment, kept in ((environment_of(suites()[0]), True), (dict(os.environ), False)):
        ask = [sys.executable, "-c", "import sys; raise SystemExit(sys.dont_write_bytecode)"]
        assert subprocess.run(ask, env=environment, check=False).returncode == (0 if kept else 1)
