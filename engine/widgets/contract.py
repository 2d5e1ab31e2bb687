"""The widget contract: what a widget asks for, what it is given, what it shows.

A widget is a folder: widget.yaml (its declaration), template.html (complete HTML without JavaScript), and query.py with
`needs(item, scene)` and `view(item, scene, found)`. Widgets name no table and see no database: they ask by `Need`s,
which the web layer answers through the choke point with the reader's rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.model.access import Action, FieldRight
from engine.model.app import AppModel
from engine.model.effects import EffectRequest
from engine.model.entities import Entity, Field
from engine.model.formula import Formula
from engine.model.names import Label
from engine.model.pages import Form, Item, Page
from engine.model.requests import AggregateRequest, Path, QueryRequest, Record, RecordPage
from engine.model.sources import SourceStamp
from engine.model.workflows import Transition
from engine.widgets.kept_views import NONE_KEPT, Kept


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of an entity; found as RecordPage."""

    request: QueryRequest


@dataclass(frozen=True, slots=True)
class ManyRows:
    """Rows of an entity, page after page up to `most` of them; found as RecordPage with the total of all."""

    request: QueryRequest
    most: int


@dataclass(frozen=True, slots=True)
class RowsBeside:
    """For the rows of `lines` the first rows of `request` that go with each: at `at` of them stands what stands at `through`
    of the line. `since` and `until` are formulas over the scene's record between whose days `date` lies. Found as
    tuple[Beside, ...] in the order of the lines.
    """

    lines: QueryRequest
    through: Path
    request: QueryRequest
    at: Path
    date: Path | None = None
    since: Formula | None = None
    until: Formula | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Lines that lead to one and the same, and the rows that go with it; no page where the lines lead nowhere."""

    lines: tuple[Record, ...]
    page: RecordPage | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the rows of an entity are; found as SourceStamp, None where no source fills it."""

    entity: str


@dataclass(frozen=True, slots=True)
class ColumnTotals:
    """How many of a request's rows stand under each value of `by`, and what `summed` of them adds up to; found as BoardTotals."""

    request: QueryRequest
    by: Path
    summed: Path | None = None


@dataclass(frozen=True, slots=True)
class GroupedRows:
    """Rows of a request under each value of `by`, the first of each open group, with counts and what `summed` adds up to;
    `folded` names the groups that stand otherwise than at first. Found as RowGroups.
    """

    request: QueryRequest
    by: Path
    field: Field
    summed: Path | None = None
    folded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RowGroup:
    """One value (None: rows without one) with its title when it is a reference; `page` are its rows while it is open."""

    value: object
    title: str | None
    count: int
    sum: Decimal | None = None
    page: RecordPage | None = None


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Groups in their order; `capped` when there were more rows than are looked at, `left_out` how many groups are not named."""

    groups: tuple[RowGroup, ...]
    capped: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class BoardTotals:
    """Counts and sums by value of the field; `capped` when there were more rows than are looked at, and then no sums."""

    counts: Mapping[str, int]
    sums: Mapping[str, Decimal]
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Metric values; found as tuple[AggregateRow, ...]. `previous` shifts the period back by its own length. `whole` is for
    what makes no sense of a part: TooMany is found where there are as many groups as the request's limit, or more."""

    request: AggregateRequest
    previous: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """The field history of the scene's record; found as a tuple of history entries, newest first."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class AttachmentList:
    """The attachments of the scene's record."""


@dataclass(frozen=True, slots=True)
class TransitionOffers:
    """The transitions from the record's state, each allowed or with the reason why not; found as tuple[Offer, ...]."""


@dataclass(frozen=True, slots=True)
class FieldRights:
    """The reader's right to each field of the scene's record (or of a new one); found as Mapping[str, FieldRight]."""

    entity: str


@dataclass(frozen=True, slots=True)
class RecordFlows:
    """The flows about the scene's record, newest first; found as tuple[FlowView, ...]."""


@dataclass(frozen=True, slots=True)
class FlowStarts:
    """The flows that the reader can start by hand about the scene's record; found as tuple of (name, label)."""


@dataclass(frozen=True, slots=True)
class RecordsWritten:
    """What the reader wrote today; found as tuple[RecordOffer, ...], newest first."""


@dataclass(frozen=True, slots=True)
class DutyDone:
    """Who has done a duty today and who has not, in the units that the reader heads; found as DutyState, None elsewhere."""

    duty: str


@dataclass(frozen=True, slots=True)
class OrganisationTree:
    """Units with their seats, so many levels from the unit `at` (public id; empty: from the top); found as Chart."""

    at: str = ""
    levels: int = 3
    people: bool = True


@dataclass(frozen=True, slots=True)
class OwnUnits:
    """The units in which the reader holds a seat, with all their seats; found as tuple[OwnUnit, ...]."""


@dataclass(frozen=True, slots=True)
class RecordOwners:
    """The units that owned the scene's record, day by day; found as tuple[OwnedSpan, ...], newest first."""


@dataclass(frozen=True, slots=True)
class CommentThread:
    """The comments on the scene's record before the one of a public id (empty: the newest); found as Thread."""

    before: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class InboxItems:
    """What waits for the reader, of one kind or of all, so many; found as InboxShown."""

    kind: str = ""
    limit: int = 8


@dataclass(frozen=True, slots=True)
class DecisionChain:
    """A decision-chain map by name; found as MapView."""

    name: str


@dataclass(frozen=True, slots=True)
class EventEffect:
    """What an event did to a metric against its baseline; found as Effect."""

    request: EffectRequest


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step with the scene's record by a knowledge graph; found as NextStepView, None where there is no such graph.

    `graph` and `segment` are formulas over the record; what the reader chooses comes before the segment of the record.
    """

    graph: Formula
    segment: Formula | None = None
    chosen: str = ""
    heard: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


Need = (
    Rows
    | ManyRows
    | RowsBeside
    | Freshness
    | ColumnTotals
    | GroupedRows
    | Aggregates
    | FieldHistory
    | AttachmentList
    | TransitionOffers
    | FieldRights
    | RecordFlows
    | FlowStarts
    | OrganisationTree
    | OwnUnits
    | RecordOwners
    | CommentThread
    | InboxItems
    | RecordsWritten
    | DutyDone
    | DecisionChain
    | EventEffect
    | NextStep
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A transition as offered to the reader; `reason` says why it cannot be taken now."""

    transition: Transition
    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordOffer:
    """A record, or a field of one, that a field may point at; `value` is what is stored then."""

    value: str
    record: Record
    field: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DutyState:
    """How a duty stands today: how many have written, the names of those who have not by unit; `rests` on a day off."""

    written: int
    missing: tuple[tuple[str, tuple[str, ...]], ...]
    rests: bool = False


@dataclass(frozen=True, slots=True)
class OwnedSpan:
    """A unit owned the scene's record from a day until before another; without an end it does today. "" is no unit."""

    unit: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is found where a page looks at the past and a need has only a present: the widget is not shown."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """What is found instead of groups where a widget needs all of them and there are too many."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What is found instead of an answer when a need failed: the widget shows its error or no-permission state."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PersonName:
    """A user or unit by id, as shown beside records."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sub-table on a form: the number in the names of its inputs, and whether it travels with the form because
    it was entered.
    """

    record: Record
    number: int
    entered: bool


@dataclass(frozen=True, slots=True)
class CardLine:
    """A part of a business card that a field takes: how it reads, what stands there, why it cannot be taken."""

    part: str
    label: str
    shown: str
    current: str = ""
    same: bool = False
    problem: str = ""
    left: str = ""
    """What is to be done after it was taken."""

    @property
    def takeable(self) -> bool:
        return not self.same and not self.problem

    @property
    def taken(self) -> bool:
        """Whether it is ticked from the beginning: only where nothing stands."""
        return self.takeable and not self.current


@dataclass(frozen=True, slots=True)
class CardFilling:
    """A business card on a form: its text, what was read of it when that was `asked`, and its photo as a data address."""

    text: str = ""
    asked: bool = False
    lines: tuple[CardLine, ...] = ()
    rest: tuple[str, ...] = ()
    photo: str = ""


@dataclass(frozen=True, slots=True)
class FormFilling:
    """A form being filled: raw texts by field, problems by field, and the version that was read."""

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    problems: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    version: int | None = None
    key: str = ""
    action: str = ""
    is_new: bool = True
    choices: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: MappingProxyType({}))
    """For relation, user and unit fields: (id, title) of the rows that a page without JavaScript offers."""
    children: Mapping[str, tuple[Line, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Rows of each sub-table, by collection."""
    opened: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The place of the first line that is entered, for sub-tables too long to be entered at once."""
    module: str | None = None
    """URL of the JavaScript module with the entity's live formulas."""
    preview: str | None = None
    """URL that tells live what the browser cannot compute; None when there is nothing of the kind."""
    step: str = ""
    """The step of the form that is shown, by its id."""
    told: tuple[str, ...] = ()
    """Fields that a new form has filled in by itself: they follow what else is entered until somebody writes there."""
    card: CardFilling | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a widget is shown: the model, the reader, the page, the record, the address's parameters.

    `readable` and `allowed` hold, per entity, the fields the reader may ever name and the actions they may ever do,
    `writable` the fields that they may ever write by hand. `kept` are the saved views of a list page.
    `filters` are what the page is narrowed to: 'period' maps to a Period, a dimension to its ChosenDimension.
    `people` names the users and units that stand in the found records. `fresh` tells of entities that sources fill how
    fresh their rows are.
    """

    model: AppModel
    language: str
    zone: str
    now: datetime
    roles: frozenset[str]
    user_id: int
    readable: Mapping[str, frozenset[str]]
    allowed: Mapping[str, frozenset[Action]]
    writable: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    page: Page | None = None
    form: Form | None = None
    entity: Entity | None = None
    record: Record | None = None
    filling: FormFilling | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    filters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    rights: Mapping[str, FieldRight] = field(default_factory=lambda: MappingProxyType({}))
    units: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    people: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    path: str = ""
    kept: Kept = NONE_KEPT
    design: bool = False
    fresh: Mapping[str, SourceStamp | None] = field(default_factory=lambda: MappingProxyType({}))
    _found: dict[tuple[str, tuple[str, ...]], Field | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def today(self) -> date:
        """The day in the reader's zone."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def day_of(self, value: object) -> date | None:
        """The day of a date or an instant in the reader's zone; None for what is neither."""
        if isinstance(value, datetime):
            return value.astimezone(ZoneInfo(self.zone)).date()
        return value if isinstance(value, date) else None

    def words(self, label: Label) -> str:
        return label.text(self.language)

    def readable_field(self, entity: str, path: tuple[str, ...]) -> Field | None:
        """The field at `path`, or None when it does not exist or the reader may never read a step of it."""
        asked = entity, path
        if asked not in self._found:
            self._found[asked] = self._readable_field(entity, path)
        return self._found[asked]

    def _readable_field(self, entity: str, path: tuple[str, ...]) -> Field | None:
        current = entity
        for index, name in enumerate(path):
            if name not in self.readable.get(current, frozenset()):
                return None
            found = self.model.entities[current].fields.get(name)
            if found is None or index == len(path) - 1:
                return found
            if found.relation is None:
                return None
            current = found.relation.entity
        return None


class WidgetModule(Protocol):
    """The Python half of a widget's folder (query.py)."""

    def needs(self, item: Item, scene: Scene) -> Mapping[str, Need]: ...

    def view(self, item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]: ...
