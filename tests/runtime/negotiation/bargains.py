"""Random deals: levers, authority, sums, support and two curves that answer, for what packages must hold of any of them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import numpy

from engine.diagnostics import Message
from engine.runtime.modeling.scoring import Scorer
from engine.runtime.negotiation.advice import Models
from engine.runtime.negotiation.deals import Sums
from engine.runtime.negotiation.packages import Package, RowEvidence
from engine.runtime.negotiation.reference_figures import ReferenceCurve
from engine.runtime.negotiation.similar import JudgedRow
from engine.runtime.negotiation.stakes import EffectStake, LeverStake, ModelStake, Stakes, SupportStake

PARTS = ("price", "payment", "prepayment", "delivery", "service", "volume")
GENEROUS = {"price": 1, "payment": 1, "prepayment": -1, "delivery": -1, "service": 1, "volume": -1}
STEPS: dict[str, tuple[float, ...]] = {
    "price": (),
    "payment": (0, 30, 45, 60, 90, 120),
    "prepayment": (0, 0.1, 0.2, 0.3, 0.5),
    "delivery": (4, 6, 8, 10, 12),
    "service": (12, 24, 36),
    "volume": (),
}
ENDS = {
    "price": (0.0, 0.35),
    "payment": (0, 120),
    "prepayment": (0, 0.5),
    "delivery": (4, 12),
    "service": (12, 36),
    "volume": (1, 9),
}
MOST = {"price": 8, "payment": 4, "prepayment": 3, "delivery": 3, "service": 2, "volume": 2}


def curve_of(
    names: Sequence[str], weights: Sequence[float], bias: float, ends: Sequence[tuple[float, float]]
) -> Scorer:
    """A version over numbers alone, with a card as trainers write it."""
    columns = [
        {
            "name": name,
            "label": {"zh": name, "en": name},
            "kind": "number",
            "group": name,
            "missing": False,
            "low": low,
            "high": high,
            "typical": (low + high) / 2,
        }
        for name, (low, high) in zip(names, ends, strict=True)
    ]
    background = [[low + (high - low) * at / 3 for at in range(4)] for low, high in ends]
    card = {
        "columns": columns,
        "interval": {"kind": "scores", "scores": [-9.0, 9.0], "lower": [0.0, 0.9], "upper": [0.1, 1.0]},
        "settings": {},
        "drivers": [{"group": name} for name in names],
        "background": {"categories": [], "numbers": background},
        "badge": {"ece_pp": 2.5, "rows": 800, "claim": False, "provable": False},
    }
    return Scorer(card, ReferenceCurve(numpy.array(weights), bias))


def random_deal(seed: int) -> tuple[Stakes, Models]:
    """A deal of which anything may be so: authority on either side of now, cost hidden, no effect, thin history."""
    chance = random.Random(seed)
    parts = [one for one in PARTS if one == "price" or chance.random() < 0.85]
    levers = tuple(_lever(chance, part) for part in parts)
    listed = chance.uniform(1e4, 1e7)
    cost = None if chance.random() < 0.25 else listed * chance.uniform(0.4, 0.9)
    sums = Sums(
        listed,
        cost,
        listed * chance.uniform(0, 0.004),
        chance.uniform(0, 0.12),
        chance.choice([None, 0.05, 0.15]),
        listed * chance.uniform(0, 0.02),
    )
    names = [one.key for one in levers]
    weights = [_pull(chance, one) for one in levers]
    centre = sum(weight * one.now for weight, one in zip(weights, levers, strict=True))
    ends = [(one.low, one.high) for one in levers]
    win = curve_of(names, weights, chance.uniform(-1.5, 1.5) - centre, ends)
    late = curve_of(names, [abs(one) * chance.uniform(0, 1) for one in weights], chance.uniform(-3, -1) - centre, ends)
    line = tuple(one.now for one in levers)
    row = RowEvidence("quote", 1, 1, "现在")
    stakes = Stakes(
        levers,
        sums,
        45,
        ModelStake("win", 1, "w", line, "", row),
        ModelStake("late", 1, "l", line, "", row) if chance.random() < 0.8 else None,
        _effect(chance),
        _support(chance, levers),
        tuple(_judged(chance, at, levers) for at in range(chance.choice([0, 3, 50]))),
        tuple(Message(f"要求 {at}", f"ask {at}") for at in range(chance.choice([0, 2, 4]))),
    )
    return stakes, Models(win, late if stakes.late is not None else None)


def _lever(chance: random.Random, part: str) -> LeverStake:
    low, high = ENDS[part]
    whole = part not in {"price", "prepayment"}
    places = 0 if whole else 4
    spread = sorted(round(chance.uniform(low, high), places) for _ in range(2))
    seen = (float(low), float(high)) if chance.random() < 0.6 else (float(spread[0]), float(spread[1]))
    now = float(round(chance.uniform(*seen), places))
    limit = float(round(chance.uniform(low, high), places))
    locked = chance.random() < 0.1
    return LeverStake(
        part, Message(part, part), Message("", ""), "percent" if not whole else "integer", part, GENEROUS[part],
        now, now if locked else limit, locked, min(seen[0], now), max(seen[1], now), STEPS[part], MOST[part],
        (high - low) / 4, places, None, part, part,
    )  # fmt: skip


def _pull(chance: random.Random, lever: LeverStake) -> float:
    """How much a unit of a lever draws the customer, as a model saw it: of the price too, which is not believed."""
    return lever.generous * chance.uniform(-0.2, 1.0) / lever.scale


def _effect(chance: random.Random) -> EffectStake:
    value = chance.uniform(0.2, 2.5)
    state = chance.choice(["known", "known", "known", "none", "sign_alarm"])
    known = state == "known"
    words = Message(state, state)
    return EffectStake(
        state,
        value if known else None,
        value - 0.5 if known else None,
        value + 0.5 if known else None,
        900,
        words,
        words,
    )


def _support(chance: random.Random, levers: Sequence[LeverStake]) -> SupportStake:
    scales = tuple(one.scale for one in levers)
    rows = [
        tuple(round(chance.uniform(one.low, one.high), one.places) / one.scale for one in levers)
        for _ in range(chance.choice([1, 20, 200]))
    ]
    return SupportStake(tuple(rows), scales, chance.uniform(0.3, 1.5))


def _judged(chance: random.Random, at: int, levers: Sequence[LeverStake]) -> JudgedRow:
    terms = tuple(None if chance.random() < 0.05 else round(chance.uniform(one.low, one.high), 2) for one in levers)
    return JudgedRow(RowEvidence("quote", 100 + at, 1, f"报价 {at}"), chance.random() < 0.5, terms)


def problems(stakes: Stakes, models: Models, packages: Sequence[Package]) -> list[str]:
    """What is wrong with packages of a deal, each by its own arithmetic over all combinations that may be offered."""
    found: list[str] = []
    worth = {one.key: _worth(stakes, models, one.terms) for one in packages}
    for package in packages:
        terms = package.terms
        for lever, value in zip(stakes.levers, terms, strict=True):
            if (value - lever.limit) * lever.generous > 1e-9 or (lever.locked and value != lever.now):
                found.append(f"authority {package.key} {lever.key}")
            if not lever.low - 1e-9 <= value <= lever.high + 1e-9:
                found.append(f"never seen {lever.key}")
        if _distance(stakes, terms) > stakes.support.reach + 0.011:
            found.append("support")
        rate = _rate(stakes, models, terms)
        if stakes.sums.floor is not None and rate is not None and rate < stakes.sums.floor - 1e-9:
            found.append("floor")
    for one, other in itertools.permutations(worth, 2):
        if all(a >= b + 1e-9 for a, b in zip(worth[one], worth[other], strict=True)):
            found.append(f"{other} is beaten by {one}")
    different = {package.terms for package in packages}
    if len(different) != len(packages) or stakes.now in different:
        found.append("two are the same")
    return found


def beaten_by(stakes: Stakes, models: Models, terms: Sequence[float], others: Sequence[Sequence[float]]) -> bool:
    """Whether another that may be offered is as good in all and better in one."""
    mine = _worth(stakes, models, terms)
    for other in others:
        theirs = _worth(stakes, models, other)
        better = any(a > b + 1e-7 * max(abs(b), 1) for a, b in zip(theirs, mine, strict=True))
        if better and all(a >= b - 1e-12 for a, b in zip(theirs, mine, strict=True)):
            return True
    return False


def may_be_offered(stakes: Stakes, models: Models, terms: Sequence[float]) -> bool:
    rate = _rate(stakes, models, terms)
    floor = stakes.sums.floor
    inside = _distance(stakes, terms) <= stakes.support.reach
    return inside and (floor is None or rate is None or rate >= floor) and tuple(terms) != stakes.now


def _distance(stakes: Stakes, terms: Sequence[float]) -> float:
    point = [value / scale for value, scale in zip(terms, stakes.support.scales, strict=True)]
    return min(math.dist(point, other) for other in stakes.support.terms)


def _chance(scorer: Scorer | None, stakes: Stakes, terms: Sequence[float], price: bool) -> float:
    if scorer is None:
        return 0.0
    moved = [
        now if one.part == "price" and not price else value
        for one, now, value in zip(stakes.levers, stakes.now, terms, strict=True)
    ]
    graph = scorer.graph
    assert isinstance(graph, ReferenceCurve)
    return 1.0 / (1.0 + math.exp(-(sum(a * b for a, b in zip(graph.weights, moved, strict=True)) + graph.bias)))


def _win(stakes: Stakes, models: Models, terms: Sequence[float]) -> float:
    points = 0.0
    if stakes.effect.known and stakes.effect.per_point is not None:
        at = stakes.place("price")
        assert at is not None
        points = (terms[at] - stakes.levers[at].now) * 100.0 * stakes.effect.per_point / 100.0
    found = _chance(models.win, stakes, terms, False)
    return min(max(found + points, 0.01), 0.99) if points else found


def _money(stakes: Stakes, models: Models, terms: Sequence[float]) -> tuple[float, float]:
    value = {one.part: one_value for one, one_value in zip(stakes.levers, terms, strict=True)}
    now = {one.part: one.now for one in stakes.levers}
    volume = value["volume"] / now["volume"] if "volume" in value and now["volume"] > 0 else 1.0
    sums = stakes.sums
    assert sums.listed is not None
    price = sums.listed * volume * (1 - value["price"])
    late = _chance(models.late, stakes, terms, True) * 45
    owed = price * (1 - value.get("prepayment", 0.0))
    sooner = max(now.get("delivery", 0.0) - value.get("delivery", 0.0), 0.0)
    net = price - volume * (sums.service * value.get("service", 0.0) + sums.haste * sooner)
    net -= owed * sums.capital * (value.get("payment", 0.0) + late) / 365
    return price, net - (sums.cost or 0.0) * volume


def _rate(stakes: Stakes, models: Models, terms: Sequence[float]) -> float | None:
    if stakes.sums.cost is None:
        return None
    price, margin = _money(stakes, models, terms)
    return margin / price if price > 0 else -math.inf


def _worth(stakes: Stakes, models: Models, terms: Sequence[float]) -> tuple[float, float, float]:
    late = _chance(models.late, stakes, terms, True)
    return _win(stakes, models, terms), _money(stakes, models, terms)[1], -late
