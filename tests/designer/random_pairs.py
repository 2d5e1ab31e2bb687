"""Random pairs of edits that two people make from one state: what is not refused stands, whoever came first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from designer.commands.batches import perform
from designer.merging.texts import Merged, merged_texts
from designer.paths import resolved
from designer.plain import ABSENT, alike, value_at
from designer.refusals import BadCommand
from tests.designer.random_commands import FILE, command_for, data_of, sheets_of
from tests.designer.random_texts import Maker

Command = dict[str, object]


def edit_of(random: Random, maker: Maker, data: object) -> Command:
    """An edit of things that have names, with what its author saw there."""
    while True:
        command = command_for(random, maker, data)
        steps = [*_steps(command, "path"), *_steps(command, "to")]
        if any(isinstance(one, int) for one in steps) or (
            command["do"] == "insert" and not isinstance(command["value"], dict)
        ):
            continue
        if command["do"] == "move" and _steps(command, "to") == _steps(command, "path")[:-1]:
            continue  # another place in the same list is gone with what was moved
        command = {**command, "after": "end"} if "after" in command else command
        if command["do"] in {"set", "unset", "remove"}:
            found = value_at(data, resolved(FILE, data, _steps(command, "path"), last_may_miss=True))
            command["expect"] = None if found is ABSENT else found
        return command


def _steps(command: Mapping[str, object], name: str) -> Sequence[object]:
    found = command.get(name, ())
    assert isinstance(found, Sequence)
    return found


def stands(command: Mapping[str, object], data: object) -> bool:
    """Is what a command wanted the case?"""
    path = list(_steps(command, "path"))
    match command["do"]:
        case "set":
            return alike(_found(data, path), command["value"])
        case "insert_key":
            return alike(_found(data, [*path, command["key"]]), command["value"])
        case "insert":
            value = command["value"]
            assert isinstance(value, Mapping)
            return alike(_found(data, [*path, {"id": value["id"]}]), value)
        case "move":
            return _found(data, [*_steps(command, "to"), path[-1]]) is not ABSENT
        case _:
            return _found(data, path) is ABSENT


def _found(data: object, steps: Sequence[object]) -> object:
    try:
        return value_at(data, resolved(FILE, data, steps, last_may_miss=True))
    except BadCommand:
        return ABSENT


def overlap(one: Command, other: Command) -> bool:
    """Does one of two edits lie in what the other is about?"""
    places = [[str(step) for step in where] for where in (*_places(one),)]
    others = [[str(step) for step in where] for where in (*_places(other),)]
    return any(a[: len(b)] == b or b[: len(a)] == a for a in places for b in others)


def _places(command: Command) -> list[list[object]]:
    path = list(_steps(command, "path"))
    if command["do"] == "insert_key":
        return [[*path, command["key"]]]
    if command["do"] == "insert":
        value = command["value"]
        assert isinstance(value, Mapping)
        return [[*path, {"id": value["id"]}]]
    return [path, [*_steps(command, "to"), path[-1]]] if command["do"] == "move" else [path]


@dataclass
class Pairs:
    """What pairs came to."""

    merged: int = 0
    conflicts: int = 0
    overlapping: int = 0


def merge_pair(seed: int, tally: Pairs) -> None:
    """Two people change one text apart from each other; the merge has both, or says where it cannot. Raises AssertionError."""
    random = Random(seed)
    maker = Maker(random)
    base = maker.text(maker.data())
    data = data_of(base)
    edits = [edit_of(random, maker, data) for _ in range(2)]
    texts = [perform(sheets_of(base), one).texts[FILE] for one in edits]
    found: Merged = merged_texts(FILE, base, texts[0], texts[1])
    assert found.text is not None
    told = f"seed {seed}: {edits}\n{base}\n=====\n{found.text}\n{found.conflicts}"
    tally.overlapping += overlap(*edits)
    if found.conflicts:
        tally.conflicts += 1
        assert overlap(*edits), told
        return
    tally.merged += 1
    final = data_of(found.text)
    for one, other in (edits, edits[::-1]):
        inside = overlap(one, other) and one["do"] in {"set", "insert_key"}
        assert stands(one, final) or inside or _same_effect(one, other), (one, told)


def _same_effect(one: Command, other: Command) -> bool:
    """One moved what the other moved or removed: only one of them can have its way, and both are alike."""
    return {one["do"], other["do"]} == {"move"} and one["path"] == other["path"]
