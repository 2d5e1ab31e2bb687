"""Made-up receivables: late or not by a known chance, with missing cells, Chinese categories, and dates that rise."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Sequence
from datetime import date, timedelta

HEADER = ("id", "issued_on", "unit", "amount", "past_late", "terms", "region", "trade", "late")
REGIONS, TRADES = ("华东", "华南", "华北", "西北", "西南"), ("制造", "零售", "医药")
FIRST = date(2024, 1, 1)


def receivables(rows: int, seed: int, since: date = FIRST, shift: float = 0.0) -> list[list[object]]:
    """Rows in the order of the header, evenly over 700 days from `since`; `shift` moves the logarithm of all amounts."""
    chance = random.Random(seed)
    return [_receivable(chance, at + 1, since + timedelta(days=at * 700 // rows), shift) for at in range(rows)]


def _receivable(chance: random.Random, key: int, on: date, shift: float) -> list[object]:
    amount, past = math.exp(chance.gauss(10 + shift, 1)), chance.betavariate(1.2, 4)
    terms, region, trade = chance.choice((30, 60, 90)), chance.choice(REGIONS), chance.choice(TRADES)
    score = -2.5 + 3.5 * past + 0.012 * terms + 0.6 * (region == "西北") + 0.4 * (trade == "零售")
    late = int(chance.random() < 1 / (1 + math.exp(-score)))
    known = "" if chance.random() < 0.1 else round(past, 3)
    return [key, on.isoformat(), chance.randrange(1, 8), round(amount, 2), known, terms, region, trade, late]


def sheet(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    """The rows as CSV."""
    written = io.StringIO()
    csv.writer(written).writerows([header, *rows])
    return written.getvalue().encode()


def objects(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER) -> list[dict[str, object]]:
    """The rows as an interface takes them."""
    return [{name: None if cell == "" else cell for name, cell in zip(header, row, strict=True)} for row in rows]
