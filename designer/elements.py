"""Elements: what differs between a text as it was and as it is, one field, state, item or property at a time, each with the
command that gives it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.paths import shown
from designer.plain import ABSENT, same
from designer.splice.edits import source_at
from designer.splice.written import MARK, Written
from engine.dsl.source import Path

Command = Mapping[str, object]
HOLDS = ("items", "steps", "states", "transitions", "branches", "nodes", "edges", "seats", "grants", "triggers")
"""Lists whose items are elements of their own beside what holds them."""


@dataclass(frozen=True, slots=True)
class Element:
    """Something that is `gone`, `new` or `changed` since: where it stands, what it is called by language, and the command
    that makes it what it was."""

    steps: tuple[object, ...]
    effect: str
    label: object
    command: Command

    @property
    def name(self) -> str:
        return shown(self.steps)


def elements(file: str, was: str, now: str) -> tuple[Element, ...]:
    """The elements of a file in which two of its texts differ, in their order; none where one cannot be read.

    Raises CannotEdit.
    """
    before, after = Written.read(file, was.removeprefix(MARK)), Written.read(file, now.removeprefix(MARK))
    return tuple(_Comparison(file, was.removeprefix(MARK)).maps((), (), before.data, after.data))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One comparison; `text` is how the file was, for what comes back as it was written."""

    file: str
    text: str

    def maps(
        self, steps: tuple[object, ...], path: Path, was: Mapping[str, object], now: Mapping[str, object]
    ) -> Iterator[Element]:
        """The pairs of the file itself, or of a map of named things such as fields."""
        for key in dict.fromkeys((*was, *now)):
            one, other = was.get(key, ABSENT), now.get(key, ABSENT)
            if same(one, other):
                continue
            at, inside = (*steps, key), (*path, key)
            if _keyed(one) and _keyed(other):
                yield from self._lists(at, inside, one, other)
            elif isinstance(one, Mapping) and isinstance(other, Mapping) and key == "fields":
                yield from self.maps(at, inside, one, other)
            elif isinstance(one, Mapping) and isinstance(other, Mapping) and steps:
                yield from self._inside(at, inside, one, other)
            else:
                command = self._pair(steps, path, key, (was, now))
                label = _label(one) or _label(other)
                yield Element(at, _effect(one, other), label, self._named(at, label, [command]))

    def _lists(self, steps: tuple[object, ...], path: Path, was: object, now: object) -> Iterator[Element]:
        assert isinstance(was, list)
        assert isinstance(now, list)
        present = {item["id"]: item for item in now}
        for at, item in enumerate(was):
            step = (*steps, {"id": item["id"]})
            if item["id"] in present:
                yield from self._inside(step, (*path, at), item, present[item["id"]])
                continue
            before = next((one["id"] for one in reversed(was[:at]) if one["id"] in present), None)
            after = None if before is None else {"id": before}
            put = {"do": "insert", "file": self.file, "path": [*steps], "value": item, "after": after}
            command = {**put, "source": self._source((*path, at))}
            yield Element(step, "gone", _label(item), self._named(step, _label(item), [command]))
        known = {item["id"] for item in was}
        for item in now:
            if item["id"] not in known:
                step = (*steps, {"id": item["id"]})
                taken: Command = {"do": "remove", "file": self.file, "path": [*step], "expect": item}
                yield Element(step, "new", _label(item), self._named(step, _label(item), [taken]))

    def _inside(
        self, steps: tuple[object, ...], path: Path, was: Mapping[str, object], now: Mapping[str, object]
    ) -> Iterator[Element]:
        """What an element itself says, as one; the elements that it holds each by themselves."""
        own: list[Command] = []
        held: list[Element] = []
        for key in dict.fromkeys((*was, *now)):
            one, other = was.get(key, ABSENT), now.get(key, ABSENT)
            if same(one, other):
                continue
            if key in HOLDS and _keyed(one) and _keyed(other):
                held += self._lists((*steps, key), (*path, key), one, other)
            else:
                own.append(self._pair(steps, path, key, (was, now)))
        if own:
            label = _label(was) or _label(now)
            yield Element(steps, "changed", label, self._named(steps, label, own))
        yield from held

    def _pair(
        self,
        steps: Sequence[object],
        path: Path,
        key: str,
        sides: tuple[Mapping[str, object], Mapping[str, object]],
    ) -> Command:
        was, now = sides
        place = {"file": self.file, "path": [*steps, key]}
        if key not in was:
            return {"do": "unset", **place, "expect": now[key]}
        if key in now:
            return {"do": "set", **place, "value": was[key], "expect": now[key]}
        before = [one for one in was if one in now or one == key]
        after = before[before.index(key) - 1] if before.index(key) else None
        source = self._source((*path, key))
        put = {"do": "insert_key", "file": self.file, "path": [*steps], "key": key, "value": was[key]}
        return {**put, "after": after, "source": source}

    def _source(self, path: Path) -> Mapping[str, object]:
        """How an entry was written, with its remarks."""
        found = source_at(self.file, self.text, path)
        return {"text": found.text, "column": found.column, "flow": found.flow}

    def _named(self, steps: Sequence[object], label: object, commands: list[Command]) -> Command:
        called = label if isinstance(label, Mapping) else {"zh": label, "en": label}
        zh, en = (str(called.get(language) or called.get("zh") or shown(steps)) for language in ("zh", "en"))
        return {"do": "batch", "label": {"zh": f"还原 {zh}", "en": f"Restore {en}"}, "commands": commands}


def _keyed(value: object) -> bool:
    """Whether a list holds things with ids of their own."""
    if not isinstance(value, list):
        return False
    ids = [item.get("id") if isinstance(item, Mapping) else None for item in value]
    return all(isinstance(one, str) for one in ids) and len(set(ids)) == len(ids)


def _label(value: object) -> object:
    return value.get("label") if isinstance(value, Mapping) else None


def _effect(was: object, now: object) -> str:
    return "new" if was is ABSENT else "gone" if now is ABSENT else "changed"
