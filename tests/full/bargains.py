"""Bargains: packages of 10,000 random deals, judged by arithmetic of their own; how many promises they break."""

from __future__ import annotations

import os
import statistics
import time

from bench.report import Row
from engine.runtime.negotiation.advice import advise
from engine.runtime.negotiation.candidates import candidates
from tests.runtime.negotiation.bargains import beaten_by, may_be_offered, problems, random_deal

DEALS = int(os.environ.get("DOUGONG_DEALS", "10000"))
COMPARED = 100
"""Candidates of every twentieth deal that its packages are put beside."""


def measured() -> list[Row]:
    broken = beaten = offered = three = 0
    took: list[float] = []
    for seed in range(DEALS):
        stakes, models = random_deal(seed)
        begun = time.perf_counter()
        packages = advise(stakes, models).packages
        took.append((time.perf_counter() - begun) * 1000)
        offered, three = offered + len(packages), three + (len(packages) == 3)
        broken += bool(problems(stakes, models, packages))
        if seed % 20 == 0 and stakes.effect.known:
            others = [tuple(one) for one in candidates(stakes.levers).tolist()]
            others = [one for one in others[:: max(1, len(others) // COMPARED)] if may_be_offered(stakes, models, one)]
            beaten += any(beaten_by(stakes, models, one.terms, others) for one in packages)
    words = f"of {DEALS:,} random deals, {offered:,} packages, three in {three:,}"
    return [
        Row("deals_broken", f"deals with a breach of authority, floor, support or difference, {words}", 0, broken, ""),
        Row("deals_beaten", "deals with a package that another candidate beats", 0, beaten, ""),
        Row("deals_advised", "packages of a deal, median", 50, statistics.median(took), "ms"),
    ]
