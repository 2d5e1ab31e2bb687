"""Spans: a period of a list or a page as it is entered by its two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.widgets.periods import FROM, TO, Period


@dataclass(frozen=True, slots=True)
class Span:
    """The inputs of a span: what they are called, what stands in them, and what else of the address their own form sends."""

    since_name: str
    until_name: str
    since: str
    until: str
    hidden: tuple[tuple[str, str], ...]


def span_of(name: str, period: Period | None, hidden: tuple[tuple[str, str], ...] = ()) -> Span:
    """The span of a parameter; nothing stands in it where no period is chosen."""
    since, until = (period.since, period.until) if period is not None else (None, None)
    return Span(f"{name}{FROM}", f"{name}{TO}", _written(since), _written(until), hidden)


def _written(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
