"""Rules and privacy policies as declared; the sovereignty engine gives policies their effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class Rule:
    """A business rule on an entity: when `when` holds on a written row, warn or refuse with `message`."""

    name: str
    label: Label
    place: Place
    entity: str
    when: Formula
    effect: str
    message: Label
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A switchable set of clauses; each clause names the levels, purposes and jurisdictions it allows."""

    name: str
    label: Label
    place: Place
    enabled: bool
    clauses: tuple[Mapping[str, object], ...] = ()
    settings: Mapping[str, object] = field(default_factory=empty_map)
    description: Label = NO_LABEL
