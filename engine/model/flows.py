"""Flows: what happens step by step after a trigger. Steps nest: a branch is a sequence, so a flow has no loose ends.

A flow is about one record. What it asks of people are tasks; what it does to records it does by the right that its
definition names; what leaves the database waits in the outbox under a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, empty_map

START = "@initiator"
"""The step at which whoever started a flow revises what was sent back."""


class TriggerKind(StrEnum):
    """What starts a flow."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    TRANSITION = "transition"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    FORM = "form"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way to start a flow; `when` must hold on the record.

    `fields` of an update: one of them changed. `every` of a schedule is hourly, daily, weekly or monthly: the flow starts
    for each record on which `when` holds. `roles` may start it by hand, or with `form`. `values` of a webhook map fields
    of a new record to JSON pointers into the body, `secret` names the setting that its signature is checked with.
    """

    id: str
    kind: TriggerKind
    place: Place
    when: Formula | None = None
    transition: str = ""
    fields: tuple[str, ...] = ()
    every: str = ""
    roles: frozenset[str] = frozenset()
    form: str = ""
    values: Mapping[str, str] = field(default_factory=empty_map)
    secret: str = ""
    label: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time: minutes, hours or days; `working` counts working hours and working days of the calendar alone."""

    minutes: int = 0
    hours: int = 0
    days: int = 0
    working: bool = True


class PeopleKind(StrEnum):
    """Where people come from."""

    MANAGER = "manager"
    MANAGERS = "managers"
    HEAD = "head"
    SEAT = "seat"
    ROLE = "role"
    MEMBER = "member"
    INITIATOR = "initiator"
    INITIATOR_PICKS = "initiator_picks"
    PREVIOUS_PICKS = "previous_picks"
    FORMULA = "formula"
    USERS = "users"


@dataclass(frozen=True, slots=True)
class People:
    """People by what they are: resolved against the organisation of the day on which a step begins.

    `path` leads from the record to a person (manager, managers, member) or a unit (head, seat, role); empty is the
    initiator, or the record's own unit. `levels` is the n-th manager, or how many managers; `above` how many units higher.
    """

    kind: PeopleKind
    place: Place
    path: tuple[str, ...] = ()
    levels: int = 1
    above: int = 0
    seat: str = ""
    roles: frozenset[str] = frozenset()
    formula: Formula | None = None
    users: tuple[str, ...] = ()


class Mode(StrEnum):
    """How many must agree: 或签 any, 会签 all, 票签 vote, 顺序签 sequence."""

    ANY = "any"
    ALL = "all"
    VOTE = "vote"
    SEQUENCE = "sequence"


class Empty(StrEnum):
    """What happens where a step finds nobody."""

    ADMINISTRATOR = "administrator"
    PASS = "pass"
    REJECT = "reject"
    NAMED = "named"


class Own(StrEnum):
    """What happens where the initiator is asked to approve their own: their manager does, they are skipped, or they may."""

    MANAGER = "manager"
    SKIP = "skip"
    ALLOW = "allow"


class Repeat(StrEnum):
    """What happens where somebody is asked who has approved before: ask, skip after the step before, skip after any."""

    ASK = "ask"
    SKIP_ADJACENT = "skip_adjacent"
    SKIP_ANY = "skip_any"


class Need(StrEnum):
    """When a comment or an attachment must come along."""

    NEVER = "never"
    ON_REFUSAL = "on_refusal"
    ALWAYS = "always"


class RungAct(StrEnum):
    """What a rung of the ladder does to those who have not answered."""

    REMIND = "remind"
    REASSIGN = "reassign"
    ESCALATE = "escalate"
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder of a step that is not answered: `after` counts from when the step began."""

    id: str
    after: Term
    act: RungAct
    place: Place
    people: tuple[People, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """To whom somebody may pass a task on or add: holders of `roles` (any, when empty), in their own unit, line, or anywhere."""

    roles: frozenset[str] = frozenset()
    within: str = "all"


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote: the share of votes that carries it (over half when `majority`), and who can stop it alone."""

    percent: int = 50
    majority: bool = True
    veto: tuple[People, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """People decide. `back` says to where they may return it: none, previous, any, initiator (and any implies the others)."""

    approvers: tuple[People, ...]
    mode: Mode = Mode.ANY
    vote: Vote = Vote()
    empty: Empty = Empty.ADMINISTRATOR
    named: tuple[People, ...] = ()
    own: Own = Own.MANAGER
    repeat: Repeat = Repeat.ASK
    actions: frozenset[str] = frozenset()
    """Of: add_before, add_after, add_parallel, remove, transfer, return, take_back."""
    reach: Reach = Reach()
    back: frozenset[str] = frozenset()
    """Of: previous, any, initiator."""
    resume: str = "rerun"
    """After a return: rerun, straight, or choose."""
    comment: Need = Need.ON_REFUSAL
    attachment: Need = Need.NEVER
    show: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    copies: tuple[People, ...] = ()
    deadline: Term | None = None
    ladder: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """People do something: fill `require`, may fill `write`, and say done. The first one does it, or `all` of them."""

    people: tuple[People, ...]
    everybody: bool = False
    empty: Empty = Empty.ADMINISTRATOR
    named: tuple[People, ...] = ()
    hint: Label = NO_LABEL
    show: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    deadline: Term | None = None
    ladder: tuple[Rung, ...] = ()


class Fork(StrEnum):
    """Which branches are taken: the first that holds, all, or every one that holds."""

    CONDITION = "condition"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"


@dataclass(frozen=True, slots=True)
class Branch:
    """A sequence of steps that is taken when `when` holds."""

    id: str
    label: Label
    place: Place
    when: Formula | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Branches:
    """A fork; what follows it begins when every branch taken has ended."""

    fork: Fork
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits for a term, until a date or instant of the record, or until the record is changed so that `holds` is true."""

    term: Term | None = None
    until: Formula | None = None
    holds: Formula | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Sets fields of the record that `path` leads to; the record itself when it is empty."""

    path: tuple[str, ...]
    entity: str
    values: Mapping[str, Formula]


@dataclass(frozen=True, slots=True)
class Create:
    """A new record of `entity`; formulas are asked of the flow's record."""

    entity: str
    values: Mapping[str, Formula]


@dataclass(frozen=True, slots=True)
class Move:
    """Takes a transition of the record's workflow."""

    transition: str


@dataclass(frozen=True, slots=True)
class HandingOver:
    """Hands the record that `path` leads to over, with all that is owned along it: to `unit`, or within its own.

    `person` takes over from everybody who has no seat in that unit, and from `giver`.
    """

    path: tuple[str, ...]
    entity: str
    person: Formula | None
    unit: Formula | None = None
    giver: Formula | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """Tells people in the inbox and on the channels that each has chosen: of the kinds in `channels` at most; None: of any."""

    people: tuple[People, ...]
    title: Formula | None
    body: Formula | None
    subject: Label = NO_LABEL
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A node of the registry, or a call to a destination over the egress gate, at least once under one key.

    `values` are the body, by JSON name; `take` maps fields of the record to JSON pointers into the answer; `sign` names
    the secret that the call is signed with as a webhook.
    """

    node: str = ""
    settings: Mapping[str, object] = field(default_factory=empty_map)
    destination: str = ""
    method: str = "POST"
    url_path: str = "/"
    sign: str = ""
    values: Mapping[str, Formula] = field(default_factory=empty_map)
    take: Mapping[str, str] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class Subflow:
    """Starts another flow for this record, for the one that `path` leads to, or for each row of a collection.

    `where` chooses rows of the collection; `one_by_one` starts the next when the one before has ended; `attached` waits.
    """

    flow: str
    path: tuple[str, ...] = ()
    over: str = ""
    where: Formula | None = None
    one_by_one: bool = False
    attached: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """Ends the whole flow with an outcome: approved, rejected or done."""

    outcome: str


Action = Approval | Task | Branches | Wait | Write | Create | Move | HandingOver | Notify | Call | Subflow | End


@dataclass(frozen=True, slots=True)
class Step:
    """One step: skipped where `when` does not hold. `undo` is run, latest step first, when the flow does not end well.

    `error` is run instead of stopping when an effect fails for good; the flow then goes on after the step.
    """

    id: str
    label: Label
    place: Place
    action: Action
    when: Formula | None = None
    undo: tuple[Step, ...] = ()
    error: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow about records of `entity`. `role` names the right that it acts with; `source` is its text, kept by instances.

    `rejected`, `withdrawn` and `terminated` are the steps that follow such an end. `title` says which one it is in lists,
    `amount` what is at stake, `order` by when the inbox counts it. `view` is latest or snapshot: what an approver looks at.
    """

    name: str
    label: Label
    place: Place
    pack: str
    entity: str
    triggers: tuple[Trigger, ...]
    steps: tuple[Step, ...]
    rejected: tuple[Step, ...] = ()
    withdrawn: tuple[Step, ...] = ()
    terminated: tuple[Step, ...] = ()
    title: Formula | None = None
    amount: Formula | None = None
    order: Formula | None = None
    view: str = "latest"
    withdraw: str = "until_decided"
    """Whether the initiator may take it back: never, until_decided, always."""
    urge_minutes: int = 60
    fingerprint: str = ""
    source: str = ""

    @property
    def role(self) -> str:
        return flow_role(self.name)

    def sequences(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of the flow, then those of each end."""
        return (self.steps, self.rejected, self.withdrawn, self.terminated)

    def every_step(self) -> Iterator[Step]:
        """All steps, those inside others too, in the order of the text."""
        for sequence in self.sequences():
            yield from _within(sequence)


def flow_role(flow: str) -> str:
    """The role under which a flow acts; a person never has it, for it is no name."""
    return f"flow:{flow}"


def is_flow_role(name: str) -> bool:
    """Whether a role is that of a flow."""
    return name.startswith("flow:")


def _within(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step.action, Branches):
            for branch in step.action.branches:
                yield from _within(branch.steps)
        yield from _within(step.error)
        yield from _within(step.undo)
