"""Duties: what everybody of some roles writes once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from engine.model.names import Label, Place


@dataclass(frozen=True, slots=True)
class Duty:
    """A row of `entity` a day, with its writer in the field `author` and its day in `day`; reminded of at `remind_at`."""

    name: str
    label: Label
    place: Place
    entity: str
    author: str
    day: str
    roles: frozenset[str]
    remind_at: time
    reminder: Label
    workdays: bool = True
