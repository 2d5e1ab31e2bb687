"""The price simulator: what a product would sell at another price, from its own weeks and those of its category."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from engine.model.access import Action
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow, Condition
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal
from engine.widgets.formats import format_money, format_number
from engine.widgets.identifiers import public_id
from engine.widgets.properties import exact_number, text
from engine.widgets.statistics.elasticity import LEAST_WEEKS, Elasticity, Week, elasticity
from engine.widgets.unanswered import unanswered

WEEKS = 53
RECENT = 8
"""Weeks that say what is sold now, and at which price."""
MOST = 10_000
STEPS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15)


@dataclass(frozen=True, slots=True)
class Now:
    """What a week is like now: quantity, mean price, cost of one (None to whom no margin is told), and the floor."""

    quantity: float
    price: float
    cost: float | None
    floor: float


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    names = ("quantity", "sales", "offered", "margin")
    if scene.record is None or any(text(item, one) not in scene.model.metrics for one in names):
        return {}
    group = scene.record.cells.get(text(item, "group"))
    if group is None:
        return {}
    sold = tuple(text(item, one) for one in ("quantity", "sales", "offered"))
    split = (text(item, "item", "product"),)
    of_group = (Condition((text(item, "group"),), "eq", group),)
    rows = AggregateRequest(sold, split, of_group, _since(scene), _until(scene), bucket="week", limit=MOST)
    return {"rows": Aggregates(rows), "margin": Aggregates(_margin(item, scene))}


def _until(scene: Scene) -> date:
    """The last Sunday: weeks that are over."""
    return scene.today - timedelta(days=scene.today.weekday() + 1)


def _since(scene: Scene) -> date:
    return _until(scene) - timedelta(days=7 * WEEKS - 1)


def _margin(item: Item, scene: Scene) -> AggregateRequest:
    since = _until(scene) - timedelta(days=7 * RECENT - 1)
    names = tuple(text(item, one) for one in ("margin", "sales", "quantity"))
    return AggregateRequest(names, where=_own(item, scene), since=since, until=_until(scene))


def _own(item: Item, scene: Scene) -> tuple[Condition, ...]:
    return (Condition((text(item, "item", "product"),), "eq", scene.record.id),) if scene.record else ()


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    label, rows = scene.words(item.label), found.get("rows")
    if scene.record is None or not isinstance(rows, tuple):
        return unanswered(label, rows)
    weeks = _weeks(item, [row for row in rows if isinstance(row, AggregateRow)])
    own = weeks.get(scene.record.id, [])
    told = elasticity(weeks, scene.record.id)
    now = _now(item, own, found.get("margin"))
    common = {"label": label, "weeks": len(own), "least": LEAST_WEEKS, "link": _rows_behind(item, scene)}
    if told is None or now is None:
        return {**common, "state": "few"}
    judged = {**common, "elasticity": _signed(told.value), "low": _signed(told.low), "high": _signed(told.high)}
    judged |= {"own": _signed(told.own.value), "category": _signed(told.category), "products": told.products}
    if not told.sensible:
        return {**judged, "state": "odd"}
    prices = [max(now.price * (1 + step), now.floor) for step in STEPS]
    return {
        **judged,
        "state": "rows",
        "now": now,
        "told": told,
        "draft": _draft(item, scene),
        "price_field": text(item, "price", "price"),
        "price": format_money(Decimal(str(round(now.price, 2))), scene.language),
        "floor": format_money(Decimal(str(round(now.floor, 2))), scene.language),
        "most": round(max(now.price * 1.5, now.floor), 2),
        "lines": [_line(one, now, told, scene.language) for one in sorted(set(prices))],
    }


def _weeks(item: Item, rows: Sequence[AggregateRow]) -> dict[Hashable, list[Week]]:
    found: dict[Hashable, list[Week]] = {}
    for row in rows:
        quantity, sales, offered = (
            float(as_decimal(row.values.get(text(item, one))) or 0) for one in ("quantity", "sales", "offered")
        )
        if quantity > 0 and sales > 0 and isinstance(row.keys[0], date) and isinstance(row.keys[1], int):
            week = Week(row.keys[0], quantity, sales / quantity, min(max(offered / quantity, 0.0), 1.0))
            found.setdefault(row.keys[1], []).append(week)
    return found


def _now(item: Item, weeks: Sequence[Week], margin: object) -> Now | None:
    """A week of the last ones that sold; None where nothing did."""
    recent = sorted(weeks, key=lambda one: str(one.week))[-RECENT:]
    quantity = sum(one.quantity for one in recent)
    if not quantity:
        return None
    price = sum(one.quantity * one.price for one in recent) / quantity
    cost = _cost(item, margin)
    share = float(exact_number(item, "least_margin") or 0)
    return Now(quantity / len(recent), price, cost, cost / (1 - share) if cost is not None else price * 0.5)


def _cost(item: Item, margin: object) -> float | None:
    row = margin[0] if isinstance(margin, tuple) and margin else None
    if not isinstance(row, AggregateRow):
        return None
    gained, sales, quantity = (as_decimal(row.values.get(text(item, one))) for one in ("margin", "sales", "quantity"))
    return float((sales - gained) / quantity) if gained is not None and sales is not None and quantity else None


@dataclass(frozen=True, slots=True)
class Line:
    """What a week would be like at a price, in words; `exact` is the price for a draft."""

    price: str
    exact: str
    quantity: str
    sales: str
    margin: str


def _line(price: float, now: Now, told: Elasticity, language: str) -> Line:
    quantities = [now.quantity * (price / now.price) ** power for power in (told.value, told.low, told.high)]
    least, most = min(quantities[1:]), max(quantities[1:])

    def money(each: float) -> str:
        middle, low, high = (
            format_money(Decimal(str(round(one * each))), language, "CNY", 0) for one in (quantities[0], least, most)
        )
        return f"{middle} ({low}–{high})" if low != high else middle

    count, low, high = (format_number(Decimal(str(round(one, 1))), language, 1) for one in (quantities[0], least, most))
    return Line(
        format_money(Decimal(str(round(price, 2))), language),
        f"{price:.2f}",
        f"{count} ({low}–{high})" if low != high else count,
        money(price),
        money(price - now.cost) if now.cost is not None else "",
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _draft(item: Item, scene: Scene) -> str:
    """The address of a new price's form, filled in but for the price; nothing for who may not make one."""
    entity = text(item, "draft")
    if scene.record is None or Action.CREATE not in scene.allowed.get(entity, frozenset()):
        return ""
    return f"/r/{entity}/new?{urlencode({text(item, 'item', 'product'): public_id(scene.record.id)})}"


def _rows_behind(item: Item, scene: Scene) -> str:
    """The rows of the product's own weeks."""
    metric = scene.model.metrics.get(text(item, "quantity"))
    if metric is None or scene.record is None:
        return ""
    split = (text(item, "item", "product"),)
    request = AggregateRequest((metric.name,), split, since=_since(scene), until=_until(scene))
    title = scene.record.cells.get(scene.entity.title) if scene.entity else None
    return drill_into(scene, metric, request).group(AggregateRow((scene.record.id,), (str(title),), {}))
