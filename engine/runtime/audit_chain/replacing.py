"""Replacing what an entry is about by a pseudonym, when a subject must be forgotten: the chain holds, an act says so.

The seal of an entry covers a salted commitment to its subject. The subject goes and its salt with it, so that nobody can try
subjects against the commitment; the pseudonym stands in its place. An entry that has lost its subject without such an act
breaks the chain.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from engine.diagnostics import DougongError, Message
from engine.runtime.audit import AUDIT, Act, append
from engine.runtime.audit_chain.links import RULE
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import update

REPLACED = "audit_replaced"
MOST = 200
"""Entries that one act names at most."""


class NotReplaceable(DougongError):
    """An entry is not sealed yet, or of an earlier release, whose seals cover what their entries are about."""

    code = "audit_not_replaceable"
    status = 409

    def __init__(self, position: int) -> None:
        super().__init__(
            Message(
                f"审计记录第 {position} 条是旧版本封存的或尚未封存，不能换成化名",
                f"Entry {position} of the audit log is of an earlier release or not sealed: no pseudonym can take its place",
            )
        )


def replace_subjects(
    session: Session, ids: IdSource, now: datetime, positions: Collection[int], pseudonym: str
) -> None:
    """Put a pseudonym in the place of what sealed entries are about, and record that. Raises NotReplaceable."""
    ordered = sorted(positions)
    for position in ordered:
        changed = update(
            session,
            AUDIT,
            {"subject": pseudonym, "salt": None},
            {"position": position, "rule": RULE, "action <>": REPLACED},
        )
        if not changed:
            raise NotReplaceable(position)
    for first in range(0, len(ordered), MOST):
        named = ",".join(str(one) for one in ordered[first : first + MOST])
        append(session, ids, Act(now, REPLACED, subject=f"positions={named}"))


def replaced_positions(subject: str) -> set[int]:
    """The positions that an act of replacing names."""
    kind, _, named = subject.partition("=")
    found = named.split(",") if kind == "positions" else []
    return {int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 19}
