"""Auditing of routes: what a call leaves in the audit log, in codes and ids."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from engine.model.context import Context
from engine.runtime.audit import Act
from engine.runtime.sovereignty.cargo import Cargo
from engine.web.calls import Call

NAMED = (
    "act",
    "user",
    "account",
    "role",
    "unit",
    "seat",
    "membership",
    "kind",
    "key",
    "job",
    "source",
    "channel",
    "setting",
    "token",
    "provider",
)
"""Inputs of forms and addresses that hold codes or ids; no other input is recorded."""
LONGEST = 60
Told = Sequence[tuple[str, str]]
"""What an endpoint adds to its act: counts and codes by name."""


class Recorded(Response):
    """An answer whose endpoint tells the audit log more of what it did."""

    told: Told = ()


class Taken(Recorded):
    """A file that its reader takes with them: the gate lets it out before a byte of it is sent, and keeps it in its register."""

    cargo: Cargo | None = None


def taken(answer: Taken, cargo: Cargo) -> Taken:
    """A file with what it is for the gate."""
    answer.cargo = cargo
    return answer


def act_of(call: Call, context: Context, action: str, outcome: str = "done", told: Told = ()) -> Act:
    """The act that a call is, to be recorded under `action`, with what its endpoint tells of it."""
    given = {**call.first, **call.form_first()}
    named = [(name, given[name]) for name in NAMED if given.get(name)]
    parts = [f"{name}={value[:LONGEST]}" for name, value in (*call.parameters.items(), *named, *told)]
    return Act(
        at=context.now,
        action=action,
        actor=context.principal.user_id or None,
        viewing_as=context.viewing_as,
        subject=" ".join(parts),
        outcome=outcome,
        address=call.client or None,
        request=call.request_id,
    )
