"""Destinations against what a gate can hold them to: networks, days, and what never goes abroad."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from ipaddress import ip_network

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.model.sources import HOME, TRAINING

LONG_AGO = date.min
"""The day of an evidence whose day is none: it holds no more."""


def check_destination(part: Part) -> Iterator[Diagnostic]:
    """What is wrong with a destination beyond its schema."""
    for index, net in enumerate(part.names("nets")):
        if not _is_network(net):
            yield part.problem("E594", "nets", index, name=net)
    until = str(part.settings("evidence").get("until", ""))
    if until and day_of(until) is None:
        yield part.problem("E595", "evidence", "until", name=until)
    where = part.text("jurisdiction", HOME)
    for index, purpose in enumerate(part.names("purposes")):
        if purpose in TRAINING and where != HOME:
            yield part.problem("E596", "purposes", index, name=purpose, where=where)


def day_of(text: str) -> date | None:
    """A day as written; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
