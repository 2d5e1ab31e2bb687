"""Feature tables: what a pipeline hands to training and to scoring, one line a row and decision time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.model.names import Label


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """A feature: a `number` (floats) or a `category` (texts). `group` is the business group that its reasons are told under.

    `monotone` is +1 or -1 where the answer may only rise or only fall with the number, 0 where it is free.
    """

    name: str
    label: Label
    kind: Literal["number", "category"]
    group: str
    level: str
    monotone: int = 0


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Lines of features, each of what was known strictly before its decision time `at`; lines of a gap are left out.

    `keys` are the ids of the rows that the lines are about, `units` their scope units. `values` holds one tuple a
    column, each as long as `keys`, None for a missing cell. `target` is 0 or 1 of an event, or a number; None when the
    table is only to be scored. `held_out` marks the lines that are later in time than the ones to learn from.
    """

    columns: tuple[FeatureColumn, ...]
    keys: tuple[int, ...]
    at: tuple[datetime, ...]
    units: tuple[int | None, ...]
    values: tuple[tuple[float | str | None, ...], ...]
    target: tuple[float, ...] | None
    held_out: tuple[bool, ...]
