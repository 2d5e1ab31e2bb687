"""The state of a copy: what it holds and how far it has read, kept in the copy itself beside the rows that it is about."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from engine.runtime.events import EventPosition

DONE = -1


@dataclass(frozen=True, slots=True)
class CopyState:
    """`tables` is the fingerprint of its tables, `epoch` that of the rows; `read` is how far the event log is in it.

    `anchor` is the newest event that it knew when it noted its state, 0 for none: a log that has it no more is another one.
    `scanned` is the id of the last row that was copied of each table, DONE for all. `whole` once rows and events were read to
    their end in one snapshot.
    """

    tables: str
    epoch: int
    read: EventPosition
    anchor: int
    scanned: dict[str, int] = field(default_factory=dict)
    whole: bool = False

    @property
    def is_built(self) -> bool:
        return all(one == DONE for one in self.scanned.values())

    def after(self, table: str, last: int) -> CopyState:
        """The state once rows of a table up to `last` are in it."""
        return replace(self, scanned={**self.scanned, table: last})


def written(state: CopyState) -> str:
    return json.dumps(asdict(state))


def read_state(text: str | None) -> CopyState | None:
    """The state that `written` wrote; None for none, and for one of another version of the product."""
    try:
        data = json.loads(text or "null")
        return None if data is None else CopyState(**{**data, "read": EventPosition(**data["read"])})
    except (ValueError, TypeError, KeyError):
        return None
