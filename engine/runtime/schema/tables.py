"""Tables as values: what a model and the kernel declare, and what is recorded of the live database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from engine.model.names import empty_map


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
    """A column; `scale` is the decimal scale of a scaled integer, so that a change of scale is seen."""

    name: str
    kind: PhysicalKind
    nullable: bool = True
    scale: int = 0


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`column` points at `table.id`; what deleting the target does is the record services' business, never the database's."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns; `unique` ones may count living rows only (`living`: deleted_at is null)."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    living: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `label` and `renamed_from` come from definitions; `search` marks the full-text table, which each database has its own way for."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ("id",)
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    full_text: bool = False

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables by name, and the renames that the definitions declare: old name to new, (table, old column) to new."""

    tables: Mapping[str, Table]
    table_renames: Mapping[str, str] = field(default_factory=empty_map)
    column_renames: Mapping[tuple[str, str], str] = field(default_factory=empty_map)


def schema_of(tables: Iterable[Table]) -> Schema:
    """A schema of tables; two of one name are a mistake of ours."""
    by_name: dict[str, Table] = {}
    for table in tables:
        if table.name in by_name:
            raise ValueError(f"table {table.name} is declared twice")
        by_name[table.name] = table
    return Schema(by_name)


def table_as_dict(table: Table) -> dict[str, object]:
    return asdict(table)


def table_from_dict(data: Mapping[str, object]) -> Table:
    """The table that `table_as_dict` wrote."""
    columns = [Column(**{**one, "kind": PhysicalKind(one["kind"])}) for one in _maps(data["columns"])]
    return Table(
        name=str(data["name"]),
        columns=tuple(columns),
        primary_key=_texts(data["primary_key"]),
        foreign_keys=tuple(ForeignKey(**one) for one in _maps(data["foreign_keys"])),
        indexes=tuple(Index(**{**one, "columns": _texts(one["columns"])}) for one in _maps(data["indexes"])),
        full_text=bool(data["full_text"]),
    )


def _maps(value: object) -> list[dict[str, Any]]:
    return [dict(one) for one in value] if isinstance(value, list | tuple) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
