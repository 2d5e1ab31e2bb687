"""Authority: how far towards the customer somebody may go with each lever, and who may go further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.names import Place
from engine.model.negotiations import Lever

Terms = tuple[float, ...]
"""A value for each lever, in their order."""
EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a lever may go: `limit` towards the customer, for the reason `why`; `roles` are the limits of all roles that
    have one. `locked`: nothing may be given at all."""

    limit: float
    why: Message
    roles: tuple[tuple[str, float], ...]
    locked: bool = False

    def allows(self, lever: Lever, value: float) -> bool:
        return (value - self.limit) * lever.generous <= EXACT

    def who_may(self, lever: Lever, value: float) -> tuple[str, ...]:
        """The roles whose own limits allow a value; hard limits bind them too."""
        return tuple(role for role, limit in self.roles if (value - limit) * lever.generous <= EXACT)


def reach_of(
    lever: Lever, now: float, roles: frozenset[str], limits: Mapping[Place, float | None], standing: bool
) -> Reach:
    """How far somebody with `roles` may go. An empty limit is none, an empty hard limit locks the lever. Terms that are
    standing may stay as they are, within hard limits."""
    known = tuple((one.role, value) for one in lever.limits if (value := limits[one.place]) is not None)
    if any(limits[one.place] is None for one in lever.bounds):
        words = Message("硬限制无法核对，不作让步", "A hard limit cannot be checked, so nothing is given")
        return Reach(now, words, known, True)
    own = [value for role, value in known if role in roles]
    if not own:
        return Reach(now, _none(lever, roles), known, True)
    furthest, why = max(own, key=lambda value: value * lever.generous), Message("你的权限", "Your authority")
    if standing and (now - furthest) * lever.generous > 0:
        furthest, why = now, Message("现有条件已获批准，不能再让", "What stands was approved; no more may be given")
    for bound in lever.bounds:
        hard = limits[bound.place]
        if hard is not None and (furthest - hard) * lever.generous > 0:
            furthest, why = hard, Message(bound.label.text("zh"), bound.label.text("en"))
    return Reach(furthest, why, known)


def _none(lever: Lever, roles: frozenset[str]) -> Message:
    """Why somebody may give nothing."""
    if any(one.role in roles for one in lever.limits):
        return Message(
            "你的权限算不出来：它依据的数据为空，或你无权读取",
            "Your authority cannot be worked out: what it goes by is empty, or not yours to read",
        )
    return Message("你没有这一项的让步权限", "You have no authority to give here")


def breaches(levers: Sequence[Lever], reaches: Sequence[Reach], now: Terms, terms: Terms) -> tuple[int, ...]:
    """The places of the levers by which terms give more than now and more than may be given."""
    return tuple(
        at
        for at, (lever, reach) in enumerate(zip(levers, reaches, strict=True))
        if not reach.allows(lever, terms[at]) and (terms[at] - now[at]) * lever.generous > EXACT
    )
