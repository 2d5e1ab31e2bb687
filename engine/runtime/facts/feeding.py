"""Feeding a copy: all rows once, a range at a time, then those that the event log names, as they stand. Both are in the copy with
the note of how far it has come, so whatever happens to the process, it goes on from there and no row is in it twice.

Rows are copied as they stand when they are read, not as an event left them: reading one twice is right, and so are an undo, a
late transaction and an erasure, whose row is no longer found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.runtime.database.protocol import Session
from engine.runtime.events import EventPosition, end_of_log, newest, settled_before, visible_events
from engine.runtime.facts.declared import FactTable, FactTables
from engine.runtime.facts.engines import FactEngine, Part
from engine.runtime.facts.epoch import epoch_of
from engine.runtime.facts.lines import write_lines
from engine.runtime.facts.state import DONE, CopyState, written
from engine.runtime.rows import select

ROWS_A_STEP = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a copy has read: its state, and the events beyond it that it has read before others could be ruled out."""

    state: CopyState
    ahead: frozenset[int] = frozenset()
    at_end: bool = False


def begin(session: Session, engine: FactEngine, tables: FactTables) -> CopyState:
    """Make the tables anew, empty; rows that are written from here on are in the log behind where it is read from."""
    position = end_of_log(session)
    state = CopyState(
        tables.fingerprint, epoch_of(session), position, newest(session), dict.fromkeys(tables.tables, -(2**62))
    )
    engine.begin(tuple(tables.tables.values()), written(state))
    return state


def scan_next(session: Session, engine: FactEngine, tables: FactTables, state: CopyState, folder: Path) -> CopyState:
    """Copy the next rows of the first table that is not copied to its end."""
    name = next(one for one, scanned in state.scanned.items() if scanned != DONE)
    table, low = tables.tables[name], state.scanned[name]
    found = select(session, name, table.names, {"id >": low}, ("id",), ROWS_A_STEP)
    high = int(str(found[-1][0])) if len(found) == ROWS_A_STEP else DONE
    further = state.after(name, high)
    with TemporaryDirectory(dir=folder) as room:
        lines = Path(room) / "rows"
        write_lines(lines, [kind for _, kind in table.columns], found)
        engine.put([Part(table, (), lines)] if found else [], written(further))
    return further


def catch_up(
    session: Session, engine: FactEngine, tables: FactTables, reading: Reading, folder: Path, most: int, whole: bool
) -> Reading:
    """Copy the rows that events name which the session sees and the copy has not read: `most` of them, the oldest first; with
    `whole` none where there are more."""
    state = reading.state
    visible = visible_events(session, state.read, most + 1)
    at_end, taken = len(visible) <= most, visible[:most]
    if whole and not at_end:
        return replace(reading, at_end=False)
    fresh = [one for one in taken if one[0].event not in reading.ahead]
    if not fresh:
        return replace(reading, at_end=at_end, state=replace(state, whole=state.whole or at_end))
    read, ahead = _read_up_to(session, state.read, [one[0] for one in taken])
    further = replace(state, read=read, anchor=taken[-1][0].event, whole=at_end)
    named = _by_table(tables, fresh)
    if named or further.whole != state.whole:
        with TemporaryDirectory(dir=folder) as room:
            parts = [_part(session, table, ids, Path(room)) for table, ids in named]
            engine.put(parts, written(further))
    return Reading(further, ahead, at_end)


def _read_up_to(
    session: Session, read: EventPosition, taken: Iterable[EventPosition]
) -> tuple[EventPosition, frozenset[int]]:
    """How far the log is read once these events are, and those of them that others may yet come before."""
    settled, ahead = settled_before(session), list[int]()
    for position in taken:
        if position.transaction < settled and not ahead:
            read = position
        else:
            ahead.append(position.event)
    return read, frozenset(ahead)


def _by_table(
    tables: FactTables, events: Iterable[tuple[EventPosition, str, int]]
) -> list[tuple[FactTable, tuple[int, ...]]]:
    ids: dict[str, dict[int, None]] = {}
    for _, entity, record in events:
        if entity in tables.tables:
            ids.setdefault(entity, {})[record] = None
    return [(tables.tables[name], tuple(found)) for name, found in ids.items()]


def _part(session: Session, table: FactTable, ids: tuple[int, ...], room: Path) -> Part:
    found = select(session, table.name, table.names, {"id in": ids})
    lines = room / table.name
    write_lines(lines, [kind for _, kind in table.columns], found)
    return Part(table, ids, lines if found else None)
