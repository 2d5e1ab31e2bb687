"""Tables as values: what a model and the kernel declare, and what is recorded of the live database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from engine.model.names import empty_map
from engine.runtime.database.protocol import Session


class PhysicalKind(StrEnum):
    """The column types of the product; see engine.runtime.database for how each is stored."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `scale` is the decimal scale of a scaled integer, so that a change of scale is seen.

    `default` is what rows that stand already get when the column is added (a number, a text, true or false); it is no
    default of later inserts, which name every column.
    """

    name: str
    kind: PhysicalKind
    nullable: bool = True
    scale: int = 0
    default: int | str | bool | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`column` points at `table.id`; what deleting the target does is the record services' business, never the database's."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns; `unique` ones may count living rows only (`living`: deleted_at is null).

    `but`, a column and texts, leaves out the rows in which it holds one of them, or nothing.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    living: bool = False
    but: tuple[str, ...] = ()

    @property
    def read(self) -> frozenset[str]:
        """The columns that it is made of, and the one that decides which rows it holds."""
        return frozenset((*self.columns, *self.but[:1]))


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `full_text` marks one of search tokens, which each database has its own way for.

    `derived` rows are made from others that stay: retiring the table loses nothing. `sealed` are fields that lie within the
    text of another column, each with that column and the form it has there.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ("id",)
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    full_text: bool = False
    derived: bool = False
    sealed: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


class NameWay(StrEnum):
    """How a column holds names: as its whole text, at the beginning of it before a colon, in a JSON list, as keys of a JSON
    map, as the value of one key, or among the values of one parameter of a list. What is made of rows that hold them is
    forgotten, and made anew."""

    VALUE = "value"
    PREFIX = "prefix"
    LISTED = "listed"
    KEY = "key"
    CELL = "cell"
    ASKED = "asked"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """A column that holds names. `key` is the key or parameter of the ways that have one; only rows count whose `at_column`
    is `at`, where these are given."""

    table: str
    column: str
    way: NameWay = NameWay.VALUE
    key: str = ""
    at_column: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class NameChange:
    """Values of a column that are called otherwise."""

    where: NamedColumn
    old: str
    new: str


class Sealer(Protocol):
    """Moves values of a table's rows, and of what is kept of them, as its declaration says where they lie."""

    def move(self, session: Session, table: str, sealed: Sequence[str], opened: Sequence[str]) -> None:
        """Let the rows of a table hold what they hold as they are declared to: `sealed` fields stand in columns of their own
        still, `opened` ones get their values there."""
        ...


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables by name, and the renames that the definitions declare: old name to new, (table, old column) to new, and
    those of stored values. `sealer` moves values into and out of the columns that they lie within."""

    tables: Mapping[str, Table]
    table_renames: Mapping[str, str] = field(default_factory=empty_map)
    column_renames: Mapping[tuple[str, str], str] = field(default_factory=empty_map)
    name_changes: tuple[NameChange, ...] = ()
    sealer: Sealer | None = field(default=None, compare=False)

    @property
    def applied(self) -> tuple[Mapping[str, Table], tuple[NameChange, ...]]:
        """What is recorded of it once it is applied."""
        return self.tables, self.name_changes


def schema_of(tables: Iterable[Table]) -> Schema:
    """A schema of tables; two of one name are a mistake of ours."""
    by_name: dict[str, Table] = {}
    for table in tables:
        if table.name in by_name:
            raise ValueError(f"table {table.name} is declared twice")
        by_name[table.name] = table
    return Schema(by_name)


def renamed_column(table: Table, old: str, new: str) -> Table:
    """The table with a column, and its place in indexes and keys, under another name."""

    def name(one: str) -> str:
        return new if one == old else one

    return replace(
        table,
        columns=tuple(replace(one, name=name(one.name)) for one in table.columns),
        primary_key=tuple(name(one) for one in table.primary_key),
        foreign_keys=tuple(replace(key, column=name(key.column)) for key in table.foreign_keys),
        indexes=tuple(_over(index, name) for index in table.indexes),
    )


def _over(index: Index, name: Callable[[str], str]) -> Index:
    """The index over columns of other names."""
    but = (*map(name, index.but[:1]), *index.but[1:])
    return replace(index, columns=tuple(map(name, index.columns)), but=but)


def index_from_dict(data: Mapping[str, object]) -> Index:
    """The index that was written as data, by earlier releases without what it leaves out."""
    given: dict[str, Any] = {**data, "columns": _texts(data["columns"]), "but": _texts(data.get("but"))}
    return Index(**given)


def pointing(table: Table, renames: Mapping[str, str]) -> Table:
    """The table with its foreign keys at tables under their new names."""
    keys = tuple(replace(key, table=renames.get(key.table, key.table)) for key in table.foreign_keys)
    return replace(table, foreign_keys=keys)


def table_as_dict(table: Table) -> dict[str, object]:
    """The table as data; that it is not `derived`, and an index without a `but`, say nothing of it, as before there was any."""
    indexes = tuple(
        {name: value for name, value in asdict(one).items() if name != "but" or value} for one in table.indexes
    )
    unsaid = {"derived", "sealed"}
    said = {name: value for name, value in asdict(table).items() if name not in unsaid or value}
    return said | {"indexes": indexes}


def table_from_dict(data: Mapping[str, object]) -> Table:
    """The table that `table_as_dict` wrote."""
    columns = [Column(**{**one, "kind": PhysicalKind(one["kind"])}) for one in _maps(data["columns"])]
    return Table(
        name=str(data["name"]),
        columns=tuple(columns),
        primary_key=_texts(data["primary_key"]),
        foreign_keys=tuple(ForeignKey(**one) for one in _maps(data["foreign_keys"])),
        indexes=tuple(index_from_dict(one) for one in _maps(data["indexes"])),
        full_text=bool(data["full_text"]),
        derived=bool(data.get("derived", False)),
        sealed=tuple((str(field), str(column)) for field, column in data.get("sealed", ())),  # type: ignore[attr-defined]
    )


def _maps(value: object) -> list[dict[str, Any]]:
    return [dict(one) for one in value] if isinstance(value, list | tuple) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
