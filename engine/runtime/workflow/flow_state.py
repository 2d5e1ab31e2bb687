"""The state of one flow: where its tokens are and what each waits for. A value; only the machine makes the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model.names import empty_map

UNPICKED = "flow_unpicked"
"""The problem of a token whose people have still to be chosen: it waits for that, and nothing is broken."""


class Phase(StrEnum):
    """Which sequence of the flow runs: its steps, or those that follow another end; `UNDOING` before those."""

    STEPS = "steps"
    UNDOING = "undoing"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


class TokenStatus(StrEnum):
    """What a token waits for: to be entered, something (people, time, the outside, its branches), or help after a failure."""

    NEW = "new"
    WAITING = "waiting"
    FAILED = "failed"


class SlotStatus(StrEnum):
    """Where one person of a step stands. `PENDING`: not their turn yet; `SKIPPED` counts as approved."""

    PENDING = "pending"
    ACTIVE = "active"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    REMOVED = "removed"


class SlotPlace(StrEnum):
    """How a slot came in: asked by the definition, or added before, after or beside another one."""

    ASKED = "asked"
    BEFORE = "before"
    AFTER = "after"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Slot:
    """One person's answer to a step. `user` answers; `behalf` is whose answer it is when they delegated it, else 0.

    `anchor` is the slot that this one was added before, after or beside; `added_by` who added it.
    """

    id: int
    user: int
    status: SlotStatus
    place: SlotPlace = SlotPlace.ASKED
    anchor: int = 0
    added_by: int = 0
    behalf: int = 0
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One place at which a flow stands. `parent` is the token that waits for this one, 0 at the top.

    `part` is what of the parent's step it runs: a branch by id, `error` or `undo`; empty at the top. `visit` counts how
    often the flow has come to the step: with the token it makes the key of effects outside. `resume` is where it goes on
    after its step instead of the next one. `open` are children still to start or running (a sub-flow for many rows).
    """

    id: int
    step: str
    parent: int = 0
    part: str = ""
    status: TokenStatus = TokenStatus.NEW
    visit: int = 1
    slots: tuple[Slot, ...] = ()
    resume: str = ""
    problem: str = ""
    open: int = 0

    @property
    def unpicked(self) -> bool:
        return self.status is TokenStatus.FAILED and self.problem == UNPICKED

    @property
    def broken(self) -> bool:
        return self.status is TokenStatus.FAILED and self.problem != UNPICKED

    def slot(self, identity: int) -> Slot | None:
        return next((one for one in self.slots if one.id == identity), None)


@dataclass(frozen=True, slots=True)
class Finished:
    """A step that was finished: by whom it was approved."""

    step: str
    visit: int
    approved_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowState:
    """Everything that decides what may happen next. `outcome` is empty while it runs.

    `undoing` is how the flow ends after its steps are undone. `before` is the state that the last decision was made in and
    by whom, as long as nobody else has acted and nothing has left since: what taking back restores.
    """

    initiator: int = 0
    phase: Phase = Phase.STEPS
    tokens: tuple[Token, ...] = ()
    next_id: int = 1
    visits: Mapping[str, int] = field(default_factory=empty_map)
    finished: tuple[Finished, ...] = ()
    outcome: str = ""
    undoing: str = ""
    decided: bool = False
    before: FlowState | None = None
    before_by: int = 0

    @property
    def ended(self) -> bool:
        return bool(self.outcome)

    def token(self, identity: int) -> Token | None:
        return next((one for one in self.tokens if one.id == identity), None)
