"""Own-price elasticity of a product from its weeks, drawn towards that of its category as far as it is uncertain.

For each product ln q = a + b ln p + c offered + d market, by least squares: `offered` is the share sold under offers, `market` what the
other products of the category sold beyond their mean that week, so that seasons and offers are not taken for the price. The slopes of a
category are brought together as R. DerSimonian and N. Laird do (1986), and each is drawn to their mean by empirical Bayes (C. Morris, Journal
of the American Statistical Association 78, 1983).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import fmean, pstdev

Matrix = list[list[float]]
LEAST_WEEKS = 26
LEAST_SPREAD = 0.02
"""Standard deviation of ln p below which a price has hardly moved."""
NORMAL_90 = 1.645


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one product: quantity, mean price, and the share of the quantity sold under offers."""

    week: Hashable
    quantity: float
    price: float
    offered: float


@dataclass(frozen=True, slots=True)
class Slope:
    """A slope with its standard error, from so many weeks."""

    value: float
    error: float
    weeks: int


@dataclass(frozen=True, slots=True)
class Elasticity:
    """The slope drawn to its category's, its 90 % interval, the product's own slope and the category's mean."""

    value: float
    low: float
    high: float
    own: Slope
    category: float
    products: int

    @property
    def sensible(self) -> bool:
        """Whether a higher price surely sells less: any other sign says that something else moved the sales."""
        return self.high < 0


def elasticity(products: Mapping[Hashable, Sequence[Week]], product: Hashable) -> Elasticity | None:
    """The elasticity of one product among those of its category; None where its weeks say too little."""
    slopes = {name: one for name in products if (one := _slope(products, name)) is not None}
    own = slopes.get(product)
    if own is None:
        return None
    mean, between = _together(list(slopes.values()))
    alone = len(slopes) < 2
    weight = 1.0 if alone else between / (between + own.error**2)
    value = mean + weight * (own.value - mean)
    among = sum(1 / (one.error**2 + between) for one in slopes.values())
    error = own.error if alone else sqrt(weight * own.error**2 + (1 - weight) ** 2 / among)
    return Elasticity(value, value - NORMAL_90 * error, value + NORMAL_90 * error, own, mean, len(slopes))


def _slope(products: Mapping[Hashable, Sequence[Week]], name: Hashable) -> Slope | None:
    weeks = [one for one in products[name] if one.quantity > 0 and one.price > 0]
    if len(weeks) < LEAST_WEEKS or pstdev(log(one.price) for one in weeks) < LEAST_SPREAD:
        return None
    market = _market(products, name)
    columns = [
        [1.0 for _ in weeks],
        [log(one.price) for one in weeks],
        [one.offered for one in weeks],
        [market.get(one.week, 0.0) for one in weeks],
    ]
    told = [column for at, column in enumerate(columns) if at < 2 or pstdev(column) > 1e-9]
    return _least_squares(told, [log(one.quantity) for one in weeks], len(weeks))


def _market(products: Mapping[Hashable, Sequence[Week]], name: Hashable) -> Mapping[Hashable, float]:
    """By week, how much more than usual the other products of the category sold, in logarithms."""
    found: dict[Hashable, list[float]] = {}
    for other, weeks in products.items():
        known = [(one.week, log(one.quantity)) for one in weeks if one.quantity > 0]
        mean = fmean(value for _, value in known) if known else 0.0
        for week, value in known if other != name else ():
            found.setdefault(week, []).append(value - mean)
    return {week: fmean(values) for week, values in found.items()}


def _least_squares(columns: Matrix, target: Sequence[float], count: int) -> Slope | None:
    """The second coefficient and its error; None where the columns say the same as each other."""
    size = len(columns)
    gram = [[sum(x * y for x, y in zip(one, two, strict=True)) for two in columns] for one in columns]
    right = [sum(x * y for x, y in zip(one, target, strict=True)) for one in columns]
    inverse = _inverse(gram)
    if inverse is None or count <= size:
        return None
    found = [sum(row[at] * right[at] for at in range(size)) for row in inverse]
    left = [target[at] - sum(found[place] * columns[place][at] for place in range(size)) for at in range(count)]
    error = sqrt(sum(one * one for one in left) / (count - size) * inverse[1][1])
    return Slope(found[1], error, count) if error > 0 else None


def _inverse(matrix: Matrix) -> Matrix | None:
    """The inverse by elimination with the largest pivot; None of what has none."""
    size = len(matrix)
    rows = [[*line, *(1.0 if at == place else 0.0 for at in range(size))] for place, line in enumerate(matrix)]
    for at in range(size):
        best = max(range(at, size), key=lambda place: abs(rows[place][at]))
        if abs(rows[best][at]) < 1e-12:
            return None
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [one / rows[at][at] for one in rows[at]]
        for place in range(size):
            if place != at:
                share = rows[place][at]
                rows[place] = [one - share * other for one, other in zip(rows[place], rows[at], strict=True)]
    return [line[size:] for line in rows]


def _together(slopes: Sequence[Slope]) -> tuple[float, float]:
    """The mean of slopes that differ by more than their errors, and the variance between them."""
    weights = [1 / one.error**2 for one in slopes]
    mean = sum(weight * one.value for weight, one in zip(weights, slopes, strict=True)) / sum(weights)
    apart = sum(weight * (one.value - mean) ** 2 for weight, one in zip(weights, slopes, strict=True))
    scale = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    between = max(0.0, (apart - (len(slopes) - 1)) / scale) if scale > 0 else 0.0
    again = [1 / (one.error**2 + between) for one in slopes]
    return sum(weight * one.value for weight, one in zip(again, slopes, strict=True)) / sum(again), between
