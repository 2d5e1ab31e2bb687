"""Parts: two values of one kind compared attribute by attribute, parts with an id by their ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass

from designer.differences.attribute_words import attribute_words
from designer.differences.said import Effect, Line, named
from designer.differences.values import attributes, called, key_of, same, shown
from engine.diagnostics import Message
from engine.model.formula import Formula
from engine.model.names import Label

NONE: frozenset[str] = frozenset()
HERE = Message("", "")


def compared(
    old: object, new: object, about: Message = HERE, beside: frozenset[str] = NONE, part: str = ""
) -> Iterator[Line]:
    """What differs between two values of one kind, `beside` these attributes; `about` stands before each line."""
    for name in attributes(new):
        before, after = getattr(old, name, None), getattr(new, name)
        if name in beside or same(before, after):
            continue
        words = attribute_words(name)
        if _keyed(before, after):
            yield from compared_lists(_listed(before), _listed(after), words, about, part)
        elif _both_parts(before, after):
            yield from compared(before, after, _within(about, words), part=part)
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from compared_maps(before, after, about, part)
        else:
            yield changed(before, after, words, about, part)


def changed(before: object, after: object, words: Message, about: Message = HERE, part: str = "") -> Line:
    """One attribute: what it was and what it is."""
    was, now = shown(before), shown(after)
    before_zh, before_en = _prefix(about)
    return Line(
        Effect.CHANGED,
        Message(f"{before_zh}{words.zh} {was.zh} → {now.zh}", f"{before_en}{words.en} {was.en} → {now.en}"),
        part,
    )


def compared_maps(
    old: Mapping[str, object], new: Mapping[str, object], about: Message, part: str = ""
) -> Iterator[Line]:
    """What differs between two maps, key by key: properties of an item, values that a step writes."""
    for key in (*old, *(one for one in new if one not in old)):
        if not same(old.get(key), new.get(key)):
            yield changed(old.get(key), new.get(key), attribute_words(key), about, part)


def compared_lists(
    old: Sequence[object],
    new: Sequence[object],
    words: Message,
    about: Message = HERE,
    part: str = "",
    beside: frozenset[str] = NONE,
) -> Iterator[Line]:
    """What comes, goes, moves and changes of parts that are known by their ids."""
    before, after = {key_of(one): one for one in old}, {key_of(one): one for one in new}
    for key, now in after.items():
        if key not in before:
            yield told(Effect.ADDED, words, called(now), about, part)
    for key, was in before.items():
        if key not in after:
            yield told(Effect.REMOVED, words, called(was), about, part)
    for key in moved([one for one in before if one in after], [one for one in after if one in before]):
        yield told(Effect.MOVED, words, called(after[key]), about, part)
    for key, now in after.items():
        if key in before and _both_parts(before[key], now) and not same(before[key], now):
            yield from compared(before[key], now, _within(about, named(words, called(now))), beside, part)


_TOLD = {
    Effect.ADDED: ("新增", "new"),
    Effect.REMOVED: ("去掉", "without"),
    Effect.MOVED: ("移动", "moved:"),
    Effect.CHANGED: ("改变", "changed:"),
}


def told(effect: Effect, words: Message, name: Message, about: Message = HERE, part: str = "") -> Line:
    """That a part comes, goes or moves."""
    zh, en = _TOLD[effect]
    whole, (before_zh, before_en) = named(words, name), _prefix(about)
    return Line(effect, Message(f"{before_zh}{zh}{whole.zh}", f"{before_en}{en} {whole.en}"), part)


def moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The fewest keys that must move for the one order of the same keys to become the other, in the new order."""
    places = {key: at for at, key in enumerate(old)}
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    order = [places[key] for key in new]
    for at, place in enumerate(order):
        length = bisect_left(tails, place)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [at]
    kept, at = set[str](), ends[-1] if ends else -1
    while at >= 0:
        kept.add(new[at])
        at = before[at]
    return [key for key in new if key not in kept]


def _both_parts(before: object, after: object) -> bool:
    return is_dataclass(before) and type(before) is type(after) and not isinstance(before, type | Label | Formula)


def _keyed(before: object, after: object) -> bool:
    """Whether two values are lists or maps of parts that have ids."""
    parts = [*_listed(before), *_listed(after)]
    return bool(parts) and all(is_dataclass(one) and key_of(one) for one in parts)


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else ()


def _within(about: Message, words: Message) -> Message:
    if not about.zh:
        return words
    return Message(f"{about.zh} {words.zh}", f"{about.en}, {words.en}")


def _prefix(about: Message) -> tuple[str, str]:
    return (f"{about.zh}：", f"{about.en}: ") if about.zh else ("", "")
