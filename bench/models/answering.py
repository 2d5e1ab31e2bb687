"""Answering: one row, ten thousand rows, and the reasons of one, by the file as a server holds it."""

from __future__ import annotations

import json
import time

from bench.models.public_sets import credit_table
from bench.models.training import trained
from bench.report import Row
from engine.runtime.modeling.graphs import open_graph
from engine.runtime.modeling.reasons import explain
from engine.runtime.modeling.scoring import Scorer


def measured(rows: int = 40_000) -> list[Row]:
    """Times of one thread."""
    table = credit_table(rows, 1)
    model = trained(table)
    scorer = Scorer(json.loads(json.dumps(model.card)), open_graph(model.content))
    lines = scorer.lines(table)
    scorer.answers(lines[:100])
    ones = sorted(_milliseconds(lambda line=line: scorer.answers([line])) for line in lines[:5_000])
    whole = sorted(_milliseconds(lambda: scorer.answers(lines[:10_000])) for _ in range(7))
    told, apart = [], 0.0
    for line in lines[:300]:
        began = time.perf_counter()
        reasons = explain(scorer, line)
        told.append((time.perf_counter() - began) * 1000)
        apart = max(apart, abs(reasons.base + sum(one.share for one in reasons.reasons) - reasons.value))
    told.sort()
    return [
        Row("A2_ONE_ROW", "one row with domain and interval, p99 of 5,000", 1.0, ones[int(len(ones) * 0.99)], "ms"),
        Row("A3_BATCH", f"{min(len(lines), 10_000)} rows at once, median of 7", 200, whole[3], "ms"),
        Row("A17_REASONS", "exact Shapley values of the groups, median of 300", 15, told[len(told) // 2], "ms"),
        Row("A17_ADDS_UP", "base and shares beside the answer, 1e-9", 1.0, apart / 1e-9, "e-9"),
    ]


def _milliseconds(act: object) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
