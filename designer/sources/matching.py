"""Which field a column fills: by names, labels, other words for the same, initials and likeness; and what cannot go together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from designer.from_sheet.naming import name_of
from designer.sources.targets import Target
from engine.diagnostics import Message
from engine.model.names import Label
from engine.runtime.search.initials import initials_of
from engine.runtime.sources.shapes import kind_of
from engine.runtime.transfer.suggesting import SYNONYMS

SURE, LIKELY, LEAST = 90, 75, 60
"""Of 100: above which a match is sure or likely, and below which nothing is suggested."""
NUMBERS = frozenset({"integer", "decimal", "money", "percent"})
DAYS = frozenset({"date", "instant"})
_SAME, _WORDS, _OTHER_WORDS, _INITIALS, _ALIKE = 100, 92, 88, 80, 0.85
_NEAR, _SHORTEST = 80, 2


@dataclass(frozen=True, slots=True)
class Given:
    """A column with what is known of it: `samples` are different cells of the first rows, none where they may not be seen."""

    name: str
    label: Label
    kind: str
    level: str = "G1"
    samples: tuple[str, ...] = ()

    @property
    def shown_kind(self) -> str:
        """What its cells are: as declared or, of texts, as all samples are."""
        kinds = {kind for text in self.samples if (kind := kind_of(text)) is not None}
        return kinds.pop() if self.kind == "text" and len(kinds) == 1 else self.kind


@dataclass(frozen=True, slots=True)
class Match:
    """A column and the field that it should fill; `confidence` of 100, and why."""

    column: str
    field: str
    confidence: int
    why: Message


def matches(columns: Sequence[Given], targets: Sequence[Target]) -> list[Match]:
    """Suggestions, each column and field once, the surest first. What cannot go together is not suggested."""
    found = [one for column in columns for target in targets if (one := _match(column, target)) is not None]
    found.sort(key=lambda one: -one.confidence)
    kept: list[Match] = []
    for one in found:
        if all(one.column != other.column and one.field != other.field for other in kept):
            kept.append(one)
    return kept


def unfit(column: Given, target: Target) -> Message | None:
    """Why a column cannot fill a field as it is, before any run has failed by it."""
    kind = column.shown_kind
    if target.kind in NUMBERS and kind != "number":
        return _other(column, target, Message("数字", "a number"))
    if target.kind in DAYS and kind not in DAYS:
        return _other(column, target, Message("日期", "a date"))
    if target.kind == "boolean" and kind != "boolean":
        return _other(column, target, Message("是或否", "yes or no"))
    strangers = [text for text in column.samples if target.options and text not in target.options]
    if strangers:
        return Message(
            f"「{strangers[0]}」不是 {target.label.text('zh')} 的选项",
            f'"{strangers[0]}" is no option of {target.label.text("en")}',
        )
    long = next((text for text in column.samples if target.longest and len(text) > target.longest), None)
    if long is not None:
        return Message(
            f"最多 {target.longest} 个字，样例更长", f"At most {target.longest} characters; a sample is longer"
        )
    return None


def _other(column: Given, target: Target, wanted: Message) -> Message | None:
    sample = next((text for text in column.samples if kind_of(text) != column.kind or column.kind == "text"), "")
    if column.kind == "text" and not column.samples:
        return None
    shown = (f"，样例是「{sample}」", f'; a sample is "{sample}"') if sample else ("", "")
    return Message(
        f"{target.label.text('zh')} 要的是{wanted.zh}{shown[0]}",
        f"{target.label.text('en')} takes {wanted.en}{shown[1]}",
    )


def _match(column: Given, target: Target) -> Match | None:
    best = max(_scores(column, target), key=lambda one: one[0], default=(0, Message("", "")))
    if best[0] < LEAST or unfit(column, target) is not None:
        return None
    return Match(column.name, target.name, best[0], best[1])


def _scores(column: Given, target: Target) -> Iterator[tuple[int, Message]]:
    mine = {_folded(words): words for words in (_last(column.name), *column.label.texts.values())}
    theirs = {_folded(words) for words in (target.name, *target.label.texts.values())}
    if mine.keys() & theirs:
        yield _SAME, Message("名称相同", "the same name")
    if target.name in {name_of(words) for words in mine.values() if words}:
        yield _WORDS, Message("意思相同", "the same meaning")
    others = {_folded(words) for words in SYNONYMS.get(target.label.text("zh"), ())}
    if mine.keys() & others:
        yield _OTHER_WORDS, Message("同义词", "another word for it")
    if any(len(one) >= _SHORTEST and one in mine for one in initials_of(target.label.text("zh"))):
        yield _INITIALS, Message("拼音首字母", "the initials of its reading")
    near = max((fuzz.WRatio(one, other) for one in mine for other in theirs if _long(one) and _long(other)), default=0)
    if near >= _NEAR:
        yield int(near * _ALIKE), Message("名称相近", "a name alike")


def _last(name: str) -> str:
    """The last step of a pointer or of a name with dots."""
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[-1]


def _folded(words: str) -> str:
    return "".join(one for one in words.lower() if one.isalnum())


def _long(words: str) -> bool:
    return len(words) >= _SHORTEST


def by_field(found: Sequence[Match]) -> Mapping[str, str]:
    """Suggestions as a source writes them: field to column."""
    return {one.field: one.column for one in found}
