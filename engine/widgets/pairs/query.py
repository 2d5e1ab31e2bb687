"""Pairs: what lies together in a basket more often than chance would have it, with how often, support, confidence, lift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, combinations
from math import exp

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.contract import Aggregates, Need, Scene, TooMany
from engine.widgets.drill_links import drill_into
from engine.widgets.formats import format_percent
from engine.widgets.periods import Period
from engine.widgets.properties import number, text
from engine.widgets.unanswered import unanswered

MOST = 10_000
LEAST, LINES = 5, 12
RISK = 0.05
"""How likely it may be that any of all the pairs that could meet is taken for more than chance and is not."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things by key: in how many baskets they lie together, in how many each, and of how many baskets."""

    first: object
    second: object
    together: int
    with_first: int
    with_second: int
    baskets: int
    possible: int

    @property
    def expected(self) -> float:
        """How often they would meet by chance."""
        return self.with_first * self.with_second / self.baskets

    @property
    def lift(self) -> float:
        return self.together / self.expected

    @property
    def chance(self) -> float:
        """How likely chance alone brings so many or more (Poisson)."""
        terms = accumulate(range(1, self.together), lambda term, at: term * self.expected / at, initial=1.0)
        return max(1 - exp(-self.expected) * sum(terms), 0.0)

    @property
    def certain(self) -> bool:
        """Whether it is more than chance, although so many pairs are looked at (Bonferroni)."""
        return self.chance * self.possible < RISK


@dataclass(frozen=True, slots=True)
class PairLine:
    """One pair in words, with the addresses of the rows of each."""

    names: tuple[tuple[str, str], tuple[str, str]]
    together: int
    support: str
    confidence: str
    lift: str
    certain: bool


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metric = scene.model.metrics.get(text(item, "metric"))
    return {"rows": Aggregates(_request(item, scene, metric), whole=True)} if metric else {}


def _request(item: Item, scene: Scene, metric: Metric) -> AggregateRequest:
    period = scene.filters.get("period")
    return AggregateRequest(
        (metric.name,),
        (text(item, "by"), text(item, "by2")),
        since=period.since if isinstance(period, Period) else None,
        until=period.until if isinstance(period, Period) else None,
        limit=MOST,
    )


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric, rows = scene.model.metrics.get(text(item, "metric")), found.get("rows")
    label = scene.words(item.label)
    if metric is not None and isinstance(rows, TooMany):
        return {"state": "many", "label": label}
    if metric is None or not isinstance(rows, tuple):
        return unanswered(label, rows)
    kept = [row for row in rows if isinstance(row, AggregateRow)]
    least = number(item, "least", LEAST)
    pairs = pairs_of([(row.keys[0], row.keys[1]) for row in kept], least)
    period = scene.filters.get("period")
    shown = pairs[: number(item, "limit", LINES)]
    return {
        "state": "rows" if shown else "empty",
        "label": label,
        "period": scene.words(period.label) if isinstance(period, Period) else "",
        "lines": _lines(item, scene, metric, kept, shown),
        "least": least,
        "baskets": len({row.keys[0] for row in kept}),
    }


def pairs_of(lines: Sequence[tuple[object, object]], least: int) -> list[Pair]:
    """The pairs met at least so often in baskets (basket, thing), those the least likely by chance first."""
    baskets: dict[object, set[object]] = {}
    for basket, thing in lines:
        if thing is not None:
            baskets.setdefault(basket, set()).add(thing)
    alone = Counter(thing for things in baskets.values() for thing in things)
    met = Counter(pair for things in baskets.values() for pair in combinations(sorted(things, key=str), 2))
    possible = len(alone) * (len(alone) - 1) // 2
    found = [
        Pair(first, second, together, alone[first], alone[second], len(baskets), possible)
        for (first, second), together in met.items()
        if together >= least
    ]
    return sorted(found, key=lambda one: (one.chance, -one.together))


def _lines(
    item: Item, scene: Scene, metric: Metric, rows: Sequence[AggregateRow], pairs: Sequence[Pair]
) -> list[PairLine]:
    titles = {row.keys[1]: row.titles[1] for row in rows}
    request = AggregateRequest(
        (metric.name,),
        (text(item, "by2"),),
        since=_request(item, scene, metric).since,
        until=_request(item, scene, metric).until,
    )
    drill = drill_into(scene, metric, request)

    def told(key: object) -> tuple[str, str]:
        title = titles.get(key)
        return title or str(key), drill.group(AggregateRow((key,), (title,), {}))

    def share(part: int, whole: int) -> str:
        return format_percent(Decimal(part) / whole, scene.language)

    return [
        PairLine(
            (told(one.first), told(one.second)),
            one.together,
            share(one.together, one.baskets),
            share(one.together, min(one.with_first, one.with_second)),
            f"{one.lift:.2f}",
            one.certain,
        )
        for one in pairs
    ]
