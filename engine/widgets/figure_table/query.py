"""The figure table: a line for each group, a column for each metric, ranked against the period before where asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.cells import Shown, show
from engine.widgets.chart.query import period_of
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.dimension_words import BUCKETS, bucket_text, dimension_field
from engine.widgets.drill_links import Drill, drill_into, written_key
from engine.widgets.figure_table.ranks import Ranks
from engine.widgets.figures import as_decimal, exact_text, figure_text
from engine.widgets.periods import Period
from engine.widgets.properties import label as label_of
from engine.widgets.properties import number, text, texts
from engine.widgets.unanswered import unanswered

MOST = 10_000
"""Groups looked at: with more, the sorted lines could not be told for sure."""
LINES = 20


@dataclass(frozen=True, slots=True)
class FigureCell:
    """One figure, exact on hover, with the address of its rows."""

    words: str
    exact: str
    link: str


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One line: its rank with how it moved, among its own kind too, its names, its figures, what can be made of it, and why to doubt it."""

    rank: int
    moved: int | None
    among: str
    names: tuple[Shown, ...]
    cells: tuple[FigureCell, ...]
    make: str
    doubt: str


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    request = _request(item, scene)
    if request is None:
        return {}
    asked: dict[str, Need] = {"rows": Aggregates(request)}
    period = scene.filters.get("period")
    if _ranks(item) and isinstance(period, Period) and period.since is not None:
        asked["before"] = Aggregates(request, previous=True)
    return asked


def _request(item: Item, scene: Scene) -> AggregateRequest | None:
    names = [*texts(item, "metrics"), text(item, "order"), text(item, "only"), text(item, "doubted")]
    metrics = tuple(dict.fromkeys(name for name in names if name in scene.model.metrics))
    if not metrics:
        return None
    period, by = period_of(item, scene), text(item, "by")
    listed = (by, text(item, "by2"), text(item, "peers"))
    return AggregateRequest(
        metrics=metrics,
        dimensions=tuple(name for name in listed if name and name not in BUCKETS),
        bucket=by if by in BUCKETS else None,
        since=period.since if period else None,
        until=period.until if period else None,
        limit=MOST,
    )


def _ranks(item: Item) -> bool:
    return item.properties.get("rank") is True


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    request, rows = _request(item, scene), found.get("rows")
    label = scene.words(item.label)
    if request is None or not isinstance(rows, tuple):
        return unanswered(label, rows)
    if len(rows) >= MOST:
        return {"state": "many", "label": label, "period": ""}
    before = found.get("before")
    table = _Table(item, scene, request, _kept(rows), _kept(before) if isinstance(before, tuple) else ())
    return table.view(label)


def _kept(rows: tuple[object, ...]) -> tuple[AggregateRow, ...]:
    return tuple(row for row in rows if isinstance(row, AggregateRow))


@dataclass(frozen=True)
class _Table:
    """The rows found, told line by line."""

    item: Item
    scene: Scene
    request: AggregateRequest
    rows: Sequence[AggregateRow]
    before: Sequence[AggregateRow]

    def view(self, label: str) -> Mapping[str, object]:
        lines, period = self.lines(), period_of(self.item, self.scene)
        timed = any(self.scene.model.metrics[name].time for name in self._bases)
        return {
            "state": "rows" if lines else "empty",
            "label": label,
            "period": self.scene.words(period.label) if period and timed else "",
            "ranked": _ranks(self.item),
            "peered": bool(text(self.item, "peers")),
            "compared": bool(self.before),
            "names": self._names(),
            "columns": [(self.scene.words(one.label), self.scene.words(one.description)) for one in self._metrics],
            "lines": lines,
            "more": max(len(self._shown) - len(lines), 0),
            "nothing": self.scene.words(label_of(self.item, "nothing")),
            "make": self.scene.words(label_of(self.item, "make")),
            "makes": any(line.make for line in lines),
        }

    def lines(self) -> list[FigureLine]:
        shown = self._shown[: number(self.item, "limit", LINES)]
        return [self._line(at, row) for at, row in enumerate(shown, start=1)]

    @cached_property
    def _metrics(self) -> list[Metric]:
        names = texts(self.item, "metrics")
        return [self.scene.model.metrics[name] for name in names if name in self.scene.model.metrics]

    @property
    def _bases(self) -> list[str]:
        return [
            other for one in self._metrics for other in (one.name, *one.inputs) if other in self.scene.model.metrics
        ]

    @property
    def _order(self) -> str:
        return text(self.item, "order") or self._metrics[0].name

    @property
    def _ascending(self) -> bool:
        return self.item.properties.get("ascending") is True

    @property
    def _own(self) -> int:
        """How many keys name a line; the one of its kind stands behind them."""
        return len([name for name in (text(self.item, "by"), text(self.item, "by2")) if name])

    @cached_property
    def _shown(self) -> list[AggregateRow]:
        """The lines that are to be shown, in order: over time as time goes, else by the metric that says so."""
        only = text(self.item, "only")
        kept = [row for row in self.rows if not only or (as_decimal(row.values.get(only)) or Decimal(0)) > 0]
        kept = [row for row in kept if any(as_decimal(row.values.get(one.name)) for one in self._metrics)]
        if self.request.bucket and not text(self.item, "order"):
            return list(reversed(kept))
        return sorted(kept, key=self._place)

    def _place(self, row: AggregateRow) -> tuple[bool, Decimal]:
        value = as_decimal(row.values.get(self._order))
        return value is None, (value or Decimal(0)) * (1 if self._ascending else -1)

    @cached_property
    def _ranked(self) -> Ranks:
        return Ranks.of(self._shown, sorted(self.before, key=self._place), self._own)

    def _line(self, at: int, row: AggregateRow) -> FigureLine:
        ranked = _ranks(self.item)
        return FigureLine(
            rank=at,
            moved=self._ranked.moved(row) if ranked else None,
            among=self._ranked.among(row) if ranked and text(self.item, "peers") else "",
            names=tuple(self._name(row, index) for index in range(self._own)),
            cells=tuple(self._cell(one, row) for one in self._metrics),
            make=self._make(row),
            doubt=self._doubt(row),
        )

    def _doubt(self, row: AggregateRow) -> str:
        """What is said of a line whose figure cannot be."""
        value = as_decimal(row.values.get(text(self.item, "doubted")))
        return self.scene.words(label_of(self.item, "doubt")) if value is not None and value < 0 else ""

    def _names(self) -> list[str]:
        return [self._name_of(one) for one in (text(self.item, "by"), text(self.item, "by2")) if one]

    def _name_of(self, dimension: str) -> str:
        if dimension in BUCKETS:
            zh = {"day": "日", "week": "周", "month": "月", "quarter": "季", "year": "年"}[dimension]
            return zh if self.scene.language.startswith("zh") else dimension.capitalize()
        found = (one.dimension(dimension) for one in self._metrics)
        return next((self.scene.words(one.label) for one in found if one is not None), dimension)

    def _name(self, row: AggregateRow, index: int) -> Shown:
        key, by = row.keys[index], text(self.item, "by2" if index else "by")
        if by in BUCKETS and index == 0:
            return Shown(bucket_text(key, by, self.scene.language))
        if key is None:
            return Shown("未填" if self.scene.language.startswith("zh") else "None")
        field = next((one for metric in self._metrics if (one := dimension_field(self.scene, metric, by))), None)
        title = row.titles[index]
        return show(key, field, self.scene, title) if field is not None else Shown(title or str(key))

    @cached_property
    def _drills(self) -> Mapping[str, Drill]:
        return {one.name: drill_into(self.scene, one, self.request) for one in self._metrics}

    def _cell(self, metric: Metric, row: AggregateRow) -> FigureCell:
        value, language = row.values.get(metric.name), self.scene.language
        return FigureCell(
            figure_text(metric, value, language),
            exact_text(metric, value, language),
            self._drills[metric.name].group(row) if as_decimal(value) is not None else "",
        )

    def _make(self, row: AggregateRow) -> str:
        """The address of the form of what can be made of a line, filled beforehand; '' without the right."""
        entity, filled = text(self.item, "make_entity"), self.item.properties.get("make_from")
        declared = self.scene.model.entities.get(entity)
        if declared is None or Action.CREATE not in self.scene.allowed[entity] or not isinstance(filled, Mapping):
            return ""
        pairs = {field: self._filling(row, str(source)) for field, source in filled.items()}
        return f"/r/{entity}/new?{urlencode({field: words for field, words in pairs.items() if words})}"

    def _filling(self, row: AggregateRow, source: str) -> str:
        if source in self.request.dimensions:
            at = self.request.dimensions.index(source) + (1 if self.request.bucket else 0)
            return written_key(row.keys[at], row.titles[at]) if row.keys[at] is not None else ""
        value = as_decimal(row.values.get(source))
        return f"{value.normalize():f}" if value is not None else ""
