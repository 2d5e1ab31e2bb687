"""The heat map: a count for every line and column, darker where more is, each opening its rows; small counts are not told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from engine.model.metrics import Metric
from engine.model.names import NO_LABEL
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.cells import show
from engine.widgets.charts.heat import DARK, heat_step
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.dimension_words import dimension_field
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.periods import Period
from engine.widgets.properties import number, text
from engine.widgets.unanswered import unanswered

LEAST = 3
MOST = 500
"""Cells asked for: more lines and columns than a page can show."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One count in words, how dark it is, and the address of its rows; `hidden` is one that is too small to be told."""

    words: str = "0"
    step: int = 0
    link: str = ""
    hidden: bool = False

    @property
    def dark(self) -> bool:
        return self.step >= DARK


@dataclass(frozen=True, slots=True)
class HeatLine:
    """One line: its name, its cells, and its total where no cell of it is hidden."""

    name: str
    cells: tuple[HeatCell, ...]
    total: str


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metric = scene.model.metrics.get(text(item, "metric"))
    return {"rows": Aggregates(_request(item, scene, metric))} if metric else {}


def _request(item: Item, scene: Scene, metric: Metric) -> AggregateRequest:
    chosen = scene.filters.get("period")
    period = chosen if isinstance(chosen, Period) else None
    return AggregateRequest(
        metrics=(metric.name,),
        dimensions=(text(item, "by"), text(item, "by2")),
        since=period.since if period else None,
        until=period.until if period else None,
        limit=MOST,
    )


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric, rows = scene.model.metrics.get(text(item, "metric")), found.get("rows")
    if metric is None or not isinstance(rows, tuple):
        return unanswered(scene.words(item.label), rows)
    kept = [row for row in rows if isinstance(row, AggregateRow) and as_decimal(row.values.get(metric.name))]
    period, least = scene.filters.get("period"), number(item, "least", LEAST)
    grid = _Grid(item, scene, metric, kept, least)
    lines = grid.lines()
    return {
        "state": "rows" if kept else "empty",
        "label": scene.words(item.label) or scene.words(metric.label),
        "period": scene.words(period.label) if isinstance(period, Period) else "",
        "corner": " / ".join(grid.names_of_dimensions()),
        "columns": [grid.name(key, 1) for key in grid.columns],
        "lines": lines,
        "least": least,
        "hides": any(cell.hidden for line in lines for cell in line.cells),
        "totals": grid.totals(),
    }


@dataclass(frozen=True)
class _Grid:
    """The counts by line and column."""

    item: Item
    scene: Scene
    metric: Metric
    rows: Sequence[AggregateRow]
    least: int

    @cached_property
    def columns(self) -> list[object]:
        return self._ordered(1)

    @cached_property
    def _keys(self) -> list[object]:
        """What the lines stand for."""
        return self._ordered(0)

    @cached_property
    def _rows_by_keys(self) -> Mapping[tuple[object, ...], AggregateRow]:
        return {row.keys[:2]: row for row in self.rows}

    @cached_property
    def _most(self) -> Decimal:
        """The highest count: what is darkest."""
        return max(as_decimal(row.values.get(self.metric.name)) or Decimal(0) for row in self.rows)

    def lines(self) -> list[HeatLine]:
        return [
            HeatLine(
                self.name(line, 0),
                tuple(self._cell(line, column) for column in self.columns),
                self._total([self._count(line, column) for column in self.columns]),
            )
            for line in self._keys
        ]

    def totals(self) -> list[str]:
        """Of each column, its total where no cell of it is hidden."""
        return [self._total([self._count(line, column) for line in self._keys]) for column in self.columns]

    def names_of_dimensions(self) -> list[str]:
        found = (self.metric.dimension(text(self.item, name)) for name in ("by", "by2"))
        return [self.scene.words(one.label) for one in found if one is not None]

    def name(self, key: object, at: int) -> str:
        """A line or column as people read it."""
        title = next((row.titles[at] for row in self.rows if row.keys[at] == key), None)
        if title is not None:
            return title
        if key is None:
            return "未填" if self.scene.language == "zh" else "None"
        field = dimension_field(self.scene, self.metric, text(self.item, "by2" if at else "by"))
        return show(key, field, self.scene).text if field is not None else str(key)

    def _ordered(self, at: int) -> list[object]:
        """Choices as declared, all of them along the top; others by name."""
        field = dimension_field(self.scene, self.metric, text(self.item, "by2" if at else "by"))
        met = {row.keys[at] for row in self.rows}
        if field is not None and field.choices:
            declared: list[object] = [one.name for one in field.choices if at or one.name in met]
            return [*declared, *sorted(met - set(declared), key=str)]
        return sorted(met, key=lambda key: (key is None, self.name(key, at)))

    def _row(self, line: object, column: object) -> AggregateRow | None:
        return self._rows_by_keys.get((line, column))

    def _count(self, line: object, column: object) -> Decimal:
        row = self._row(line, column)
        return (as_decimal(row.values.get(self.metric.name)) if row else None) or Decimal(0)

    def _cell(self, line: object, column: object) -> HeatCell:
        count, row = self._count(line, column), self._row(line, column)
        if row is None:
            return HeatCell()
        if count < self.least:
            return HeatCell(f"<{self.least}", 1, hidden=True)
        drill = drill_into(self.scene, self.metric, _request(self.item, self.scene, self.metric))
        step = max(2, heat_step(count, Decimal(0), self._most))
        return HeatCell(self._words(count), step, drill.group(row))

    def _words(self, count: Decimal) -> str:
        """A count without its unit: there is no room in a cell."""
        return figure_text(replace(self.metric, unit_label=NO_LABEL), count, self.scene.language)

    def _total(self, counts: Iterable[Decimal]) -> str:
        """A total; one from which a hidden count could be worked out is not told."""
        listed = list(counts)
        if any(0 < one < self.least for one in listed):
            return "—"
        return self._words(sum(listed, Decimal(0)))
