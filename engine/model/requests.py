"""What callers ask of the record services, and what they get back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from engine.model.entities import Field
from engine.model.formula import Formula

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter: operator is one of eq ne lt le gt ge in not_in contains starts_with empty not_empty between under near within.

    `value` is a Python value of the field's type (a tuple for in, not_in, between); `under` means the unit's subtree;
    the value of near and within is an Area.
    """

    path: Path
    operator: str
    value: object = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one of the conditions is."""

    conditions: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when all of the conditions are."""

    conditions: tuple[Filter, ...] = ()


Filter = Condition | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by a path, or by a definition's own formula; empty values come first ascending and last descending, in both
    databases."""

    path: Path
    descending: bool = False
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """Rows of one entity. `columns` are paths; `formula_filter` is a definition's own condition; `cursor` continues a page.

    `deleted` asks for soft-deleted rows instead of living ones.
    """

    entity: str
    columns: tuple[Path, ...]
    where: Filter = AllOf()
    formula_filter: Formula | None = None
    sort: tuple[Sort, ...] = ()
    search: str = ""
    limit: int = 50
    cursor: str | None = None
    count: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class AggregateRequest:
    """Metrics split by dimensions. `buckets` maps the time dimension to day, week, month, quarter or year."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    since: object = None
    until: object = None
    bucket: str | None = None
    sort: tuple[str, bool] | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """A row as its reader may see it: cells that may not be read are absent, masked cells are in `masked`.

    `cells` maps a dotted path to its value; a relation's cell is the id, its title is at `<path>.@title`.
    """

    entity: str
    id: int
    version: int
    cells: Mapping[str, object]
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Part of a list. `total` is None unless asked for, and capped: `total_capped` says '10,000+'."""

    records: tuple[Record, ...]
    next_cursor: str | None = None
    total: int | None = None
    total_capped: bool = False


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """One group: dimension values in the request's order (with titles for references), metric values by name."""

    keys: tuple[object, ...]
    titles: tuple[str | None, ...]
    values: Mapping[str, object]


class Change(NamedTuple):
    """Every write: the row before and after (physical field values by name; None when it did not or does not exist).

    `lived` and `lives` say whether it was and is a living row: a deleted one has values too.
    `base` is the version that the writer had read, when the row had moved on since; `move` the transition that was taken.
    `cause` is what had it written: a flow, a form, a job.
    """

    entity: str
    id: int
    version: int
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    changed: tuple[str, ...]
    at: datetime
    action: str
    lived: bool
    lives: bool
    base: int | None = None
    move: str = ""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class TheirChange:
    """What somebody else changed since a version was read: the field as it was then and as it stands now.

    `path` is the field, or `lines.2.price` for the third row of a part that was written; titles name rows pointed at.
    """

    path: str
    declared: Field
    base: object
    theirs: object
    actor: str
    at: datetime | None
    base_title: str | None = None
    theirs_title: str | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """A change of somebody else's that a write cannot stand beside.

    `version` is the one that the row stands at. `written` is False for a field that the writer left alone and that decides about what they wrote. `gone` says who
    deleted the row that the other one changed: yours or theirs.
    """

    change: TheirChange
    yours: object
    version: int
    written: bool = True
    gone: str = ""
    yours_title: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did: the row's id and version; `replayed` when an idempotency key had done it before.

    `merged` are changes of others since the version that the writer had read; they stay. `written` is False when nothing
    was left to write.
    """

    entity: str
    id: int
    version: int
    replayed: bool = False
    warnings: tuple[str, ...] = ()
    merged: tuple[TheirChange, ...] = ()
    written: bool = True
