"""A pivot: metrics by lines and columns, each total asked for by itself, so that ratios and distinct counts are right in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.dimension_words import BUCKETS, in_order, key_words
from engine.widgets.drill_links import Drill, drill_into
from engine.widgets.figures import as_decimal, exact_text, figure_parts
from engine.widgets.periods import Period
from engine.widgets.pivot.axes import NONE, Axes, axes_of, choosable, metrics_shown
from engine.widgets.properties import number, text
from engine.widgets.unanswered import unanswered

LEAST = 3
LINES = 40
MOST = 10_000
COLUMNS = 36
"""Columns that a page can show; the last ones of a span of time are kept."""

Keys = tuple[object, ...]
ALL: Keys = ()


@dataclass(frozen=True, slots=True)
class PivotCell:
    """One figure in words, exact on hover, and the address of its rows; `hidden` is one that is not told."""

    words: str = ""
    exact: str = ""
    link: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PivotLine:
    """One line: its name, how deep it stands, its cells column by column, metric by metric, the totals last."""

    name: str
    depth: int
    cells: tuple[PivotCell, ...]


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metrics = metrics_shown(item, scene)
    if not metrics:
        return {}
    axes = axes_of(item, scene, choosable(metrics, scene))
    return {name: Aggregates(request) for name, request in _requests(item, scene, axes).items()}


def _requests(item: Item, scene: Scene, axes: Axes) -> Mapping[str, AggregateRequest]:
    """What is asked, by name: `r0`, `r1`, `r2` for so many dimensions of the lines, with `c` split by the column too."""
    found = {}
    for depth in range(len(axes.rows) + 1):
        found[f"r{depth}"] = _request(item, scene, axes.rows[:depth], "")
        if axes.column:
            found[f"r{depth}c"] = _request(item, scene, axes.rows[:depth], axes.column)
    return found


def _request(item: Item, scene: Scene, rows: tuple[str, ...], column: str) -> AggregateRequest:
    period = scene.filters.get("period")
    span = period if isinstance(period, Period) else None
    names = [metric.name for metric in metrics_shown(item, scene)]
    counted = text(item, "counted")
    if counted in scene.model.metrics and counted not in names:
        names.append(counted)
    return AggregateRequest(
        metrics=tuple(names),
        dimensions=rows if column in BUCKETS or not column else (*rows, column),
        bucket=column if column in BUCKETS else None,
        since=span.since if span else None,
        until=span.until if span else None,
        limit=MOST,
    )


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metrics = metrics_shown(item, scene)
    label = scene.words(item.label) or "、".join(scene.words(one.label) for one in metrics)
    if not metrics or not found or not all(isinstance(one, tuple) for one in found.values()):
        return unanswered(label, *found.values())
    offered = choosable(metrics, scene)
    table = _Table(item, scene, metrics, axes_of(item, scene, offered), found)
    most = number(item, "limit", LINES)
    period = scene.filters.get("period")
    return {
        "state": "rows" if table.line_keys else "empty",
        "label": label,
        "period": scene.words(period.label) if isinstance(period, Period) else "",
        "corner": " / ".join(one.label for name in table.axes.rows for one in offered if one.name == name),
        "columns": [table.column_name(key) for key in table.columns],
        "metrics": [scene.words(metric.label) for metric in metrics],
        "lines": list(table.lines(most)),
        "more": max(0, len(table.line_keys) - most),
        "total": table.line(ALL, 0),
        "least": table.least,
        "hides": table.hides,
        "offered": offered,
        "dimensions": [one for one in offered if one.name not in BUCKETS],
        "chosen": (*(*table.axes.rows, NONE)[:2], table.axes.column or NONE),
        "none": NONE,
        "kept": [(name, value) for name, value in scene.parameters.items() if not name.startswith(f"{item.id}.")],
    }


@dataclass
class _Table:
    """The figures by line and column."""

    item: Item
    scene: Scene
    metrics: Sequence[Metric]
    axes: Axes
    found: Mapping[str, object]
    columns: list[object] = field(init=False)
    line_keys: list[Keys] = field(init=False)
    _figures: dict[tuple[Keys, object], AggregateRow] = field(init=False, default_factory=dict)
    _names: dict[Keys, str] = field(init=False, default_factory=dict)
    _column_names: dict[object, str] = field(init=False, default_factory=dict)
    _drills: dict[tuple[str, int, bool], Drill] = field(init=False, default_factory=dict)
    _hidden: frozenset[tuple[Keys, object]] = field(init=False)

    def __post_init__(self) -> None:
        for depth in range(len(self.axes.rows) + 1):
            for row in self._rows(f"r{depth}"):
                self._figures[row.keys, _TOTAL] = row
                if depth:
                    self._names[row.keys] = key_words(
                        self.scene, self.metrics[0], self.axes.rows[depth - 1], row, depth - 1
                    )
            for row in self._rows(f"r{depth}c"):
                self._split(row, depth)
        self._hidden = frozenset(self._withheld())
        self.columns = self._ordered_columns()
        self.line_keys = list(self._ordered_lines())

    @property
    def least(self) -> int:
        return number(self.item, "least", LEAST)

    def column_name(self, key: object) -> str:
        return self._column_names[key]

    @property
    def hides(self) -> bool:
        """Whether a figure of any line is withheld, of those too that are not shown."""
        columns = {*self.columns, _TOTAL} if self.axes.column else {_TOTAL}
        lines = {*self.line_keys}
        return any(keys in lines and column in columns for keys, column in self._hidden & self._figures.keys())

    def lines(self, most: int) -> Iterator[PivotLine]:
        for keys in self.line_keys[:most]:
            yield self.line(keys, len(keys) - 1)

    def line(self, keys: Keys, depth: int) -> PivotLine:
        """The cells of a line; the total of all lines has no keys."""
        columns = (*self.columns, _TOTAL) if self.axes.column else (_TOTAL,)
        cells = (self._cell(keys, column, metric) for column in columns for metric in self.metrics)
        return PivotLine(self._names.get(keys, ""), depth, tuple(cells))

    def _rows(self, name: str) -> tuple[AggregateRow, ...]:
        found = self.found.get(name)
        return tuple(one for one in found if isinstance(one, AggregateRow)) if isinstance(found, tuple) else ()

    def _split(self, row: AggregateRow, depth: int) -> None:
        """Keep a figure under its line and column; a bucket of time stands first among the keys."""
        at = 0 if self.axes.column in BUCKETS else depth
        column = row.keys[at]
        self._figures[(*row.keys[:at], *row.keys[at + 1 :]), column] = row
        self._column_names.setdefault(column, key_words(self.scene, self.metrics[0], self.axes.column, row, at))

    def _ordered_columns(self) -> list[object]:
        ordered = in_order(self.scene, self.metrics[0], self.axes.column, self._column_names)
        return ordered[-COLUMNS:] if self.axes.column in BUCKETS else ordered[:COLUMNS]

    def _ordered_lines(self) -> Iterator[Keys]:
        """Lines of the first dimension in order, each with those of the second below it."""
        for first in self._sorted(keys for keys in self._names if len(keys) == 1):
            yield first
            yield from self._sorted(keys for keys in self._names if len(keys) == 2 and keys[:1] == first)

    def _sorted(self, keys: Iterable[Keys]) -> list[Keys]:
        listed = list(keys)
        if text(self.item, "sort", "value") == "value":
            return sorted(listed, key=lambda one: self._value(one, _TOTAL, self.metrics[0]) or Decimal(0), reverse=True)
        last = {one[-1]: one for one in listed}
        depth = len(listed[0]) - 1 if listed else 0
        return [last[key] for key in in_order(self.scene, self.metrics[0], self.axes.rows[depth], last)]

    def _value(self, keys: Keys, column: object, metric: Metric) -> Decimal | None:
        row = self._figures.get((keys, column))
        return as_decimal(row.values.get(metric.name)) if row else None

    def _is_small(self, keys: Keys, column: object) -> bool:
        counted, row = text(self.item, "counted"), self._figures.get((keys, column))
        count = as_decimal(row.values.get(counted)) if counted and row else None
        return count is not None and 0 < count < self.least

    def _withheld(self) -> Iterator[tuple[Keys, object]]:
        """Small figures, and every total that holds one: from it the small one could be worked out."""
        for keys, column in self._figures:
            if self._is_small(keys, column):
                for depth in range(len(keys) + 1):
                    yield keys[:depth], column
                    yield keys[:depth], _TOTAL

    def _cell(self, keys: Keys, column: object, metric: Metric) -> PivotCell:
        row = self._figures.get((keys, column))
        if row is None:
            return PivotCell()
        if (keys, column) in self._hidden:
            small = self._is_small(keys, column)
            return PivotCell(
                f"<{self.least}" if small and metric.name == text(self.item, "counted") else "—", hidden=True
            )
        value = row.values.get(metric.name)
        words, _ = figure_parts(metric, value, self.scene.language)
        return PivotCell(words, exact_text(metric, value, self.scene.language), self._link(row, keys, column, metric))

    def _link(self, row: AggregateRow, keys: Keys, column: object, metric: Metric) -> str:
        split = column is not _TOTAL
        asked = metric.name, len(keys), split
        if asked not in self._drills:
            rows = self.axes.rows[: len(keys)]
            request = _request(self.item, self.scene, rows, self.axes.column if split else "")
            self._drills[asked] = drill_into(self.scene, metric, request)
        return self._drills[asked].group(row)


_TOTAL = object()
"""The column of totals."""
