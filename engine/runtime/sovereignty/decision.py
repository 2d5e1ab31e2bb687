"""The decision on one request to leave: a pure function of what is declared and what is asked. Default deny."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from engine.extensions import EgressRequest
from engine.model.sources import DECISION_CHAIN, TRAINING, Destination
from engine.runtime.sovereignty.rules import REASONS, explained

__all__ = ["REASONS", "Block", "Circumstances", "Decision", "Pass", "decide_egress", "explained"]
LEVELS = ("G0", "G1", "G2", "G3", "G4")
HTTP = frozenset({"http", "https"})
NEEDS_EVIDENCE = "G3"
"""Abroad, data of this level and above need evidence that holds."""
_PATH = re.compile(r"/(?!/)[\x21-\x7e]*")
_METHOD = re.compile(r"[A-Z]{3,7}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
WITHOUT_HOST = frozenset({"device", "folder"})


@dataclass(frozen=True, slots=True)
class Pass:
    """The request may go to this destination."""

    destination: Destination


@dataclass(frozen=True, slots=True)
class Block:
    """The request may not leave."""

    reason: str


Decision = Pass | Block


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision depends on besides: the day, the reason for which a breaker stands open (empty: none does), and
    whether the counters of the year have no room for whom the request is about."""

    day: date = date.min
    open: str = ""
    full: bool = False


NOTHING_SPECIAL = Circumstances()


def decide_egress(
    destination: Destination | None,
    request: EgressRequest,
    schemes: frozenset[str] = HTTP,
    given: Circumstances = NOTHING_SPECIAL,
) -> Decision:
    """Whether a request may go to its destination, which is None when nobody declared it; `schemes` are those spoken."""
    if destination is None:
        return Block("undeclared")
    if destination.scheme not in schemes:
        return Block("protocol")
    reason = _about_the_data(destination, request, given.day) or _about_the_way(destination, request)
    reason = reason or given.open or ("counter" if given.full else "")
    return Block(reason) if reason else Pass(destination)


def _about_the_data(destination: Destination, request: EgressRequest, day: date) -> str:
    """The rule that forbids these data this place, or nothing."""
    if request.level not in LEVELS or LEVELS.index(request.level) > LEVELS.index(destination.max_level):
        return "level"
    if request.purpose not in destination.purposes:
        return "purpose"
    if destination.abroad and DECISION_CHAIN in request.about.tags:
        return "decision_chain"
    if destination.abroad and request.purpose in TRAINING:
        return "training"
    if request.level == LEVELS[0]:
        return ""
    if destination.jurisdiction not in request.jurisdictions:
        return "jurisdiction"
    return "" if _shown(destination, request.level, day) else "evidence"


def _shown(destination: Destination, level: str, day: date) -> bool:
    """Whether what shows that data may go there holds on this day; at home and below G3 none is asked for."""
    if destination.evidence is not None:
        return day <= destination.evidence.until
    return not destination.abroad or level < NEEDS_EVIDENCE


def _about_the_way(destination: Destination, request: EgressRequest) -> str:
    """What is wrong with how it would go, or nothing."""
    if destination.scheme not in WITHOUT_HOST and not _HOST.fullmatch(destination.host):
        return "host"
    if destination.scheme == "http" and not destination.allow_private:
        return "not_encrypted"
    return "" if _METHOD.fullmatch(request.method) and _PATH.fullmatch(request.path) else "bad_request"
