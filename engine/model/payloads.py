"""Payloads: what is known of the data in something that wants to leave. Names and counts, never a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payload:
    """The `fields` that something is made of and their `tags` (`decision_chain`), how many records (`rows`), whose data they
    are (`persons`, each as `entity:record`), and what sends it (`place`), such as `flow:quote`."""

    tags: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    rows: int = 0
    persons: tuple[str, ...] = ()
    place: str = ""


UNTOLD = Payload()
"""Where nothing is known of it, or nothing is in it."""
