"""The parts of `make test`: together they are all tests on each database, and run one more at a time than processors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.again import MOST
from tests.run import ROOT, UNKEPT, Part, environment_of, looked_at_again, run, run_all, suites

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


def test_one_part_more_than_processors_is_under_way_at_a_time(tmp_path: Path) -> None:
    """Each waits until as many have begun as shall run at once, and tells how many it saw: with fewer, none would end well."""
    wait = (
        "import sys, time; from pathlib import Path; folder, name, wanted = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]);"
        "(folder / name).touch(); deadline = time.monotonic() + 60\n"
        "while len(list(folder.iterdir())) < wanted and time.monotonic() < deadline: time.sleep(0.01)\n"
        "raise SystemExit(len(list(folder.iterdir())) < wanted)"
    )
    wanted = (os.cpu_count() or 1) + 1
    parts = [
        Part(f"part {at}", (sys.executable, "-c", wait, str(tmp_path), str(at), str(wanted))) for at in range(wanted)
    ]
    assert [one.code for one in run_all(parts)] == [0] * wanted


def test_what_a_process_compiled_the_next_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that forbids Python to keep it does not make every process of the suite compile everything anew."""
    monkeypatch.setenv(UNKEPT, "1")
    for environment, kept in ((environment_of(suites()[0]), True), (dict(os.environ), False)):
        ask = [sys.executable, "-c", "import sys; raise SystemExit(sys.dont_write_bytecode)"]
        assert subprocess.run(ask, env=environment, check=False).returncode == (0 if kept else 1)


SOMETIMES = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("mark", [str(at) for at in range({count})])
def test_passes_when_it_was_tried_before(mark, request):
    tried = Path(__file__).with_name(mark)
    before = tried.exists()
    tried.touch()
    assert before and {well}
"""


@pytest.mark.parametrize(("count", "well", "code"), [(MOST, True, 0), (MOST, False, 1), (MOST + 1, True, 1)])
def test_a_few_failed_tests_are_run_once_more_and_called_unsteady(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    count: int,
    well: bool,
    code: int,
) -> None:
    """What fails again has failed; so has a part in which many fail."""
    monkeypatch.setattr("tests.run.ROOT", tmp_path)
    file = tmp_path / "test_sometimes.py"
    file.write_text(SOMETIMES.format(count=count, well=well))
    pytest_here = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}")
    first = run(Part("sometimes", (*pytest_here, str(file))))
    assert first.code == 1
    assert looked_at_again(first).code == code
    assert capsys.readouterr().out.count("UNSTEADY") == (0 if code else count)
