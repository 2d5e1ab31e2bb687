"""Entities, fields and relations, resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from engine.model.formula import Formula
from engine.model.inbox import InboxKind
from engine.model.names import NO_LABEL, Label, Place, empty_map


class FieldKind(StrEnum):
    """The field types of the core; each has one storage and one set of controls."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    DURATION = "duration"
    CHOICE = "choice"
    CHOICES = "choices"
    STATE = "state"
    RELATION = "relation"
    USER = "user"
    UNIT = "unit"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    NUMBER_CODE = "code"
    ATTACHMENT = "attachment"
    RECORD = "record"
    ADDRESS = "address"
    LOCATION = "location"


NUMERIC_KINDS = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL, FieldKind.MONEY, FieldKind.PERCENT})
TEXT_KINDS = frozenset(
    {
        FieldKind.TEXT,
        FieldKind.LONG_TEXT,
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.URL,
        FieldKind.NUMBER_CODE,
        FieldKind.RECORD,
        FieldKind.ADDRESS,
        FieldKind.LOCATION,
    }
)
"""Kinds stored as text; a record of any entity as `entity/id`, with `/field` behind it where one field is meant; an address
as the code of its division and what is written behind it; a location as `engine.model.locations` writes it."""
REFERENCE_KINDS = frozenset({FieldKind.RELATION, FieldKind.USER, FieldKind.UNIT})
"""Kinds stored as the id of a row of another table: an entity's, `dougong_user`, `dougong_unit`."""


class OnDelete(StrEnum):
    """What deleting the target of a relation does to the row that holds it."""

    REFUSE = "refuse"
    CASCADE = "cascade"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice or state field; `tone` is one of neutral, info, success, warning, danger."""

    name: str
    label: Label
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation field's target. `inverse` names the collection on the target (`lines`), when it has one."""

    entity: str
    on_delete: OnDelete = OnDelete.REFUSE
    inverse: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A relation's row is proposed by the words of the field `source`, learnt from rows that `roles` may read; what
    stood in the choice `instead_of` is taken over once."""

    source: str
    roles: tuple[str, ...]
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A document number: text with {yyyy} {mm} {dd} {unit} {seq:n}; the sequence restarts with each `per` value."""

    pattern: str
    per: tuple[str, ...] = ()


class OfficialNumber(StrEnum):
    """Numbers whose check digit tells a mistake in writing them."""

    CREDIT_CODE = "credit_code"
    RESIDENT = "resident_id"
    BANK_CARD = "bank_card"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a value; None is no limit. Lengths count code points."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: Label = NO_LABEL
    official: OfficialNumber | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    `precision`/`scale` hold for numeric kinds (p <= 18). `formula` makes it computed and stored, kept right by the
    dependency graph. `unit_kinds` limits a unit field to these kinds (empty: any). `level` is the data level G0..G4
    (or 'auto'), `tags` limit where it may go besides (`decision_chain`: never abroad), `mask` is the mask's kind for masked
    readers. `offers` says which records a RECORD field takes: `written`
    (what its writer wrote on that day), `subjects` (whom what they wrote is about) or `any`. `names` says what of the
    application a text names (`flow`, `step` as flow.step, `seat` as kind.seat, `outcome` of an answer, a `division` by its
    code): it is shown by that one's label. `depth` is how deep the division of an ADDRESS must be chosen. `rich` keeps the
    formatting of a LONG_TEXT beside its words. `sealed` values are kept in the row's envelope alone; `queries` are what may be
    asked of them.
    """

    name: str
    kind: FieldKind
    label: Label
    place: Place
    help: Label = NO_LABEL
    required: bool = False
    required_when: Formula | None = None
    default: object = None
    default_formula: Formula | None = None
    formula: Formula | None = None
    unique: bool = False
    search: int = 0
    precision: int = 18
    scale: int = 0
    currency: str | None = None
    measure_unit: Label = NO_LABEL
    bounds: Bounds = Bounds()
    choices: tuple[Choice, ...] = ()
    workflow: str | None = None
    relation: Relation | None = None
    unit_kinds: tuple[str, ...] = ()
    number: NumberPattern | None = None
    level: str = "G1"
    floor: str | None = None
    tags: frozenset[str] = frozenset()
    mask: str | None = None
    queries: tuple[str, ...] = ()
    sealed: bool = False
    read_only: bool = False
    renamed_from: tuple[str, ...] = ()
    offers: str = "written"
    proposed: Proposal | None = None
    names: str = ""
    depth: str = "district"
    rich: bool = False

    @property
    def computed(self) -> bool:
        return self.formula is not None

    def choice(self, name: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.name == name), None)


@dataclass(frozen=True, slots=True)
class Collection:
    """The inverse of a relation: rows of `entity` whose field `by` points at this row."""

    name: str
    entity: str
    by: str
    label: Label


@dataclass(frozen=True, slots=True)
class Check:
    """A rule every row obeys: `expect` must be true (empty counts as true); the message is shown beside `fields`."""

    id: str
    expect: Formula
    message: Label
    fields: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class UniqueRule:
    """Fields that together are unique among living rows; `everywhere` discloses a clash beyond the reader's rows."""

    id: str
    fields: tuple[str, ...]
    everywhere: bool
    message: Label
    place: Place


class Likeness(StrEnum):
    """How two texts are compared: as they are, without case and signs, or also without the legal form of a company."""

    EXACT = "exact"
    FOLDED = "folded"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """What two records of one thing have in common. It is confirmed by a person, or `refuses` the write; `reveals` tells
    a writer of records that they may not read that there are some."""

    id: str
    fields: tuple[str, ...]
    match: Likeness
    refuses: bool
    reveals: bool
    message: Label
    place: Place


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who is answerable for a row: user fields that a hand-over gives to a successor, as long as `when` holds (None: always)."""

    fields: tuple[str, ...]
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """How a row is entered from another one: its form begins with what stands there and in `parts`, but for `fresh` fields.

    `origin` points from the new row to the other one, `counts` is one more than there.
    """

    label: Label
    parts: tuple[str, ...] = ()
    fresh: frozenset[str] = frozenset()
    origin: str | None = None
    counts: str | None = None


@dataclass(frozen=True, slots=True)
class FigureFill:
    """A field of a new row that is filled with a metric over the last `days` days, of the part that its own fields name.

    `match` maps dimensions of the metric to fields of the row; `per_day` takes the mean of a day.
    """

    id: str
    field: str
    metric: str
    match: Mapping[str, str]
    days: int
    per_day: bool


FLOW_ANSWERS = "flow_answers"
"""What an entity may collect: a row for each answer that a flow asked of somebody."""
ANSWER_FIELDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "title": FieldKind.TEXT,
        "about": FieldKind.RECORD,
        "flow": FieldKind.TEXT,
        "flow_name": FieldKind.TEXT,
        "step": FieldKind.TEXT,
        "step_name": FieldKind.TEXT,
        "outcome": FieldKind.TEXT,
        "from_unit": FieldKind.UNIT,
        "from_seat": FieldKind.TEXT,
        "asked_by": FieldKind.USER,
        "unit": FieldKind.UNIT,
        "seat": FieldKind.TEXT,
        "answered_by": FieldKind.USER,
        "opened_at": FieldKind.INSTANT,
        "answered_at": FieldKind.INSTANT,
        "minutes": FieldKind.INTEGER,
    }
)
"""Fields that the engine fills in such a row, as far as the entity declares them."""
ANSWER_FIELDS_KNOWN = frozenset(
    {"title", "flow", "flow_name", "step", "step_name", "outcome", "answered_by", "opened_at", "answered_at", "minutes"}
)
"""Those that are never empty: only they may be required."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of an application. `owned_by` is the path to the unit that owns a row; `subject` to the data subject.

    `data_subject`: its rows are subjects themselves; `about_nobody`: its author says that they are about none.
    `starts_with` are rows that are made once, by the value of the natural key.
    """

    name: str
    label: Label
    place: Place
    fields: Mapping[str, Field]
    title: str
    icon: str = "table"
    subject: str | None = None
    data_subject: bool = False
    about_nobody: bool = False
    owned_by: tuple[str, ...] | None = None
    hand_over: HandOver | None = None
    copied: Copied | None = None
    inbox: tuple[InboxKind, ...] = ()
    collects: str | None = None
    collections: Mapping[str, Collection] = field(default_factory=empty_map)
    checks: tuple[Check, ...] = ()
    uniques: tuple[UniqueRule, ...] = ()
    duplicates: tuple[DuplicateRule, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    natural_key: tuple[str, ...] = ()
    part_of: str | None = None
    renamed_from: tuple[str, ...] = ()
    description: Label = NO_LABEL
    starts_with: Mapping[str, Mapping[str, object]] = field(default_factory=empty_map)
    from_figures: tuple[FigureFill, ...] = ()

    @property
    def state_field(self) -> Field | None:
        """The field that a workflow moves, if any; an entity has at most one."""
        return next((field for field in self.fields.values() if field.kind is FieldKind.STATE), None)

    @property
    def computed_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields.values() if field.formula is not None)
