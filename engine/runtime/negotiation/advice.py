"""Advice: the packages that come of stakes. Nothing is read here: the same stakes and versions give the same advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy

from engine.diagnostics import Message
from engine.runtime.modeling.card_words import badge_words
from engine.runtime.modeling.scoring import Answer, Cell, Scorer
from engine.runtime.modeling.what_if import Flags, what_if
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.candidates import candidates, tried
from engine.runtime.negotiation.concessions import concession_path, said
from engine.runtime.negotiation.fronts import Goals, front, picks
from engine.runtime.negotiation.grounds import grounds
from engine.runtime.negotiation.history_matrix import Floats, Support
from engine.runtime.negotiation.packages import (
    Estimate,
    Margin,
    Package,
    PackageKey,
    Reason,
    RowEvidence,
    plain_package,
)
from engine.runtime.negotiation.stakes import LeverStake, ModelStake, Stakes
from engine.runtime.negotiation.takings import Takings, amounts_owed, one_way, takings

KEPT_CHANCE = 0.9
"""Of the chance of now, how much the package that holds the margin must keep."""
EVIDENCE = 10
NOTHING = 1e-9
SURE = (0.01, 0.99)
"""Beyond these no effect of the price takes a chance."""


class Models(NamedTuple):
    """The versions that stakes name, loaded; None where there is none."""

    win: Scorer | None = None
    late: Scorer | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many candidates were dropped, and why: beyond authority, unlike anything in history, below the floor, outside of
    what the models learnt from. `of` is how many there were."""

    of: int = 0
    authority: int = 0
    support: int = 0
    floor: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """Packages beside the terms of now; the customer's offer where there is one, and the levers by which it asks
    for more than now and than may be given."""

    now: Package
    packages: tuple[Package, ...] = ()
    dropped: Dropped = field(default_factory=Dropped)
    offer: Package | None = None
    breaches: tuple[int, ...] = ()
    notes: tuple[Message, ...] = ()


class _Side(NamedTuple):
    """A version and a line of features that it is asked about."""

    model: str
    scorer: Scorer
    line: tuple[Cell, ...]


@dataclass(frozen=True)
class _Scored:
    """(ways,) candidates with what they come to."""

    terms: Floats
    win: Floats
    late: Floats
    money: Takings
    outside: Flags

    def kept(self, which: Flags) -> _Scored:
        parts = (self.money.price, self.money.net, self.money.margin, self.money.rate)
        money = Takings(*(None if one is None else one[which] for one in parts))
        return _Scored(self.terms[which], self.win[which], self.late[which], money, self.outside[which])


def advise(stakes: Stakes, models: Models, offer: Terms | None = None) -> Advice:
    """The packages of a deal, and how the customer's offer stands beside them."""
    desk = _Desk(stakes, models)
    asked = None if offer is None else desk.package(PackageKey.OFFER, offer)
    now = desk.package(PackageKey.NOW, stakes.now)
    beyond = (
        ()
        if offer is None
        else tuple(
            at
            for at, (lever, value) in enumerate(zip(stakes.levers, offer, strict=True))
            if not lever.allows(value) and lever.gives(value) > NOTHING
        )
    )
    notes = list(desk.notes())
    if models.win is None:
        return Advice(now, (), Dropped(), asked, beyond, tuple(notes))
    kept, dropped = desk.candidates(offer)
    chosen = desk.chosen(kept)
    if not chosen:
        notes.append(
            Message("没有一套条件同时在权限、历史与底线之内", "No terms lie within authority, history and the floor")
        )
    elif len(chosen) < 3:
        zh = f"只有 {len(chosen)} 套互不落后的方案，不凑数"
        notes.append(Message(zh, f"Only {len(chosen)} packages are not beaten by another; none is made up"))
    return Advice(now, chosen, dropped, asked, beyond, tuple(notes))


def package_of(stakes: Stakes, models: Models, terms: Terms) -> Package:
    """Everything that is said of terms, as of a customer's offer."""
    return _Desk(stakes, models).package(PackageKey.OFFER, terms)


class _Desk:
    """Works on one deal."""

    def __init__(self, stakes: Stakes, models: Models) -> None:
        self.stakes, self.models = stakes, models
        self.keys = tuple(one.key for one in stakes.levers)

    def scored(self, terms: Floats) -> _Scored:
        """What terms come to. The price moves the chance by its estimated effect alone."""
        ways = len(terms)
        win, late, outside = numpy.full(ways, numpy.nan), numpy.full(ways, numpy.nan), numpy.zeros(ways, numpy.bool_)
        if self.stakes.win is not None and self.models.win is not None:
            found = what_if(self.models.win, self.stakes.win.line, self._win_columns(terms), ways)
            moved = self._by_price(terms)
            win = numpy.where(moved == 0, found.values, numpy.clip(found.values + moved, *SURE))
            outside |= found.outside
        if self.stakes.late is not None and self.models.late is not None:
            found = what_if(self.models.late, self.stakes.late.line, self._late_columns(terms), ways)
            late = numpy.where(found.outside, numpy.nan, found.values)
        return _Scored(terms, win, late, takings(self.stakes, terms, late), outside)

    def _win_columns(self, terms: Floats) -> dict[str, Floats]:
        """The features that levers are; the price stays where it is."""
        levers = self.stakes.levers
        return {one.win: terms[:, at] for at, one in enumerate(levers) if one.win and one.part != "price"}

    def _late_columns(self, terms: Floats) -> dict[str, Floats]:
        found = {one.late: terms[:, at] for at, one in enumerate(self.stakes.levers) if one.late}
        owed = amounts_owed(self.stakes, terms)
        if self.stakes.late is not None and self.stakes.late.amount and owed is not None:
            found[self.stakes.late.amount] = owed
        return found

    def _by_price(self, terms: Floats) -> Floats:
        return self._price_points(terms) * (self.stakes.effect.per_point or 0.0) / 100.0

    def _price_points(self, terms: Floats) -> Floats:
        """(ways,) percentage points of discount beyond now; none where the effect is not known."""
        at = self.stakes.place("price")
        if at is None or not self.stakes.effect.known:
            return numpy.zeros(len(terms))
        return (terms[:, at] - self.stakes.levers[at].now) * 100.0

    def candidates(self, offer: Terms | None) -> tuple[_Scored, Dropped]:
        """The candidates that may be offered, and how many may not."""
        levers = [self._still(one) if one.part == "price" else one for one in self.stakes.levers]
        grid = candidates(levers, offer)
        grid = grid[~(numpy.abs(grid - numpy.array(self.stakes.now)) < 1e-9).all(axis=1)]
        allowed = len(grid)
        of = max(tried(levers, offer), allowed)
        support = self.support()
        like = support.holds(grid) if allowed else numpy.zeros(0, numpy.bool_)
        scored = self.scored(grid[like])
        loud = ~scored.outside & ~numpy.isnan(scored.win)
        spoken = scored.kept(loud)
        sound = self._above_floor(spoken)
        dropped = Dropped(of, of - allowed, allowed - int(like.sum()), int((~sound).sum()), int((~loud).sum()))
        return spoken.kept(sound), dropped

    def _still(self, lever: LeverStake) -> LeverStake:
        """The price, held where it is while nobody knows what it does: as near to now as authority allows. Where history has
        not seen that, there is no price that may be offered."""
        if self.stakes.effect.known or lever.locked:
            return lever
        value = lever.now if lever.allows(lever.now) else lever.limit
        if not lever.low <= value <= lever.high:
            return lever
        return replace(lever, now=value, limit=value, locked=True)

    def support(self) -> Support:
        held = self.stakes.support
        terms = numpy.array(held.terms, dtype=numpy.float64).reshape(len(held.terms), len(self.keys))
        return Support(terms, numpy.array(held.scales, dtype=numpy.float64), held.reach)

    def _above_floor(self, scored: _Scored) -> Flags:
        floor, rate = self.stakes.sums.floor, scored.money.rate
        if floor is None or rate is None:
            return numpy.ones(len(scored.terms), numpy.bool_)
        found: Flags = rate >= floor
        return found

    def chosen(self, scored: _Scored) -> tuple[Package, ...]:
        """Three of the front, in the order in which they are shown."""
        left = scored.money.margin if scored.money.margin is not None else scored.money.net
        if not len(scored.terms) or left is None:
            return ()
        goals = Goals(scored.win, left, numpy.nan_to_num(scored.late, nan=0.0))
        least = float(numpy.nan_to_num(self.scored(one_way(self.stakes.now)).win[0])) * KEPT_CHANCE
        places = front(goals)
        found = picks(goals, places, least)
        named = ((PackageKey.HOLD, found.hold), (PackageKey.BALANCE, found.balance), (PackageKey.WIN, found.win))
        packages = (self.package(key, tuple(scored.terms[at].tolist())) for key, at in named if at is not None)
        return tuple(packages)

    def package(self, key: PackageKey, terms: Terms) -> Package:
        """Everything that is said of terms."""
        scored = self.scored(one_way(terms))
        plain = plain_package(key, self.stakes.now, terms, self.keys)
        win, late = self._win(terms, scored), self._late(terms, scored)
        return replace(
            plain,
            price=None if scored.money.price is None else float(scored.money.price[0]),
            win=win,
            late=late,
            margin=_margin(scored.money, win),
            badge=self._badge() if late is not None else None,
            effect=self._effect(terms),
            reasons=self._reasons(terms) if win is not None else (),
            path=concession_path(self.stakes, terms),
            evidence=self._evidence(terms),
            silent=self._silent(terms),
        )

    def _win(self, terms: Terms, scored: _Scored) -> Estimate | None:
        """The chance with its interval: that of the version, widened by that of the price's effect."""
        if self.models.win is None or self.stakes.win is None:
            return None
        answer = self._answer(self.models.win, self._line(self.stakes.win, self._win_columns(one_way(terms))))
        if answer.value is None or answer.low is None or answer.high is None:
            return None
        points, effect = float(self._price_points(one_way(terms))[0]), self.stakes.effect
        ends = [points * end / 100.0 for end in (effect.low, effect.high) if end is not None] if points else [0.0]
        moved = float(self._by_price(one_way(terms))[0])
        low, high = answer.low + min(*ends, moved, moved), answer.high + max(*ends, moved, moved)
        return Estimate(float(scored.win[0]), max(low, 0.0), min(high, 1.0))

    def _late(self, terms: Terms, scored: _Scored) -> Estimate | None:
        if self.models.late is None or self.stakes.late is None or numpy.isnan(scored.late[0]):
            return None
        answer = self._answer(self.models.late, self._line(self.stakes.late, self._late_columns(one_way(terms))))
        if answer.value is None or answer.low is None or answer.high is None:
            return None
        return Estimate(answer.value, answer.low, answer.high)

    def _answer(self, scorer: Scorer, line: tuple[Cell, ...]) -> Answer:
        return scorer.answers([line])[0]

    def _line(self, stake: ModelStake, moved: dict[str, Floats]) -> tuple[Cell, ...]:
        """The line of features with those that levers are."""
        scorer = self.models.win if stake is self.stakes.win else self.models.late
        assert scorer is not None
        return tuple(
            float(moved[column.name][0]) if column.name in moved and not column.category else cell
            for column, cell in zip(scorer.columns, stake.line, strict=True)
        )

    def _reasons(self, terms: Terms) -> tuple[Reason, ...]:
        assert self.models.win is not None
        assert self.stakes.win is not None
        usual = {one.win: one.usual for one in self.stakes.levers if one.win}
        line = self._line(self.stakes.win, self._win_columns(one_way(terms)))
        return grounds(self.models.win, self.stakes.win, line, usual)

    def _badge(self) -> Message | None:
        badge = None if self.models.late is None else self.models.late.card.get("badge")
        return badge_words(badge) if isinstance(badge, dict) else None

    def _effect(self, terms: Terms) -> Message | None:
        """What the price alone is estimated to do from now to these terms."""
        at, effect = self.stakes.place("price"), self.stakes.effect
        if at is None or abs(terms[at] - self.stakes.levers[at].now) < 1e-9:
            return None
        lever = self.stakes.levers[at]
        before, after = said(lever, lever.now), said(lever, terms[at])
        if not effect.known or effect.low is None or effect.high is None:
            return Message(
                f"{lever.label.zh} {before.zh} → {after.zh} 不计入赢率：{effect.words.zh}",
                f"{lever.label.en} {before.en} → {after.en} does not move the chance: {effect.words.en}",
            )
        points = float(self._price_points(one_way(terms))[0])
        moved = points * (effect.per_point or 0.0)
        low, high = sorted((points * effect.low, points * effect.high))
        return Message(
            f"估计的因果影响：{lever.label.zh} {before.zh} → {after.zh}，赢率 {moved:+.1f} 个百分点（{low:+.1f} 至 {high:+.1f}）",
            f"Estimated causal effect: {lever.label.en} {before.en} → {after.en}, chance {moved:+.1f} points ({low:+.1f} to {high:+.1f})",
        )

    def _evidence(self, terms: Terms) -> tuple[RowEvidence, ...]:
        """The similar rows whose terms are nearest."""
        scales = [one.scale for one in self.stakes.levers]

        def far(row: Sequence[float | None]) -> float:
            pairs = zip(row, terms, scales, strict=True)
            return sum(1.0 if one is None else ((one - other) / scale) ** 2 for one, other, scale in pairs)

        nearest = sorted(self.stakes.similar, key=lambda one: (far(one.terms), -one.row.id))
        return tuple(one.row for one in nearest[:EVIDENCE])

    def notes(self) -> list[Message]:
        """What is not known, and what would make it known."""
        found = []
        if self.stakes.place("price") is not None and not self.stakes.effect.known:
            zh, en = self.stakes.effect.words.zh, self.stakes.effect.words.en
            found.append(Message(f"方案不动价格：{zh}", f"Packages leave the price alone: {en}"))
        for side in self._sides(self.stakes.now):
            silent = side.scorer.outside(side.line)
            if silent:
                zh, en = "；".join(one.zh for one in silent[:3]), "; ".join(one.en for one in silent[:3])
                name = side.model
                words = (f"模型 {name} 对现在的条件不作判断：{zh}", f"{name} says nothing of the terms of now: {en}")
                found.append(Message(*words))
        return found

    def _sides(self, terms: Terms) -> list[_Side]:
        """The versions that answer, with their lines of features of terms."""
        found, way = [], one_way(terms)
        if self.stakes.win is not None and self.models.win is not None:
            line = self._line(self.stakes.win, self._win_columns(way))
            found.append(_Side(self.stakes.win.model, self.models.win, line))
        if self.stakes.late is not None and self.models.late is not None:
            line = self._line(self.stakes.late, self._late_columns(way))
            found.append(_Side(self.stakes.late.model, self.models.late, line))
        return found

    def _silent(self, terms: Terms) -> tuple[Message, ...]:
        """Why a version says nothing of terms."""
        return tuple(why for side in self._sides(terms) for why in side.scorer.outside(side.line))


def _margin(money: Takings, win: Estimate | None) -> Margin | None:
    if money.margin is None or money.rate is None:
        return None
    left = float(money.margin[0])
    return Margin(left, float(money.rate[0]), None if win is None else left * win.value)
