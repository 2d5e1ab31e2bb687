"""Sightings: which rows a unit of work has read guarded fields of, in clear, for whoever has to give account of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sighting:
    """Rows of an entity, by id and version, of which guarded fields were read."""

    entity: str
    fields: tuple[str, ...]
    rows: tuple[tuple[int, int], ...]
