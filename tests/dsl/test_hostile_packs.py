"""Hostile packs: whatever stands in a pack, `dougong check` ends within its limits and says what is wrong and where."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from definition_cases import BASE, PACK, Case
from hostile_cases import hostile_cases, lay_out, lay_over, verdict
from hostile_trial import MEGABYTES, SECONDS, YARDSTICKS, Outcome, Trial, seconds_for, warm_child
from test_bad_definitions import TOLD_OF_THE_HOSTILE

CASES = hostile_cases()
REFUSED = [case for case in CASES if not verdict(case).harmless]
HARMLESS = [case for case in CASES if verdict(case).harmless]
LEAST = 400
"""Cases that the corpus has at least; it may only grow."""
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with warm_child() as made:
        yield made


def told(outcome: Outcome) -> list[str]:
    """The errors of a check as code and line; every diagnostic must have a file and a line."""
    found = json.loads(outcome.out)
    assert isinstance(found, list), found
    assert all(one["file"] and one["line"] >= 1 and one["message"] for one in found)
    errors = [f"{one['code']} {one['file']}:{one['line']}" for one in found if one["severity"] == "error"]
    assert outcome.code == (1 if errors else 0)
    return errors


def assert_as_declared(case: Case, outcome: Outcome) -> None:
    wanted, errors = verdict(case), told(outcome)
    if wanted.harmless:
        assert errors == []
    elif wanted.more:
        assert all(any(f"{error}:".startswith(f"{one}:") for error in errors) for one in wanted.errors)
        assert {one.split()[0] for one in errors} == wanted.codes
    else:
        assert list(dict.fromkeys(errors)) == list(wanted.errors)


def assert_within_limits(outcome: Outcome, seconds: float) -> None:
    assert outcome.clean, (outcome.code, outcome.seconds, outcome.err[-2000:])
    assert outcome.seconds < seconds
    assert outcome.megabytes < MEGABYTES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_pack_is_refused_with_its_place_or_is_harmless(trial: Trial, case: Case, tmp_path: Path) -> None:
    packs = lay_out(case, tmp_path)
    outcome = trial.run("check", "--json", str(packs))
    assert_within_limits(outcome, trial.seconds)
    assert_as_declared(case, outcome)
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.parametrize("case", REFUSED[::12], ids=lambda case: case.name)
def test_what_a_terminal_shows_of_it_cannot_steer_the_terminal(trial: Trial, case: Case, tmp_path: Path) -> None:
    outcome = trial.run("check", str(lay_out(case, tmp_path)))
    assert outcome.clean
    assert _CONTROL.search(outcome.out) is None
    assert verdict(case).errors[0].split()[0] in outcome.out


def test_the_corpus_is_large_and_has_all_of_its_classes() -> None:
    groups = Counter(case.group for case in CASES)
    assert sum(groups.values()) >= LEAST
    assert min(groups.values()) >= 20
    assert {"encodings", "files", "formulas", "markup", "names", "rights", "shapes", "sources"} < groups.keys()
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.expected for case in CASES)
    assert {code for case in REFUSED for code in verdict(case).codes} >= TOLD_OF_THE_HOSTILE


def test_limits_catch_what_spins_what_swallows_memory_and_what_stumbles(trial: Trial) -> None:
    """The control: with these faults the tests above fail."""
    spinning = trial.run(door="spin", seconds=0.2)
    swallowing = trial.run("400", door="swallow")
    stumbling = trial.run(door="stumble")
    assert [one.clean for one in (spinning, swallowing, stumbling)] == [False, False, False]
    assert spinning.code < 0
    assert "MemoryError" in swallowing.err
    assert trial.run("100", door="swallow").clean
    for one in (spinning, swallowing, stumbling):
        with pytest.raises(AssertionError):
            assert_within_limits(one, trial.seconds)


def test_only_a_slower_machine_gives_a_command_longer() -> None:
    assert [seconds_for(one) for one in (0.001, SECONDS / YARDSTICKS, 0.1)] == [SECONDS, SECONDS, 6.0]


def test_a_verdict_that_is_not_met_is_noticed(trial: Trial, tmp_path: Path) -> None:
    """The control: a harmless case told as refused and a refused one told as harmless or at another line both fail."""
    refused = next(case for case in REFUSED if case.title == "a bare no")
    outcome = trial.run("check", "--json", str(lay_out(refused, tmp_path)))
    for expected in (("harmless",), ("E111 demo/roles/worker.yaml:3",), ("E112 demo/roles/worker.yaml:2", "…")):
        with pytest.raises(AssertionError):
            assert_as_declared(Case(refused.group, refused.title, refused.files, expected), outcome)


def rows_of(data: Path) -> list[str]:
    with sqlite3.connect(f"file:{data / 'dougong.sqlite3'}?mode=ro", uri=True) as connection:
        return [line for line in connection.iterdump() if "dougong_node" not in line]


def tasks_in(data: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{data / 'dougong.sqlite3'}?mode=ro", uri=True) as connection:
        return connection.execute("SELECT id, version, name, owner, status, hours FROM task ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def served(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation of the small pack with a few rows, made by commands."""
    folder = tmp_path_factory.mktemp("served")
    packs, data, sheet = folder / "packs", folder / "data", folder / "tasks.csv"
    shutil.copytree(BASE, packs / PACK)
    sheet.write_text("name,hours\ncall,1\nvisit,2\n", "utf-8")
    at = ("--data", str(data), "--packs", str(packs))
    for command in (
        ("apply",),
        ("user", "create", "li", "--role", "worker", "--json"),
        ("import", "task", str(sheet), "--user", "li"),
    ):
        done = trial.run(*at, *command, seconds=20)
        assert done.code == 0, done.err + done.out
    return data


def applied(trial: Trial, case: Case, served: Path, folder: Path) -> tuple[Outcome, list[str], list[str]]:
    """`dougong apply` of a case over a copy of the served installation: the outcome, rows before and after."""
    packs, data = lay_out(case, folder), folder / "data"
    shutil.copytree(served, data)
    before = rows_of(data)
    outcome = trial.run("--data", str(data), "--packs", str(packs), "apply", "--consent", seconds=10)
    return outcome, before, rows_of(data)


@pytest.mark.parametrize("case", REFUSED[::16], ids=lambda case: case.name)
def test_a_refused_pack_changes_no_row_of_a_served_installation(
    trial: Trial, served: Path, case: Case, tmp_path: Path
) -> None:
    outcome, before, after = applied(trial, case, served, tmp_path)
    assert (outcome.code, outcome.clean) == (1, True)
    assert any("call" in line for line in before)
    assert after == before


@pytest.mark.parametrize(
    "case", [case for case in HARMLESS if case.group in {"names", "rights"}], ids=lambda case: case.name
)
def test_a_harmless_pack_is_applied_and_keeps_the_rows(trial: Trial, served: Path, case: Case, tmp_path: Path) -> None:
    outcome, before, _ = applied(trial, case, served, tmp_path)
    assert (outcome.code, outcome.clean) == (0, True), outcome.err
    assert any("call" in line for line in before)
    assert tasks_in(tmp_path / "data") == tasks_in(served) != []


def test_an_applied_pack_changes_the_installation(trial: Trial, served: Path, tmp_path: Path) -> None:
    """The control: the comparison of rows sees what is applied."""
    packs, data = tmp_path / "packs", tmp_path / "data"
    shutil.copytree(BASE, packs / PACK)
    shutil.copytree(served, data)
    case = next(case for case in HARMLESS if case.title == "an entity called select")
    lay_over(case, packs / PACK)
    before = rows_of(data)
    assert trial.run("--data", str(data), "--packs", str(packs), "apply", seconds=10).code == 0
    assert rows_of(data) != before
