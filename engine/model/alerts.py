"""Alerts: a figure that is watched day by day, and what is written down when a day is far from usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from engine.model.entities import FieldKind
from engine.model.names import Label, Place

ALERT_FIELDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "alert": FieldKind.TEXT,
        "metric": FieldKind.TEXT,
        "title": FieldKind.TEXT,
        "day": FieldKind.DATE,
        "value": FieldKind.DECIMAL,
        "usual": FieldKind.DECIMAL,
        "score": FieldKind.DECIMAL,
        "weeks": FieldKind.INTEGER,
        "direction": FieldKind.CHOICE,
    }
)
"""Fields that the engine fills in a row of an alert, as far as its entity declares them; `alert` and `day` it must."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Each day of `metric`, for each value of the dimension `by`, against the same weekday of the `weeks` before.

    A day beyond `threshold` becomes a row of `into`, once. It is read and written with the rights of `roles`, from the hour
    `at` of the next day on. Fewer than `least` such days are too few to judge by. `direction` is both, up or down. One that
    `follows` judges the last days again when rows of its figure have changed.
    """

    name: str
    label: Label
    place: Place
    metric: str
    by: str
    into: str
    roles: frozenset[str]
    weeks: int
    threshold: float
    least: int
    direction: str
    at: time
    follows: bool = False
