"""Effects: worlds whose true effect is known, with every cause recorded and with one that nobody wrote down."""

from __future__ import annotations

import statistics
from typing import Any

from bench.report import Row
from engine.model.trained import EffectQuestion, TrainingOrder, TrainingSettings
from engine.runtime.modeling.row_tables import ColumnRoles, table_of_rows
from packs.strategy.training.effect import StrategyEffects
from tests.strategy.price_worlds import HEADER, PriceWorld, price_world

ROLES = ColumnRoles("quoted_on", "won", "id")
SEEDS = range(1, 4)
WORLDS, WORLD_ROWS, HIDDEN_ROWS = 60, 1_000, (600, 12_000)


def card_of(world: PriceWorld) -> dict[str, Any]:
    """The card of a world's quotes, estimated as the product does."""
    question = EffectQuestion("discount", "customer", ("region", "segment"), "reason")
    order = TrainingOrder("price", table_of_rows(HEADER, world.rows, ROLES), TrainingSettings(effect=question))
    return StrategyEffects().estimate(order, lambda stage, share: None)


def measured(rows: int = 40_000) -> list[Row]:
    """A10 and A11 on worlds of so many quotes, S06 on many small ones."""
    recorded = [(world := price_world(rows, seed), card_of(world)) for seed in SEEDS]
    hidden = [card_of(price_world(size, seed, hidden=True)) for seed in SEEDS for size in HIDDEN_ROWS]
    off = [abs(card["value"] * 100 - world.truth) for world, card in recorded]
    return [
        Row(
            "A10_TRUTH",
            f"causes recorded, {rows} quotes: estimate beside truth, mean of {len(off)}",
            0.3,
            statistics.mean(off),
            "pp",
        ),
        Row("A10_WORST", "the same: the worst of them", 0.45, max(off), "pp"),
        Row(
            "A10_ORDER",
            "the same: regions in their true order",
            1.0,
            statistics.mean(_ordered(*one) for one in recorded),
            "",
            True,
        ),
        Row(
            "A11_ALARM",
            "a cause not recorded, 600 and 12,000 quotes: sign alarm",
            1.0,
            statistics.mean(one["state"] == "sign_alarm" for one in hidden),
            "",
            True,
        ),
        Row("A11_NUMBERS", "the same: effects on the cards, in figures", 0, sum(map(_numbers, hidden)), ""),
        *covered(),
    ]


def covered(worlds: int = WORLDS, rows: int = WORLD_ROWS) -> list[Row]:
    """How often the truth lies in the 90 % interval: over all rows, and in cells of regions that are told."""
    whole, cells, told = [], [], 0
    for seed in range(100, 100 + worlds):
        world = price_world(rows, seed)
        card = card_of(world)
        if card["state"] != "known":
            continue
        told += 1
        whole.append(card["low"] * 100 <= world.truth <= card["high"] * 100)
        for cell in card["cells"]:
            if cell["state"] == "known":
                truth = world.by_region[cell["where"]["region"]]
                cells.append(cell["low"] * 100 <= truth <= cell["high"] * 100)
    return [
        Row(
            "S06_WHOLE",
            f"{told} of {worlds} worlds of {rows} quotes told: truth inside the 90 % interval",
            0.9,
            statistics.mean(whole),
            "",
            True,
        ),
        Row(
            "S06_CELLS", f"the same: {len(cells)} regions and regions × segments", 0.9, statistics.mean(cells), "", True
        ),
    ]


def _ordered(world: PriceWorld, card: dict[str, Any]) -> bool:
    said = {one["where"]["region"]: one["value"] for one in card["cells"] if len(one["where"]) == 1}
    known = all(value is not None for value in said.values())
    return known and sorted(said, key=lambda name: said[name]) == sorted(
        world.by_region, key=lambda name: world.by_region[name]
    )


def _numbers(card: dict[str, Any]) -> int:
    """How many effects a card holds that must hold none."""
    found = [card[name] for name in ("value", "low", "high")]
    found += [cell[name] for cell in card["cells"] for name in ("value", "low", "high")]
    return sum(one is not None for one in found)
