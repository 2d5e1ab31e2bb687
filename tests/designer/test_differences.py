"""Differences in words: each case of the fixture changes the smallest application and says what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from designer.differences.concerns import concern_of
from designer.differences.parts import moved
from designer.differences.resources import difference
from designer.differences.said import Difference, Effect
from designer.differences.texts import text_differences
from tests.designer.editions import base, cases, change, edition

CASES: Any = cases("differences")


def told(folder: Path, changes: list[dict[str, str]]) -> Difference:
    pack = base(folder)
    before = edition(pack)
    change(pack, changes)
    return difference(before, edition(pack))


@pytest.mark.parametrize("case", CASES, ids=[one["title"] for one in CASES])
def test_a_change_is_told_in_words(tmp_path: Path, case: Any) -> None:
    found = told(tmp_path, case["changes"])
    assert {"zh": found.headline.zh, "en": found.headline.en} == case["headline"]
    assert [
        {
            "resource": str(one.resource),
            "effect": str(one.effect),
            "name": one.name.zh,
            **({"users": [str(user) for user in one.users]} if one.users else {}),
            **({"lines": [_line(line) for line in one.lines]} if one.lines else {}),
        }
        for one in found.resources
    ] == case["says"]


def _line(line: Any) -> dict[str, object]:
    said: dict[str, object] = {"effect": str(line.effect), "zh": line.words.zh, "en": line.words.en}
    return {**said, "users": [str(user) for user in line.users]} if line.users else said


def test_nothing_that_differs_is_nothing_to_say(tmp_path: Path) -> None:
    found = told(tmp_path, [])
    assert found.empty
    assert found.headline.zh == "没有变化"


def test_the_difference_backwards_narrows_what_it_widened(tmp_path: Path) -> None:
    """Decisions are compared, so the way back of each case of rights has the other direction."""
    turned = {Effect.WIDENED: Effect.NARROWED, Effect.NARROWED: Effect.WIDENED, Effect.CHANGED: Effect.CHANGED}
    seen = 0
    for at, case in enumerate(CASES):
        pack = base(tmp_path / str(at))
        before = edition(pack)
        change(pack, case["changes"])
        after = edition(pack)
        forth = [
            line.effect for one in difference(before, after).resources for line in one.lines if line.part == "right"
        ]
        back = [
            line.effect for one in difference(after, before).resources for line in one.lines if line.part == "right"
        ]
        if len(forth) == 1:
            seen += 1
            assert back == [turned[one] for one in forth], case["title"]
    assert seen >= 5


def test_whom_a_difference_concerns(tmp_path: Path) -> None:
    pack = base(tmp_path)
    before = edition(pack)
    change(pack, [{"file": "entities/task.yaml", "was": "max_length: 120", "now": "max_length: 60"}])
    after = edition(pack)
    concern = concern_of(before, after, difference(before, after))
    assert concern.roles == ("worker",)
    assert concern.entities == ("task",)
    assert concern.pages == ("task", "task_list")


@pytest.mark.parametrize(
    ("old", "new", "fewest"),
    [
        ("abcd", "abcd", 0),
        ("abcd", "bcda", 1),
        ("abcd", "dcba", 3),
        ("abcdef", "badcfe", 3),
        ("", "", 0),
    ],
)
def test_as_few_parts_as_can_be_are_said_to_move(old: str, new: str, fewest: int) -> None:
    keys = moved(old, new)
    assert len(keys) == fewest
    stay = [one for one in old if one not in keys]
    assert stay == [one for one in new if one not in keys]


def test_texts_are_compared_line_by_line() -> None:
    old = {"p/a.yaml": "".join(f"line {n}\n" for n in range(30)), "p/gone.yaml": "x: 1\n", "p/same.yaml": "y\n"}
    new = {
        **old,
        "p/a.yaml": old["p/a.yaml"].replace("line 4\n", "").replace("line 25\n", "line 二十五\n"),
        "p/new.yaml": "z: 1\n",
    }
    del new["p/gone.yaml"]
    found = {one.file: one for one in text_differences(old, new)}
    assert sorted(found) == ["p/a.yaml", "p/gone.yaml", "p/new.yaml"]
    assert found["p/gone.yaml"].effect is Effect.REMOVED
    assert found["p/new.yaml"].effect is Effect.ADDED
    changed = found["p/a.yaml"]
    assert (changed.added, changed.removed, len(changed.hunks)) == (1, 2, 2)
    assert ("-", "line 4") in changed.hunks[0].lines
    assert changed.hunks[0].lines[0] == (" ", "line 1")
    assert ("+", "line 二十五") in changed.hunks[1].lines
    assert (changed.hunks[1].old_start, changed.hunks[1].new_start) == (23, 22)
