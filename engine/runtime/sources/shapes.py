"""What the rows of a source are like, field by field, and how that has changed. Pure; knows kinds and shares, never values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from engine.diagnostics import Message

Shape = Mapping[str, tuple[str, int]]
"""The kind that nearly all filled cells of a field have (`mixed` when none does), and how many of a hundred are filled."""
LEAST = 20
"""Rows without which nothing is said of a shape."""
NEARLY_ALL = 0.95
FULL, SPARSE = 90, 50
"""Of a hundred cells: a field that was filled so often and now less than that has lost its values."""
TOLD_APART = frozenset({"number", "date", "boolean"})
"""Kinds whose loss is told; that texts look like numbers for once says nothing."""
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?%?")
_DATE = re.compile(r"\d{4}[-/.\u5e74]\d{1,2}[-/.\u6708]\d{1,2}\u65e5?([ T]\d.*)?")
"""With dashes, slashes, points, or the signs of year, month and day."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A field that is not as it was: its kind before and now; `empty` for one that has lost its values."""

    field: str
    before: str
    now: str


KINDS: Mapping[str, Message] = {
    "text": Message("文字", "text"),
    "number": Message("数字", "numbers"),
    "date": Message("日期", "dates"),
    "boolean": Message("是否", "yes or no"),
    "structure": Message("结构", "structures"),
    "mixed": Message("混杂的值", "values of several kinds"),
    "empty": Message("空", "nothing"),
}


def drift_words(drift: Drift) -> Message:
    """A drift in a sentence."""
    before, now = KINDS[drift.before], KINDS[drift.now]
    return Message(
        f"{drift.field} 变了：以前是{before.zh}，现在是{now.zh}",
        f"{drift.field} has changed: it held {before.en}, now {now.en}",
    )


@dataclass(slots=True)
class ShapeCount:
    """Counts kinds of cells, row by row."""

    rows: int = 0
    kinds: dict[str, Counter[str]] = field(default_factory=dict)

    def take(self, values: Mapping[str, object]) -> None:
        """Count one row."""
        self.rows += 1
        for name, value in values.items():
            if (kind := kind_of(value)) is not None:
                self.kinds.setdefault(name, Counter())[kind] += 1
            else:
                self.kinds.setdefault(name, Counter())

    def shape(self) -> dict[str, tuple[str, int]]:
        """What was counted; empty for too few rows."""
        if self.rows < LEAST:
            return {}
        return {name: (_main(counts), 100 * counts.total() // self.rows) for name, counts in self.kinds.items()}


def kind_of(value: object) -> str | None:
    """The kind of a cell by what it says, however it is written; None for an empty one."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, date):
        return "date"
    if not isinstance(value, str):
        return "structure"
    text = value.strip()
    if text.lower() in {"true", "false"}:
        return "boolean"
    if _NUMBER.fullmatch(text):
        return "number"
    return "date" if _DATE.fullmatch(text) else "text"


def drifts(before: Shape, now: Shape) -> Iterator[Drift]:
    """What has changed for the worse."""
    for name, (kind, filled) in before.items():
        if name not in now:
            continue
        kind_now, filled_now = now[name]
        if filled >= FULL and filled_now < SPARSE:
            yield Drift(name, kind, "empty")
        elif kind in TOLD_APART and kind_now != kind and filled_now:
            yield Drift(name, kind, kind_now)


def _main(counts: Counter[str]) -> str:
    kind, most = counts.most_common(1)[0] if counts else ("empty", 0)
    return kind if not counts or most >= NEARLY_ALL * counts.total() else "mixed"
