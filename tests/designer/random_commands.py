"""Random commands on random texts, each compared with the same edit of plain data, done the naive way."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from designer.commands.batches import perform
from designer.commands.sheets import Done, Library, Sheets
from designer.plain import alike, same
from designer.splice.written import MARK, CannotEdit, Written
from engine.dsl.source import read_source
from tests.designer.random_texts import PLAIN, Maker

FILE = "shop/pages/home.yaml"
OWNER = re.compile(r"@(\w+)$")


def data_of(text: str) -> object:
    reading = read_source(FILE, text.removeprefix(MARK).encode())
    assert not reading.problems, (reading.problems[0].as_text(), text)
    return reading.data


def sheets_of(text: str) -> Sheets:
    library = Library(lambda file: text if file == FILE else None, lambda known: None, lambda changes: (), {})
    return Sheets(library)


def containers(data: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """All maps and lists with their paths; items by their ids."""
    if isinstance(data, Mapping):
        yield path, data
        for key, value in data.items():
            yield from containers(value, (*path, key))
    elif isinstance(data, list):
        yield path, data
        for at, value in enumerate(data):
            yield from containers(value, (*path, _step(value, at)))


def _step(item: object, at: int) -> object:
    return {"id": item["id"]} if isinstance(item, Mapping) and "id" in item else at


def entries(data: object) -> list[tuple[tuple[object, ...], object]]:
    """All pairs and items with their paths."""
    found: list[tuple[tuple[object, ...], object]] = []
    for path, held in containers(data):
        if isinstance(held, Mapping):
            found += [((*path, key), value) for key, value in held.items()]
        elif isinstance(held, list):
            found += [((*path, _step(value, at)), value) for at, value in enumerate(held)]
    return [(path, value) for path, value in found if path[-1] != "id"]


def command_for(random: Random, maker: Maker, data: object) -> dict[str, object]:
    """A command that fits the data."""
    held, everything = list(containers(data)), entries(data)
    lists = [path for path, value in held if isinstance(value, list)]
    maps = [path for path, value in held if isinstance(value, Mapping)]
    kind = random.choice(("set", "set", "new", "unset", "insert", "insert", "insert_key", "move", "move", "remove"))
    base = {"file": FILE}
    if kind == "set" and everything:
        path, _ = random.choice(everything)
        return {"do": "set", **base, "path": list(path), "value": _fitting(maker, path)}
    if kind in {"new", "insert_key"}:
        path, key = random.choice(maps), maker.name("k")
        value = maker.value(2)
        if kind == "new":
            return {"do": "set", **base, "path": [*path, key], "value": value}
        after = random.choice([None, "end", *_at(data, path)])
        return {"do": "insert_key", **base, "path": list(path), "key": key, "value": value, "after": after}
    if kind == "insert" and lists:
        path = random.choice(lists)
        items = _at(data, path)
        after = random.choice([None, "end", *(_step(one, at) for at, one in enumerate(items))])
        plain = items and not isinstance(items[0], Mapping)
        value = maker.scalar() if plain or random.random() < 0.2 else maker.item(2)
        return {"do": "insert", **base, "path": list(path), "value": value, "after": after}
    if kind == "move" and everything:
        path, _ = random.choice(everything)
        targets = lists if not isinstance(path[-1], str) else maps
        fits = [
            one
            for one in targets
            if one[: len(path)] != path
            and not (isinstance(path[-1], str) and path[-1] in _at(data, one) and one != path[:-1])
        ]
        if fits:
            return {
                "do": "move",
                **base,
                "path": list(path),
                "to": list(random.choice(fits)),
                "after": random.choice((None, "end")),
            }
    if kind in {"remove", "unset"} and everything:
        path, _ = random.choice(everything)
        return {
            "do": "unset" if isinstance(path[-1], str) and kind == "unset" else "remove",
            **base,
            "path": list(path),
        }
    return {"do": "set", **base, "path": [maker.name("k")], "value": 1}


def _fitting(maker: Maker, path: Sequence[object]) -> object:
    value = maker.item(2) if isinstance(path[-1], dict) else maker.value(2)
    return {**value, "id": path[-1]["id"]} if isinstance(path[-1], dict) and isinstance(value, dict) else value


def _at(data: object, path: Sequence[object]) -> object:
    for step in path:
        if isinstance(step, Mapping):
            data = next(one for one in data if isinstance(one, Mapping) and one.get("id") == step["id"])  # type: ignore[attr-defined]
        else:
            data = data[step]  # type: ignore[index]
    return data


def edited(data: object, command: Mapping[str, object]) -> object:
    """The same edit of plain data, in place of a copy."""
    data = copy.deepcopy(data)
    path = list(command["path"])  # type: ignore[call-overload]
    match command["do"]:
        case "set":
            around = _at(data, path[:-1])
            around[_key(around, path[-1])] = command["value"]  # type: ignore[index]
        case "unset" | "remove":
            around = _at(data, path[:-1])
            del around[_key(around, path[-1])]  # type: ignore[attr-defined]
        case "insert":
            _insert(_at(data, path), command["value"], command["after"])
        case "insert_key":
            _insert_key(_at(data, path), str(command["key"]), command["value"], command["after"])
        case "move":
            around, target = _at(data, path[:-1]), _at(data, command["to"])  # type: ignore[arg-type]
            key = _key(around, path[-1])
            value = around[key]  # type: ignore[index]
            del around[key]  # type: ignore[attr-defined]
            if isinstance(target, list):
                _insert(target, value, command["after"])
            else:
                _insert_key(target, str(key), value, command["after"])
    return data


def _key(around: object, step: object) -> object:
    if isinstance(step, Mapping):
        return next(at for at, one in enumerate(around) if isinstance(one, Mapping) and one.get("id") == step["id"])  # type: ignore[arg-type,var-annotated]
    return step


def _insert(items: object, value: object, after: object) -> None:
    assert isinstance(items, list)
    index = 0 if after is None else len(items) if after == "end" else int(str(_key(items, after))) + 1
    items.insert(index, value)


def _insert_key(around: object, key: str, value: object, after: object) -> None:
    assert isinstance(around, dict)
    keys = list(around)
    index = 0 if after is None else len(keys) if after == "end" else keys.index(str(after)) + 1
    pairs = list(around.items())
    pairs.insert(index, (key, value))
    around.clear()
    around.update(pairs)


@dataclass
class Tally:
    """What a run of sequences came to."""

    commands: int = 0
    refused: int = 0
    remarks: int = 0


def run_sequence(seed: int, length: int, tally: Tally) -> None:
    """One text and a sequence of commands on it: each comes to what the naive edit comes to, loses no remark of what is
    still there, and is taken back by its inverse. Raises AssertionError."""
    random = Random(seed)
    maker = Maker(random)
    text = maker.text(maker.data())
    for _ in range(length):
        data = data_of(text)
        command = command_for(random, maker, data)
        try:
            done = perform(sheets_of(text), command)
        except CannotEdit:
            tally.refused += 1
            continue
        after = done.texts[FILE]
        assert after is not None
        told = f"seed {seed}: {command}\n{text}\n=====\n{after}"
        check(data, text, command, after, told)
        check_inverse(data, after, done, told)
        tally.commands += 1
        tally.remarks += len(Written.read(FILE, after.removeprefix(MARK)).comments)
        text = after


def check(data: object, text: str, command: Mapping[str, object], after: str, told: str) -> None:
    expected = edited(data, command)
    now = data_of(after)
    assert alike(now, expected), told
    if command["do"] in {"insert_key", "move", "insert", "remove", "unset"}:
        assert same(now, expected), told
    lost = Counter(comments(text)) - Counter(comments(after))
    names = set(re.findall(r"\w+", str(now)))
    for remark in lost:
        owner = OWNER.search(remark)
        assert command["do"] in {"set", "unset", "remove"}, (remark, told)
        assert owner is not None
        gone = owner[1] not in names or _inside(data, command, owner[1])
        assert gone, (remark, told)
    assert text.startswith(MARK) is after.startswith(MARK), told
    if "\r\n" in text:
        assert "\n" not in after.replace("\r\n", ""), told


def _inside(data: object, command: Mapping[str, object], owner: str) -> bool:
    """Is the owner of a remark what was replaced or removed, or in it?"""
    path = list(command["path"])  # type: ignore[call-overload]
    try:
        before = _at(data, path)
    except (KeyError, StopIteration):
        return False
    if owner == PLAIN:
        return isinstance(path[-1], int) or isinstance(before, list | dict)
    return owner in re.findall(r"\w+", f"{before} {path[-1]}")


def comments(text: str) -> tuple[str, ...]:
    return Written.read(FILE, text.removeprefix(MARK)).comments


def check_inverse(data: object, after: str, done: Done, told: str) -> None:
    try:
        back = perform(sheets_of(after), done.inverse).texts[FILE]
    except CannotEdit:
        raise AssertionError(("the inverse is refused", done.inverse, told)) from None
    assert back is not None
    assert alike(data_of(back), data), (done.inverse, back, told)
