"""Scoring: a version's answers to lines of features, with their interval, or why it holds its tongue."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from engine.diagnostics import DougongError, Message
from engine.model.feature_tables import FeatureTable
from engine.runtime.modeling.graphs import Floats, Graph, Texts

Cell = float | str | None


class ColumnsDiffer(DougongError):
    """Lines do not have the columns that a model learnt from, or texts where it learnt from numbers."""

    code = "columns_differ"
    status = 422

    def __init__(self, missing: Sequence[str], texts: Sequence[str] = ()) -> None:
        listed = ", ".join((*missing, *texts)[:5])
        zh, en = (
            ("缺少模型需要的列", "are missing") if missing else ("模型需要数值的列里有文字", "hold texts, not numbers")
        )
        super().__init__(
            Message(
                f"{zh}:{listed}。请用同一条流水线评分,或重新训练",
                f"Columns that the model needs {en}: {listed}. Score by the same pipeline, or train again",
            )
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of a line: a probability or number from `low` to `high`; None where it abstains, for `reasons`."""

    value: float | None
    low: float | None
    high: float | None
    raw: float
    reasons: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnDomain:
    """A column as a version learnt it: what it may hold for the version to answer."""

    name: str
    label: Mapping[str, str]
    category: bool
    group: str
    missing: bool
    words: frozenset[str]
    unknown: bool
    low: float
    high: float
    typical: Cell


class Scorer:
    """One version, loaded: its graph, the domain of its columns, its interval. Used by many threads."""

    def __init__(self, card: Mapping[str, object], graph: Graph) -> None:
        columns = card["columns"]
        assert isinstance(columns, Sequence)
        self.columns = tuple(_domain(one) for one in columns)
        self.categories = sum(one.category for one in self.columns)
        self.graph = graph
        self.card = card
        interval = card["interval"]
        assert isinstance(interval, Mapping)
        self._interval = _Interval(interval, str(_settings(card).get("group_by") or ""))
        names = [one.name for one in self.columns]
        self._group_at = names.index(self._interval.group) if self._interval.group in names else None

    def lines(self, table: FeatureTable) -> list[tuple[Cell, ...]]:
        """The cells of each line in the model's order of columns; numbers where it learnt words are words. Raises ColumnsDiffer."""
        places = {column.name: at for at, column in enumerate(table.columns)}
        missing = [one.name for one in self.columns if one.name not in places]
        if missing:
            raise ColumnsDiffer(missing)
        given = [(one, table.columns[places[one.name]], table.values[places[one.name]]) for one in self.columns]
        texts = [one.name for one, column, _ in given if column.kind == "category" and not one.category]
        if texts:
            raise ColumnsDiffer((), texts)
        worded = [tuple(map(as_word, cells)) if one.category else cells for one, _, cells in given]
        return list(zip(*worded, strict=True))

    def arrays(self, lines: Sequence[Sequence[Cell]]) -> tuple[Texts, Floats]:
        """Lines as the graph takes them; an empty text and NaN are missing."""
        count = self.categories
        texts = numpy.empty((len(lines), count), dtype=object)
        for at in range(count):
            texts[:, at] = [cell if isinstance(cell := line[at], str) else "" for line in lines]
        numbers = numpy.array(
            [[math.nan if cell is None else cell for cell in line[count:]] for line in lines], dtype=numpy.float64
        ).reshape(len(lines), len(self.columns) - count)
        return texts, numbers

    def answers(self, lines: Sequence[Sequence[Cell]]) -> list[Answer]:
        """An answer a line, all in one run of the graph."""
        if not lines:
            return []
        found = self.graph.run(*self.arrays(lines)).tolist()
        return [self._answer(line, raw, value) for line, (raw, value) in zip(lines, found, strict=True)]

    def _answer(self, line: Sequence[Cell], raw: float, value: float) -> Answer:
        reasons = self.outside(line)
        if reasons:
            return Answer(None, None, None, raw, tuple(reasons))
        group = line[self._group_at] if self._group_at is not None else None
        low, high = self._interval.around(raw, value, group)
        return Answer(value, low, high, raw)

    def outside(self, line: Sequence[Cell]) -> list[Message]:
        """Why a line lies outside of what the version learnt from."""
        found: list[Message] = []
        for column, cell in zip(self.columns, line, strict=True):
            if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
                if not column.missing:
                    found.append(
                        _said(column, "为空,而学习时从不为空", "is empty, and never was in the rows learnt from")
                    )
            elif column.category:
                if cell not in column.words and not column.unknown:
                    found.append(_said(column, f"的取值“{cell}”从未见过", f"holds {cell}, which was never seen"))
            elif isinstance(cell, str) or not column.low <= cell <= column.high:
                told, low, high = (number_words(one) for one in (cell, column.low, column.high))
                zh = f"为 {told},超出学习范围 {low} 到 {high}"
                en = f"is {told}, outside of {low} to {high} that it learnt from"
                found.append(_said(column, zh, en))
        return found


def number_words(cell: Cell) -> str:
    """A number as people read it: 2,900,059.8 and not 2.90006e+06."""
    return f"{round(cell, 4):,}".removesuffix(".0") if isinstance(cell, int | float) else str(cell)


@dataclass(frozen=True, slots=True)
class _Interval:
    """The interval of a card: of a probability by its score, of a number by its half-width and group."""

    card: Mapping[str, object]
    group: str

    def around(self, raw: float, value: float, group: Cell) -> tuple[float, float]:
        if self.card["kind"] == "split_conformal":
            halves = self.card.get("halves") or {}
            assert isinstance(halves, Mapping)
            half = float(halves.get(group, self.card["half"]))
            return value - half, value + half
        scores, lower, upper = (self.card[name] for name in ("scores", "lower", "upper"))
        assert isinstance(scores, list)
        assert isinstance(lower, list)
        assert isinstance(upper, list)
        return min(between(scores, lower, raw), value), max(between(scores, upper, raw), value)


def as_word(cell: Cell) -> str | None:
    """A cell as the word of a category."""
    if isinstance(cell, float | int):
        return str(int(cell)) if math.isfinite(cell) and cell == int(cell) else str(cell)
    return cell


def between(points: Sequence[float], values: Sequence[float], at: float) -> float:
    """The value at a point by the line between its neighbours; before the first and after the last theirs."""
    place = bisect_right(points, at)
    if place in (0, len(points)):
        return values[0 if place == 0 else -1]
    low, high = points[place - 1], points[place]
    return values[place - 1] + (values[place] - values[place - 1]) * (at - low) / (high - low)


def _domain(column: Mapping[str, object]) -> ColumnDomain:
    words, label, typical = column.get("words") or (), column["label"], column["typical"]
    assert isinstance(words, Sequence)
    assert isinstance(label, Mapping)
    assert isinstance(typical, float | int | str)
    return ColumnDomain(
        str(column["name"]),
        label,
        column["kind"] == "category",
        str(column["group"]),
        bool(column["missing"]),
        frozenset(words),
        bool(column.get("unknown")),
        float(str(column.get("low", 0.0))),
        float(str(column.get("high", 0.0))),
        typical,
    )


def _settings(card: Mapping[str, object]) -> Mapping[str, object]:
    settings = card["settings"]
    assert isinstance(settings, Mapping)
    return settings


def _said(column: ColumnDomain, zh: str, en: str) -> Message:
    return Message(f"{column.label.get('zh') or column.name}{zh}", f"{column.label.get('en') or column.name} {en}")
