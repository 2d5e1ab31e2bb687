"""What happens to a flow: facts in order. Replayed, they give the same state; what was looked up stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.names import empty_map


@dataclass(frozen=True, slots=True)
class Started:
    """The flow begins at its first step."""

    initiator: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A token was entered with what was found: whether the step's condition holds, the branches taken, the people.

    `instead` maps people to those they delegated to; `own` stands in for an initiator who may not answer, `fallback` are
    asked where nobody is left. `rows` is how many rows a sub-flow has.
    """

    token: int
    holds: bool = True
    branches: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    veto: tuple[int, ...] = ()
    own: tuple[int, ...] = ()
    fallback: tuple[int, ...] = ()
    instead: Mapping[int, int] = field(default_factory=empty_map)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody approved or rejected, or did their task (`approved`)."""

    token: int
    slot: int
    actor: int
    approved: bool


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody added people before, after or beside their own slot (`where`: before, after, parallel)."""

    token: int
    slot: int
    actor: int
    where: str
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Somebody took a person out again whom they had added and who has not answered."""

    token: int
    slot: int
    actor: int


@dataclass(frozen=True, slots=True)
class Transferred:
    """A slot passed to another person: by its holder, or by an administrator (`reassigned`)."""

    token: int
    slot: int
    actor: int
    user: int
    reassigned: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Sent back to an earlier step or to the initiator (START); `straight` comes straight back to this step afterwards."""

    token: int
    slot: int
    actor: int
    step: str
    straight: bool = False


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """The initiator has revised what was sent back."""

    token: int
    actor: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Whoever decided last takes the decision back before the next one acts."""

    actor: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The initiator withdraws the whole."""

    actor: int


@dataclass(frozen=True, slots=True)
class Terminated:
    """An administrator ends it, or the definition under it is gone."""

    actor: int


@dataclass(frozen=True, slots=True)
class Jumped:
    """An administrator moves a token to another step."""

    token: int
    actor: int
    step: str


@dataclass(frozen=True, slots=True)
class Completed:
    """An effect was done, a time has come, a child flow has ended (`outcome` is how)."""

    token: int
    visit: int
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """An effect failed for good, or a step could not be entered; `problem` is the stable word of the error."""

    token: int
    visit: int
    problem: str


@dataclass(frozen=True, slots=True)
class Retried:
    """A failed step is tried again by a person."""

    token: int
    actor: int


@dataclass(frozen=True, slots=True)
class Picked:
    """Whoever may choose the people of a step has chosen them; it is entered again."""

    token: int
    actor: int
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """An administrator lets a failed or waiting step pass as if it were done."""

    token: int
    actor: int


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the ladder was reached by those who have not answered; `people` are those it puts in or adds."""

    token: int
    visit: int
    rung: str
    people: tuple[int, ...] = ()


FlowEvent = (
    Started
    | Entered
    | Decided
    | Added
    | Removed
    | Transferred
    | Returned
    | Resubmitted
    | TakenBack
    | Withdrawn
    | Terminated
    | Jumped
    | Completed
    | Failed
    | Retried
    | Picked
    | Passed
    | Rung
)
