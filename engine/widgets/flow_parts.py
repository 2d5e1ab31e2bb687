"""What a person is shown of a flow: where it stands, whom it waits for, what they can do, what happened."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.entities import Field


@dataclass(frozen=True, slots=True)
class FlowStage:
    """A step that people answer, in the order of the text; `position` is done, current, ahead or failed."""

    label: str
    position: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A value with its words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class AddedPerson:
    """Somebody whom the reader has added and may take out again: their place in the flow, and their name."""

    token: int
    slot: int
    name: str


@dataclass(frozen=True, slots=True)
class FlowTurn:
    """The reader's own task: its kind, what they can do, the fields they fill, where they may return it, whom they may ask."""

    task: str
    kind: str
    step: str
    hint: str
    due: str
    late: bool
    offers: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    required: frozenset[str] = frozenset()
    returns: tuple[Choice, ...] = ()
    chooses_way: bool = False
    people: tuple[Choice, ...] = ()
    comment: str = "on_refusal"
    attachment: str = "never"
    phrases: tuple[str, ...] = ()
    behalf: str = ""


@dataclass(frozen=True, slots=True)
class FlowMoment:
    """Something that happened: who did what at which step, when, with which words; `seal` is the start of a signature and
    `verdict` what checking it has found, empty where it was not checked."""

    who: str
    what: str
    step: str
    when: str
    exact: str
    comment: str = ""
    tone: str = "neutral"
    seal: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow about a record, for one reader. `acts` are what they can do to the whole: withdraw, take_back, urge, retry."""

    id: str
    label: str
    words: str
    tone: str
    running: bool
    waiting: tuple[str, ...]
    stages: tuple[FlowStage, ...]
    moments: tuple[FlowMoment, ...]
    acts: tuple[str, ...] = ()
    added: tuple[AddedPerson, ...] = ()
    turn: FlowTurn | None = None
    problem: str = ""
    failed_token: int = 0
    started: str = ""
    initiator: str = ""
