"""The typed rule: what a sentence means, whole and resolved, and the formula of its condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Path = tuple[str, ...]
Sign = Literal["=", "<>", "<", "<=", ">", ">="]
Base = Literal["today", "week", "month", "quarter", "year", "date"]
NEGATED: dict[Sign, Sign] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
SIGNS: dict[str, Sign] = {sign: sign for sign in NEGATED}
"""The signs, by how they are written."""
BASES: dict[str, Base] = {"today": "today", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
"""The periods that days are told from, by name."""
AmountSort = Literal["number", "percent", "money"]
StartSort = Literal["saved", "created", "updated", "move", "hourly", "daily", "weekly", "monthly"]
MIRRORED: dict[Sign, Sign] = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it is stored: 20 % is 0.2, 50 万 is 500000. `sort` says how it was meant: number, percent or money."""

    value: Decimal
    sort: AmountSort = "number"


@dataclass(frozen=True, slots=True)
class Day:
    """A day: so many days or months from today, a moment so many hours from now, the first (or last) day of a period, or a date."""

    base: Base = "today"
    last: bool = False
    days: int = 0
    months: int = 0
    on: date | None = None
    hours: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A field along relations from the record; `day`: of a moment, its day."""

    path: Path
    day: bool = False


@dataclass(frozen=True, slots=True)
class Scaled:
    """So many times a field."""

    path: Path
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of a collection folded into a number; `where` is said of those rows. Without a field they are counted."""

    function: Literal["count", "sum", "avg", "max", "min"]
    collection: Path
    field: str | None = None
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text."""

    text: str


Term = Amount | Day | Cell | Scaled | Fold | Words


@dataclass(frozen=True, slots=True)
class Compare:
    """Two terms compared."""

    left: Term
    sign: Sign
    right: Term


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice or state is one of the options."""

    path: Path
    options: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Blank:
    """A field is not filled."""

    path: Path
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes-or-no field holds."""

    path: Path
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Holds:
    """A text holds another one."""

    path: Path
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes has one of these roles."""

    roles: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """The part does not hold."""

    part: Condition


Condition = Compare | OneOf | Blank | Flag | Holds | Writer | Every | Some | Denied


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, is told or does: `head` and `manager` count `above`; a `member` stands in the field at `path`."""

    sort: Literal["head", "manager", "member", "role", "initiator"]
    role: str = ""
    path: Path = ()
    above: int = 0


@dataclass(frozen=True, slots=True)
class Warn:
    """Saving says so."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Saving is refused."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Require:
    """Fields must be filled."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A field has an upper or lower limit, itself allowed unless `open`."""

    field: Path
    most: Term | None = None
    least: Term | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody approves."""

    people: tuple[Person, ...]
    mode: Literal["any", "all", "sequence"] = "sequence"


@dataclass(frozen=True, slots=True)
class Notify:
    """Somebody is told."""

    people: tuple[Person, ...]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody gets something to do, within so many days or hours (`3d`, `4h`)."""

    people: tuple[Person, ...]
    title: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    """A field is written: a term, an option of a choice, or yes and no."""

    field: str
    value: Term | str | bool


@dataclass(frozen=True, slots=True)
class Move:
    """The state moves on by itself."""

    transition: str


Action = Warn | Refuse | Require | Limit | Approval | Notify | Task | Put | Move
WRITTEN = (Warn, Refuse, Require, Limit)
"""Actions that are judged when a record is written; the others are steps of a flow."""


@dataclass(frozen=True, slots=True)
class Start:
    """When a rule is looked at: `saved`, `created`, `updated` (of fields), `move` (a transition), or every so often."""

    sort: StartSort = "saved"
    move: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """What is done where a condition holds; None: always."""

    when: Condition | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class TypedRule:
    """A rule about the records of an entity. The branches after the first are what is done otherwise."""

    entity: str
    start: Start
    branches: tuple[Branch, ...]

    @property
    def actions(self) -> Iterator[Action]:
        """All that it does."""
        return (action for branch in self.branches for action in branch.actions)
