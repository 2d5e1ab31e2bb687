"""Forecasts: a grocer's store weeks thirteen weeks ahead, and new products after their first two weeks.

Complete Journey is a panel of households, sparser than the tills of a chain, and one year long: last year's week is not
there to be asked. Accuracy is 1 - WAPE on rows that are later than all that was learnt from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from bench.models.public_sets import journey
from bench.models.training import trained
from bench.report import Row
from engine.model.feature_tables import FeatureTable
from engine.model.trained import TrainedModel, TrainingSettings
from engine.runtime.modeling.graphs import open_graph
from engine.runtime.modeling.row_tables import ColumnRoles, split_by_time, table_of_rows
from engine.runtime.modeling.scoring import Scorer

NUMBER = TrainingSettings(task="number")
AHEAD, STORES = 13, 100
FIRST = datetime(2017, 1, 1, tzinfo=UTC)


def measured() -> list[Row]:
    duckdb.sql("set enable_progress_bar = false")
    return [*store_weeks(), *launches()]


def store_weeks() -> list[Row]:
    """Of the largest stores the sales of a week, by what was known thirteen weeks before; learnt as a ratio to the last four."""
    found = duckdb.sql(
        f"select store_id, week, sum(sales_value) from '{journey('transactions')}' where week between 2 and 52 "
        f"and store_id in (select store_id from '{journey('transactions')}' where week < 27 group by 1 order by sum(sales_value) desc limit {STORES}) group by 1, 2"
    ).fetchall()
    sales = {(store, week): float(total) for store, week, total in found}
    stores = sorted({store for store, _ in sales})
    header = ["id", "at", "store", "last", "four", "eight", "trend", "week", "target"]
    rows: list[list[object]] = []
    for week in range(2 + AHEAD + 8, 53):
        for store in stores:
            past = [sales.get((store, week - AHEAD - back), 0.0) for back in range(8)]
            four = sum(past[:4]) / 4
            if four > 0:
                trend = four / (sum(past[4:]) / 4 or four)
                ratio = math.log((sales.get((store, week), 0.0) + 1) / (four + 1))
                rows.append(
                    [store * 100 + week, _on(week), f"店{store}", past[0], four, sum(past) / 8, trend, week % 4, ratio]
                )
    _, table, held = _learnt(header, rows)
    base = [four for four, out in zip(_column(table, "four"), table.held_out, strict=True) if out]
    last = [one for one, out in zip(_column(table, "last"), table.held_out, strict=True) if out]
    truth = [_level(ratio, four) for ratio, four in zip(_target(table), base, strict=True)]
    said = [_level(ratio, four) for ratio, four in zip(held, base, strict=True)]
    naive = max(_accuracy(last, truth), _accuracy(base, truth))
    return [
        Row(
            "A14_STORE_WEEKS",
            f"Complete Journey, {len(stores)} stores, 13 weeks ahead: 1 - WAPE, of {len(truth)} store weeks; naive (last, mean of four) is the target",
            naive,
            _accuracy(said, truth),
            "",
            True,
        ),
    ]


def launches() -> list[Row]:
    """New products, by value and without fuel, coupons and unnamed goods: what they sell in eight weeks, by their first two
    (of at least 20 dollars); learnt as a ratio to those."""
    found = duckdb.sql(
        f"with sold as (select product_id, week, sum(sales_value) q, sum(quantity) v, count(distinct store_id) s, count(distinct household_id) h from '{journey('transactions')}' where quantity > 0 group by 1, 2), "
        "born as (select product_id, min(week) b from sold group by 1 having min(week) between 9 and 45) "
        "select p.product_id, b, sum(q) filter (week = b), sum(q) filter (week = b + 1), sum(s) filter (week < b + 2), sum(h) filter (week < b + 2), "
        "sum(v) filter (week < b + 2) / sum(q) filter (week < b + 2), sum(q) filter (week < b + 8), any_value(department), any_value(brand) "
        f"from born join sold using (product_id) join '{journey('products')}' p using (product_id) where department not in ('FUEL', 'MISCELLANEOUS', 'COUPON') group by 1, 2 having sum(q) filter (week < b + 2) >= 20"
    ).fetchall()
    header = ["id", "at", "first", "second", "stores", "households", "price", "department", "brand", "target"]
    rows: list[list[object]] = []
    totals: dict[int, tuple[float, float]] = {}
    for product, born, first, second, stores, households, price, total, department, brand in found:
        two = float(first or 0) + float(second or 0)
        totals[int(product)] = (two, float(total))
        ratio = math.log(float(total) / two)
        rows.append([product, _on(born), first or 0, second or 0, stores, households, price, department, brand, ratio])
    _, table, held = _learnt(header, rows)
    keys = [key for key, out in zip(table.keys, table.held_out, strict=True) if out]
    learnt = [totals[key] for key, out in zip(table.keys, table.held_out, strict=True) if not out]
    truth = [totals[key][1] for key in keys]
    usual = sum(total for _, total in learnt) / sum(two for two, _ in learnt)
    naive = _accuracy([totals[key][0] * usual for key in keys], truth)
    own = _accuracy([totals[key][0] * math.exp(ratio) for key, ratio in zip(keys, held, strict=True)], truth)
    return [
        Row(
            "A15_LAUNCHES",
            f"Complete Journey, {len(keys)} later launches of {len(rows)}, 8 weeks after 2: 1 - WAPE",
            0.53,
            own,
            "",
            True,
        ),
        Row("A15_SKILL", "the same beside the ratio of the first two weeks (the target)", naive, own, "", True),
    ]


def _learnt(header: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[TrainedModel, FeatureTable, list[float]]:
    """A model of numbers, its table, and its answers to the held-out lines."""
    table = table_of_rows(header, rows, ColumnRoles("at", "target", "id", holdout=0.3))
    model = trained(split_by_time(table, 0.3, 0), NUMBER)
    scorer = Scorer(json.loads(json.dumps(model.card)), open_graph(model.content))
    said = scorer.graph.run(*scorer.arrays(scorer.lines(table)))[:, 1].tolist()
    return model, table, [one for one, out in zip(said, table.held_out, strict=True) if out]


def _column(table: FeatureTable, name: str) -> list[float]:
    at = [column.name for column in table.columns].index(name)
    return [float(str(cell)) for cell in table.values[at]]


def _target(table: FeatureTable) -> list[float]:
    assert table.target is not None
    return [one for one, out in zip(table.target, table.held_out, strict=True) if out]


def _level(ratio: float, four: float) -> float:
    return math.exp(ratio) * (four + 1) - 1


def _accuracy(said: Sequence[float], truth: Sequence[float]) -> float:
    return 1 - sum(abs(one - other) for one, other in zip(said, truth, strict=True)) / sum(map(abs, truth))


def _on(week: int) -> str:
    return (FIRST + timedelta(weeks=int(week))).isoformat()
