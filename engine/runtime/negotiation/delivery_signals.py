"""Delivery signals: dated events about competitors, each with its source, and the stretches of which nothing is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from engine.diagnostics import Message
from engine.model.entities import Field
from engine.model.negotiations import Negotiation, Path, Signals
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.readings import Question, kind_of, read_rows
from engine.runtime.work import Work

MOST = 200
LONG = 7
"""Days from which on silence is a gap."""


@dataclass(frozen=True, slots=True)
class Signal:
    """An event: its day, where it is known from, how sure it is, what happened, and the link to its source."""

    id: int
    version: int
    on: date
    source: Message
    confidence: Message
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of which nothing is known, from the first to the last."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True)
class SignalWindow:
    """The events of the last `days`, newest first, and the gaps between them."""

    days: int
    events: tuple[Signal, ...]
    gaps: tuple[Gap, ...]


def signal_window(work: Work, negotiation: Negotiation, deal: Deal) -> SignalWindow | None:
    """The events that have to do with a deal; None where a negotiation declares none."""
    declared = negotiation.signals
    if declared is None:
        return None
    today = work.context.today
    since = today - timedelta(days=declared.days - 1)
    columns = _columns(declared)
    where = (declared.where,) if declared.where is not None else ()
    rows = read_rows(work, Question(declared.entity, columns, where, newest=(declared.at,)), most=MOST)
    events = []
    for one in rows:
        cells = dict(zip(columns, one.cells, strict=True))
        on = cells[(declared.at,)]
        if isinstance(on, date) and since <= on <= today and _fits(declared, deal, cells):
            source, confidence = (_words(work, declared, one, cells) for one in (declared.source, declared.confidence))
            text = str(cells[(declared.text,)] or "")
            link = str(cells.get((declared.url,)) or "")
            events.append(Signal(one.id, one.version, on, source, confidence, text, link))
    return SignalWindow(declared.days, tuple(events), gaps_between([one.on for one in events], since, today))


def gaps_between(days: list[date], since: date, until: date) -> tuple[Gap, ...]:
    """The stretches of `LONG` days and more without an event."""
    known = [since - timedelta(days=1), *sorted(set(days)), until + timedelta(days=1)]
    found = []
    for before, after in pairwise(known):
        gap = Gap(before + timedelta(days=1), after - timedelta(days=1))
        if gap.days >= LONG:
            found.append(gap)
    return tuple(found)


def _columns(declared: Signals) -> tuple[Path, ...]:
    names = (declared.at, declared.text, declared.source, declared.confidence, declared.url, *declared.match)
    return tuple(dict.fromkeys((name,) for name in names if name))


def _fits(declared: Signals, deal: Deal, cells: dict[Path, object]) -> bool:
    """Whether an event is of this deal: what is empty in either says nothing against it."""
    for name, path in declared.match.items():
        own, other = deal.values[path], cells[(name,)]
        if own is not None and other is not None and own != other:
            return False
    return True


def _words(work: Work, declared: Signals, name: str, cells: dict[Path, object]) -> Message:
    cell = cells.get((name,))
    kind = kind_of(work.model, declared.entity, (name,)) if name else None
    choice = kind.choice(str(cell)) if isinstance(kind, Field) else None
    if choice is None:
        return Message(str(cell or ""), str(cell or ""))
    return Message(choice.label.text("zh"), choice.label.text("en"))
