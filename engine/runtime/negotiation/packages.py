"""Packages: terms that may be offered together, and everything that is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.diagnostics import Message
from engine.runtime.negotiation.authority import Terms


class PackageKey(StrEnum):
    """Which package: nothing given, most margin, the middle, most likely to win, or what the customer asks for."""

    NOW = "now"
    HOLD = "hold"
    BALANCE = "balance"
    WIN = "win"
    OFFER = "offer"


PACKAGE_WORDS: Mapping[PackageKey, Message] = {
    PackageKey.NOW: Message("不让步", "No concession"),
    PackageKey.HOLD: Message("守利", "Hold the margin"),
    PackageKey.BALANCE: Message("均衡", "Balance"),
    PackageKey.WIN: Message("求胜", "Go for the win"),
    PackageKey.OFFER: Message("客户还价", "Counter-offer"),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Margin:
    """Money that is left when it is won, its share of the price, and what it comes to with the probability of winning."""

    money: float
    rate: float
    expected: float | None


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """A row that something said rests on."""

    entity: str
    id: int
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Reason:
    """What a group of features adds to the probability, with values beside what is usual."""

    group: str
    share: float
    words: Message


@dataclass(frozen=True, slots=True)
class Trade:
    """A step of a concession path: what is given, and what is asked for in return."""

    give: Message
    get: Message


@dataclass(frozen=True, slots=True)
class Package:
    """Terms with what they come to. None is what is not known, or not for this person to know; `silent` says why a model
    answers nothing."""

    key: PackageKey
    terms: Terms
    changed: tuple[str, ...]
    price: float | None = None
    win: Estimate | None = None
    late: Estimate | None = None
    margin: Margin | None = None
    badge: Message | None = None
    effect: Message | None = None
    reasons: tuple[Reason, ...] = ()
    path: tuple[Trade, ...] = ()
    evidence: tuple[RowEvidence, ...] = ()
    silent: tuple[Message, ...] = ()


def plain_package(key: PackageKey, now: Terms, terms: Terms, levers: tuple[str, ...]) -> Package:
    """Terms of which nothing more is known."""
    changed = tuple(
        lever for lever, before, after in zip(levers, now, terms, strict=True) if abs(after - before) > 1e-9
    )
    return Package(key, terms, changed)
