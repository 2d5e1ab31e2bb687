"""Columns: how sensitive one is, by what it is called, what its values look like, and the table it stands in.

A kind with a check of its own in every value needs no name; any other needs a name and values that bear it out, or two
places that say it. Few values overturn nothing, and a name alone may raise. The highest level wins. Nothing here keeps or
tells a value: evidence is counts.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.model.level_rules import SENSITIVE, Kind, level_rules
from engine.model.level_words import Mention, mentions, speaks_of
from engine.runtime.sovereignty import plausible, recognisers
from engine.runtime.sovereignty.folded_texts import fold_text
from engine.runtime.sovereignty.spans import PERSONAL_SPANS, personal_spans

SAMPLE = 1_000
"""Distinct values that a decision looks at."""
ENOUGH = 30
"""Distinct values from which on content decides against a name, and for one where there is no name."""
MOST, LEAST = 0.6, 0.1
TEXT_LENGTH = 12
SPANS_AT_LEAST = 0.01
_WEAK = frozenset({"any", "text", "amount", "amount_or_text", "secret", "date"})
"""Contents that so many values have that they bear out no hint."""
_OPEN_TO_FLAGS = frozenset({"any"})
_TOLD_TO_ALL = frozenset({"mobile", "address", "precise_location"})
"""Kinds that are no secret of a place that everybody may visit."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: names of its table and its own, labels in any language, a comment; its `shape` where that is known (flag,
    date, number, choice, text, reference), values (a sample, or none), and the kind that its type itself declares (a phone field)."""

    table: str
    name: str
    labels: tuple[str, ...] = ()
    comment: str = ""
    shape: str = ""
    values: Sequence[object] = ()
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason: where it was found (name, label, comment, table, values, spans, against, formula, human), for which kind, by
    which word or check, and how many of how many values it holds for. Never a value."""

    place: str
    kind: str
    by: str = ""
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class ColumnLevel:
    """How sensitive a column is held to be: level, kind (None where nothing was found), tags, a score of 0 to 1, why."""

    level: str
    kind: str | None
    score: float
    evidence: tuple[Evidence, ...]
    tags: tuple[str, ...] = ()
    sampled: int = 0
    rules: str = field(default_factory=lambda: level_rules().version)

    @property
    def sensitive(self) -> bool:
        return self.level in SENSITIVE


NOTHING = "G1"


def classify(column: Column) -> ColumnLevel:
    """The level of a column. The same column gives the same answer, in whatever order its values come."""
    sample = Sample(column.values)
    said = mentions(column.name, column.labels, column.comment)
    if column.typed:
        said = (Mention(column.typed, True, "type", column.typed), *said)
    found = [one for kind in _considered(said) for one in _judge(kind, said, column, sample)]
    found += _spoken_of(sample, column)
    against = tuple(one.evidence[0] for one in found if one.level == "")
    raised = sorted((one for one in found if one.level), key=lambda one: (one.level, one.score, one.kind), reverse=True)
    if not raised:
        return ColumnLevel(NOTHING, None, 0.0, against, sampled=sample.size)
    best = raised[0]
    rest = tuple(reason for one in raised[1:] for reason in one.evidence)
    kind = level_rules().kinds[str(best.kind)]
    return ColumnLevel(best.level, best.kind, best.score, (*best.evidence, *rest, *against), kind.tags, sample.size)


class Sample:
    """Distinct values of a column as recognisers read them, and how many of them are what."""

    def __init__(self, values: Iterable[object]) -> None:
        texts = {text for one in values if one is not None and (text := fold_text(str(one)).strip())}
        if len(texts) > SAMPLE:
            texts = set(sorted(texts, key=lambda one: (zlib.crc32(one.encode()), one))[:SAMPLE])
        self.texts = tuple(sorted(texts))
        self.size = len(texts)
        self._counts: dict[tuple[str, str], int] = {}

    def strict(self, content: str) -> int:
        """How many values are certainly of a content."""
        check = recognisers.STRICT.get(content)
        return self._count("strict", content, check) if check is not None else 0

    def plausible(self, content: str) -> int:
        """How many may be of it."""
        check = plausible.PLAUSIBLE[content]
        return self._count(
            "plausible",
            content,
            lambda text: check(text) or plausible.is_opaque(text) or recognisers.is_masked(text),
        )

    @property
    def all_flags(self) -> bool:
        return 0 < self.size <= 3 and all(map(plausible.is_flag, self.texts))

    def _count(self, way: str, content: str, check: object) -> int:
        known = self._counts.get((way, content))
        if known is None:
            assert callable(check)
            known = self._counts[way, content] = sum(1 for one in self.texts if check(one))
        return known


def _considered(said: Sequence[Mention]) -> Iterator[Kind]:
    """Kinds that a column may be of: those that are spoken of, and those that values tell by themselves."""
    spoken = {one.kind for one in said}
    return (kind for kind in level_rules().kinds.values() if kind.name in spoken or kind.alone)


def _judge(kind: Kind, said: Sequence[Mention], column: Column, sample: Sample) -> Iterator[ColumnLevel]:
    """What speaks for a kind, or the reason against it where its name was said."""
    strong = [one for one in said if one.kind == kind.name and one.strong]
    hints = [one for one in said if one.kind == kind.name and not one.strong]
    told = [Evidence(one.place, kind.name, one.word) for one in (*strong, *hints)]
    if (strong or hints) and _unfit(kind, column, sample):
        yield _refused(kind, column.shape or "flags", sample)
        return
    if (kind.needs and not _needed(kind, column)) or (kind.not_in and speaks_of(column.table, kind.not_in)):
        return
    if strong:
        yield from _named(kind, told, column, sample, len({one.place for one in strong}))
    elif hints:
        yield from _hinted(kind, told, column, sample)
    else:
        yield from _by_values(kind, sample)


def _unfit(kind: Kind, column: Column, sample: Sample) -> bool:
    """Whether what a column is made for, or two values, cannot hold the kind."""
    if column.shape == "reference":
        return kind.content not in _OPEN_TO_FLAGS
    if column.shape == "flag" or sample.all_flags:
        return kind.content not in _OPEN_TO_FLAGS
    if column.shape == "date":
        return not (kind.dated or kind.content == "date")
    if column.shape == "choice":
        return kind.content not in _OPEN_TO_FLAGS
    return column.shape == "number" and kind.content in {
        "text",
        "person",
        "email",
        "plate",
        "address",
        "title",
        "handle",
    }


def _needed(kind: Kind, column: Column) -> bool:
    return any(speaks_of(one, kind.needs) for one in (column.table, column.name, *column.labels))


def _named(kind: Kind, told: list[Evidence], column: Column, sample: Sample, places: int) -> Iterator[ColumnLevel]:
    """A kind that a name says: values may overturn it where there are enough of them."""
    fitting = sample.plausible(kind.content) if sample.size else 0
    share = fitting / sample.size if sample.size else 0.0
    few = sample.size < ENOUGH
    if sample.size and (share == 0 and sample.size >= 5 if few else share < kind.at_least):
        yield _refused(kind, kind.content, sample, fitting)
        return
    reasons = [*told, Evidence("values", kind.name, kind.content, fitting, sample.size)] if sample.size else told
    score = 0.6 + 0.1 * min(places, 3) + (0.15 * share if not few else 0.0)
    yield _found(kind, _lowered(kind, column, sample), score, reasons)


def _hinted(kind: Kind, told: list[Evidence], column: Column, sample: Sample) -> Iterator[ColumnLevel]:
    """A kind that a name hints at: its values must be of it, or its table must be one of such things."""
    if kind.content in _WEAK:
        return
    certain = sample.strict(kind.content)
    if sample.size >= ENOUGH and certain >= MOST * sample.size:
        reasons = [*told, Evidence("values", kind.name, kind.content, certain, sample.size)]
        yield _found(kind, _lowered(kind, column, sample), 0.75, reasons)
    elif kind.name == "person_name" and _names_persons(told, column):
        reasons = [*told, Evidence("table", kind.name, column.table)]
        if sample.size < ENOUGH or sample.plausible("person") >= MOST * sample.size:
            yield _found(kind, kind.level, 0.65, reasons)


def _names_persons(told: Sequence[Evidence], column: Column) -> bool:
    """Whether a plain name stands in a table of persons."""
    plain = {one.by for one in told} & {"name", "xm", "display name", "名称", "昵称"}
    return bool(plain) and speaks_of(column.table, "person_tables")


def _by_values(kind: Kind, sample: Sample) -> Iterator[ColumnLevel]:
    """A kind that nothing speaks of but the values."""
    if sample.size < ENOUGH:
        return
    certain = sample.strict(kind.content)
    if certain >= MOST * sample.size:
        yield _found(kind, kind.level, 0.9, [Evidence("values", kind.name, kind.content, certain, sample.size)])


def _lowered(kind: Kind, column: Column, sample: Sample) -> str:
    """The level of a kind here: what places tell everybody is not personal."""
    if kind.name not in _TOLD_TO_ALL or not speaks_of(column.table, "public_tables"):
        return kind.level
    mobiles = sum(map(recognisers.is_mobile, sample.texts)) if kind.name == "mobile" else 0
    return kind.level if mobiles > LEAST * max(sample.size, 1) else "G2"


def _spoken_of(sample: Sample, column: Column) -> Iterator[ColumnLevel]:
    """Personal data that stand within texts."""
    if column.shape in {"flag", "date", "number", "choice", "reference"}:
        return
    counts: Counter[str] = Counter()
    for text in sample.texts:
        if len(text) >= TEXT_LENGTH:
            counts.update({one.kind for one in personal_spans(text) if (one.start, one.end) != (0, len(text))})
    for name in PERSONAL_SPANS:
        count = counts[name]
        if count >= 2 and count >= SPANS_AT_LEAST * sample.size:
            kind = level_rules().kinds[name]
            yield _found(kind, kind.level, 0.6, [Evidence("spans", name, name, count, sample.size)])


def _found(kind: Kind, level: str, score: float, reasons: Iterable[Evidence]) -> ColumnLevel:
    return ColumnLevel(level, kind.name, round(min(score, 0.99), 2), tuple(reasons))


def _refused(kind: Kind, by: str, sample: Sample, count: int = 0) -> ColumnLevel:
    return ColumnLevel("", kind.name, 0.0, (Evidence("against", kind.name, by, count, sample.size),))
