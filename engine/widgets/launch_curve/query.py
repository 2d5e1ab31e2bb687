"""The launch curve: what a new product has sold since its launch, beside products of its category launched before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from statistics import median

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow, Condition, QueryRequest, RecordPage
from engine.widgets.charts.area import line_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Aggregates, Need, Rows, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.formats import format_number, format_percent
from engine.widgets.launch_curve.sisters import cannibalised
from engine.widgets.properties import number, text, texts
from engine.widgets.statistics.launching import LEAST_ANALOGUES, Launch, launch
from engine.widgets.unanswered import unanswered

WEEKS = 12
LOOKED_BACK = 400
"""Days: products launched before them are no analogues, for their first weeks are not looked at."""
MOST = 10_000
MOST_PRODUCTS = 200


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metric, launched = scene.model.metrics.get(text(item, "quantity")), _launched(item, scene)
    if scene.record is None or scene.entity is None or metric is None or launched is None:
        return {}
    if (scene.today - launched).days > LOOKED_BACK or launched >= scene.today:
        return {}
    group = Condition((text(item, "group"),), "eq", scene.record.cells.get(text(item, "group")))
    columns = ((text(item, "launched"),),)
    asked: dict[str, Need] = {
        "rows": Aggregates(_sold(item, scene, metric, (group,))),
        "total": Aggregates(_sold(item, scene, metric)),
        "products": Rows(QueryRequest(scene.entity.name, columns, where=group, limit=MOST_PRODUCTS)),
    }
    for name in _figures(item, scene):
        asked[f"figure.{name}"] = Aggregates(_of_own(item, scene, name, launched))
    return asked


def _launched(item: Item, scene: Scene) -> date | None:
    found = scene.record.cells.get(text(item, "launched")) if scene.record is not None else None
    return found if isinstance(found, date) else None


def _figures(item: Item, scene: Scene) -> tuple[str, ...]:
    return tuple(name for name in texts(item, "figures") if name in scene.model.metrics)


def _sold(item: Item, scene: Scene, metric: Metric, where: tuple[Condition, ...] = ()) -> AggregateRequest:
    """Of each day: what each product of a group sold, or what all goods did."""
    since, until = scene.today - timedelta(days=LOOKED_BACK), scene.today - timedelta(days=1)
    split = (text(item, "item", "product"),) if where else ()
    return AggregateRequest((metric.name,), split, where, since, until, bucket="day", limit=MOST)


def _of_own(item: Item, scene: Scene, name: str, launched: date) -> AggregateRequest:
    own = (Condition((text(item, "item", "product"),), "eq", scene.record.id),) if scene.record is not None else ()
    return AggregateRequest((name,), where=own, since=launched, until=scene.today)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric, rows, products = scene.model.metrics.get(text(item, "quantity")), found.get("rows"), found.get("products")
    label, launched = scene.words(item.label), _launched(item, scene)
    if scene.record is None or metric is None or launched is None or "rows" not in found:
        return {"state": "none", "label": label}
    if not isinstance(rows, tuple) or not isinstance(products, RecordPage):
        return unanswered(label, rows, products)
    weeks = number(item, "weeks", WEEKS)
    launches = {one.id: one.cells.get(text(item, "launched")) for one in products.records}
    sold = _kept(rows)
    curves = _curves(scene, metric, sold, launches, weeks)
    own = curves.get(scene.record.id, [])
    others = [one for product, one in curves.items() if product != scene.record.id and len(one) >= weeks]
    told = launch(own, others, weeks)
    tale = _Tale(item, scene, metric, launched, own, others, weeks)
    return {
        "state": "rows" if own else "early",
        "label": label,
        "weeks": weeks,
        "done": len(own),
        "svg": tale.drawn(told, label) if own else "",
        "told": told is not None,
        "over": len(own) >= weeks,
        "usual": tale.words(median(one[weeks - 1] for one in others)) if others else "",
        "least": LEAST_ANALOGUES,
        "known": len(others),
        "sold": tale.words(own[-1]) if own else "",
        "figures": _told_figures(item, scene, found, launched),
        "beside": cannibalised(scene, metric, {scene.record.id: launched, **launches}, sold, _kept(found.get("total"))),
        **(tale.judged(told) if told is not None else {}),
    }


def _kept(rows: object) -> list[AggregateRow]:
    return [row for row in rows if isinstance(row, AggregateRow)] if isinstance(rows, tuple) else []


def _curves(
    scene: Scene, metric: Metric, rows: Sequence[AggregateRow], launches: Mapping[int, object], weeks: int
) -> dict[object, list[float]]:
    """What each product that was launched while we look had sold by the end of each week that is over."""
    sold: dict[object, dict[int, float]] = {}
    first = scene.today - timedelta(days=LOOKED_BACK)
    for row in rows:
        day, product = row.keys[:2]
        launched = launches.get(product) if isinstance(product, int) else None
        if isinstance(day, date) and isinstance(launched, date) and launched >= first and day >= launched:
            week = (day - launched).days // 7
            known = sold.setdefault(product, {})
            known[week] = known.get(week, 0.0) + float(as_decimal(row.values.get(metric.name)) or 0)
    found: dict[object, list[float]] = {}
    for product, launched in launches.items():
        over = (scene.today - launched).days // 7 if isinstance(launched, date) and launched >= first else 0
        each = [sold.get(product, {}).get(week, 0.0) for week in range(min(over, weeks))]
        if each:
            found[product] = list(accumulate(each))
    return found


def _told_figures(item: Item, scene: Scene, found: Mapping[str, object], launched: date) -> list[tuple[str, str, str]]:
    """Further figures since the launch: name, value, and the address of the rows."""
    told = []
    for name in _figures(item, scene):
        metric, rows = scene.model.metrics[name], found.get(f"figure.{name}")
        if isinstance(rows, tuple) and rows and isinstance(rows[0], AggregateRow):
            words = figure_text(metric, rows[0].values.get(name), scene.language)
            told.append((scene.words(metric.label), words, _link(item, scene, metric, launched)))
    return told


def _link(item: Item, scene: Scene, metric: Metric, launched: date) -> str:
    """The rows of the record behind a metric, since its launch."""
    if scene.record is None or scene.entity is None:
        return ""
    split = (text(item, "item", "product"),)
    request = AggregateRequest((metric.name,), split, since=launched, until=scene.today)
    title = str(scene.record.cells.get(scene.entity.title))
    return drill_into(scene, metric, request).group(AggregateRow((scene.record.id,), (title,), {}))


@dataclass(frozen=True, slots=True)
class _Tale:
    """The curve of the product and those of its analogues, in words and drawn."""

    item: Item
    scene: Scene
    metric: Metric
    launched: date
    own: Sequence[float]
    others: Sequence[Sequence[float]]
    weeks: int

    def words(self, value: float) -> str:
        return figure_text(self.metric, _exact(value), self.scene.language)

    def judged(self, told: Launch) -> Mapping[str, object]:
        def share(one: float) -> str:
            return format_percent(Decimal(str(round(one, 4))), self.scene.language)

        return {
            "total": self.words(told.ahead[-1]),
            "low": self.words(told.low[-1]),
            "high": self.words(told.high[-1]),
            "better": told.better,
            "analogues": format_number(Decimal(told.analogues), self.scene.language, 0),
            "ratio_error": share(told.ratio_error),
            "pace_error": share(told.pace_error),
            "mean_error": share(told.mean_error),
        }

    def drawn(self, told: Launch | None, label: str) -> object:
        zh = self.scene.language == "zh"
        seen: list[Decimal | None] = [_exact(one) for one in self.own]
        left: list[Decimal | None] = [None] * (self.weeks - len(seen))
        gap: list[Decimal | None] = [None] * (len(seen) - 1)
        link = _link(self.item, self.scene, self.metric, self.launched)
        series = [Series("累计销量" if zh else "Sold so far", (*seen, *left), tuple(link for _ in seen))]
        if len(self.others) >= LEAST_ANALOGUES:
            usual = tuple(_exact(median(one[at] for one in self.others)) for at in range(self.weeks))
            series.append(Series("同类中位" if zh else "Analogues, median", usual))
        band = None
        if told is not None:
            series.append(Series("预测" if zh else "Forecast", (*gap, seen[-1], *map(_exact, told.ahead)), (), True))
            low, high = ((*gap, seen[-1], *map(_exact, edge)) for edge in (told.low, told.high))
            band = low, high
        spec = ChartSpec(
            title=label,
            categories=tuple(f"第{at + 1}周" if zh else f"W{at + 1}" for at in range(self.weeks)),
            series=tuple(series),
            language=self.scene.language,
            unit=self.scene.words(self.metric.unit_label),
            scale=0,
        )
        return line_chart(spec, band)


def _exact(value: float) -> Decimal:
    return Decimal(str(round(value, 1)))
