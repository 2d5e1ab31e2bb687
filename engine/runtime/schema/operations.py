"""Operations: what a migration does, one small value an act, each with words for people and its reverse."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from engine.diagnostics import Message
from engine.runtime.identifiers import encode_id
from engine.runtime.schema.tables import Column, ForeignKey, Index, NameChange, NamedColumn, NameWay, Table

TOMBSTONE, UNDONE = "_gone_", "_undone_"
_KEPT = 36


def tombstone_name(name: str, stamp: str, prefix: str = TOMBSTONE) -> str:
    """The name of what is retired: at most 63 bytes (PostgreSQL cuts longer ones), apart for every migration `stamp`."""
    short = name
    if len(name) > _KEPT + 4:
        short = name[:_KEPT] + hashlib.sha256(name.encode()).hexdigest()[:4]
    return f"{prefix}{short}_{encode_id(int(stamp)).lower()}"


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A new table with all its indexes."""

    table: Table
    destructive = False

    def describe(self) -> Message:
        return Message(f"新建表 {self.table.name}", f"Create table {self.table.name}")

    def reverse(self, stamp: str) -> Operation:
        return BuryTable(self.table, tombstone_name(self.table.name, stamp, UNDONE))


@dataclass(frozen=True, slots=True)
class BuryTable:
    """A table that is declared no more: renamed to its tombstone, with all rows."""

    table: Table
    tombstone: str

    @property
    def destructive(self) -> bool:
        """Tokens and roll-ups are made from rows that stay."""
        return not (self.table.full_text or self.table.derived)

    def describe(self) -> Message:
        return Message(
            f"停用表 {self.table.name}(数据保留为 {self.tombstone}，可恢复)",
            f"Retire table {self.table.name} (its data stays as {self.tombstone} and can be brought back)",
        )

    def reverse(self, stamp: str) -> Operation:
        return ReviveTable(self.table, self.tombstone)


@dataclass(frozen=True, slots=True)
class ReviveTable:
    """A table brought back from its tombstone."""

    table: Table
    tombstone: str
    destructive = False

    def describe(self) -> Message:
        return Message(f"恢复表 {self.table.name}", f"Bring back table {self.table.name}")

    def reverse(self, stamp: str) -> Operation:
        return BuryTable(self.table, self.tombstone)


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table under a new name."""

    old: str
    new: str
    destructive = False

    def describe(self) -> Message:
        return Message(f"表 {self.old} 改名为 {self.new}", f"Rename table {self.old} to {self.new}")

    def reverse(self, stamp: str) -> Operation:
        return RenameTable(self.new, self.old)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new, empty column."""

    table: str
    column: Column
    foreign_key: ForeignKey | None = None
    destructive = False

    def describe(self) -> Message:
        return Message(f"表 {self.table} 增加列 {self.column.name}", f"Add column {self.table}.{self.column.name}")

    def reverse(self, stamp: str) -> Operation:
        return BuryColumn(self.table, self.column, tombstone_name(self.column.name, stamp, UNDONE))


@dataclass(frozen=True, slots=True)
class BuryColumn:
    """A column that is declared no more: renamed to its tombstone, with all values."""

    table: str
    column: Column
    tombstone: str
    destructive = True

    def describe(self) -> Message:
        return Message(
            f"停用列 {self.table}.{self.column.name}(数据保留为 {self.tombstone}，可恢复)",
            f"Retire column {self.table}.{self.column.name} (its data stays as {self.tombstone} and can be brought back)",
        )

    def reverse(self, stamp: str) -> Operation:
        return ReviveColumn(self.table, self.column, self.tombstone)


@dataclass(frozen=True, slots=True)
class ReviveColumn:
    """A column brought back from its tombstone."""

    table: str
    column: Column
    tombstone: str
    destructive = False

    def describe(self) -> Message:
        return Message(f"恢复列 {self.table}.{self.column.name}", f"Bring back column {self.table}.{self.column.name}")

    def reverse(self, stamp: str) -> Operation:
        return BuryColumn(self.table, self.column, self.tombstone)


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """A column under a new name."""

    table: str
    old: str
    new: str
    destructive = False

    def describe(self) -> Message:
        return Message(
            f"列 {self.table}.{self.old} 改名为 {self.new}", f"Rename column {self.table}.{self.old} to {self.new}"
        )

    def reverse(self, stamp: str) -> Operation:
        return RenameColumn(self.table, self.new, self.old)


@dataclass(frozen=True, slots=True)
class ChangeColumn:
    """A column of another kind or scale: the old one is buried with its values, the new one filled by exact conversion.

    What cannot be converted exactly is left empty; the old values stay in the tombstone.
    """

    table: str
    old: Column
    new: Column
    tombstone: str
    destructive = True

    def describe(self) -> Message:
        return Message(
            f"列 {self.table}.{self.old.name} 改变类型(原值保留为 {self.tombstone})",
            f"Change the type of column {self.table}.{self.old.name} (old values stay as {self.tombstone})",
        )

    def reverse(self, stamp: str) -> Operation:
        return RestoreColumn(
            self.table, self.old, self.new, self.tombstone, tombstone_name(self.new.name, stamp, UNDONE)
        )


@dataclass(frozen=True, slots=True)
class RestoreColumn:
    """The old kind of a column with its old values, in the place of the new one, which is retired."""

    table: str
    old: Column
    new: Column
    tombstone: str
    retired: str
    destructive = True

    def describe(self) -> Message:
        return Message(
            f"恢复列 {self.table}.{self.old.name} 的原类型",
            f"Restore the old type of column {self.table}.{self.old.name}",
        )

    def reverse(self, stamp: str) -> Operation:
        return RestoreColumn(self.table, self.new, self.old, self.retired, self.tombstone)


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """A column that may be empty from now on, or may be so no more."""

    table: str
    old: Column
    new: Column
    destructive = False

    def describe(self) -> Message:
        zh, en = ("可以为空", "may be empty") if self.new.nullable else ("不可为空", "may not be empty")
        name = f"{self.table}.{self.new.name}"
        return Message(f"列 {name} {zh}", f"Column {name} {en} from now on")

    def reverse(self, stamp: str) -> Operation:
        return AlterColumn(self.table, self.new, self.old)


@dataclass(frozen=True, slots=True)
class AddForeignKey:
    """A column that points at rows of a table; every value must point at one."""

    table: str
    key: ForeignKey
    destructive = False

    def describe(self) -> Message:
        return Message(
            f"列 {self.table}.{self.key.column} 引用 {self.key.table}",
            f"Column {self.table}.{self.key.column} refers to {self.key.table}",
        )

    def reverse(self, stamp: str) -> Operation:
        return DropForeignKey(self.table, self.key)


@dataclass(frozen=True, slots=True)
class DropForeignKey:
    """A column that points at rows of a table no more; its values stay."""

    table: str
    key: ForeignKey
    destructive = False

    def describe(self) -> Message:
        return Message(
            f"列 {self.table}.{self.key.column} 不再引用 {self.key.table}",
            f"Column {self.table}.{self.key.column} refers to {self.key.table} no more",
        )

    def reverse(self, stamp: str) -> Operation:
        return AddForeignKey(self.table, self.key)


@dataclass(frozen=True, slots=True)
class AddIndex:
    """A new index."""

    table: str
    index: Index
    destructive = False

    def describe(self) -> Message:
        return Message(
            f"表 {self.table} 增加索引({'、'.join(self.index.columns)})",
            f"Add index on {self.table} ({', '.join(self.index.columns)})",
        )

    def reverse(self, stamp: str) -> Operation:
        return DropIndex(self.table, self.index)


@dataclass(frozen=True, slots=True)
class DropIndex:
    """An index that nothing needs any more; no data is lost."""

    table: str
    index: Index
    destructive = False

    def describe(self) -> Message:
        return Message(
            f"表 {self.table} 删除索引({'、'.join(self.index.columns)})",
            f"Drop index on {self.table} ({', '.join(self.index.columns)})",
        )

    def reverse(self, stamp: str) -> Operation:
        return AddIndex(self.table, self.index)


@dataclass(frozen=True, slots=True)
class MoveSealed:
    """Values that move into envelopes, out of them, or between them, or get another form in them, of the rows of a table and of what is kept of them. Names
    stand with commas between; the columns of those that are sealed go for good."""

    table: str
    sealed: str
    opened: str
    moved: str
    destructive = True

    def describe(self) -> Message:
        zh = [
            f"{words}{names}"
            for words, names in (("密封 ", self.sealed), ("解封 ", self.opened), ("改写 ", self.moved))
            if names
        ]
        en = [
            f"{words} {names}"
            for words, names in (("seal", self.sealed), ("unseal", self.opened), ("rewrite", self.moved))
            if names
        ]
        return Message(
            f"{self.table}：{'；'.join(zh)}（逐行重写记录与历史版本，明文从数据库文件中清除；迁移不能撤销，此前的备份里仍是原样）",
            f"{self.table}: {'; '.join(en)} (rewrites every row and version, and clears the plain values out of the database's files; "
            "the migration cannot be reverted, and backups made before still hold what they held)",
        )

    def reverse(self, stamp: str) -> Operation:
        return MoveSealed(self.table, self.opened, self.sealed, self.moved)


@dataclass(frozen=True, slots=True)
class CarryName:
    """Stored values that follow something to its new name; the rest as in NamedColumn."""

    table: str
    column: str
    way: str
    key: str
    at_column: str
    at: str
    old: str
    new: str
    destructive = False

    @property
    def change(self) -> NameChange:
        where = NamedColumn(self.table, self.column, NameWay(self.way), self.key, self.at_column, self.at)
        return NameChange(where, self.old, self.new)

    def describe(self) -> Message:
        if self.way == NameWay.FORGOTTEN:
            return Message(f"{self.at} 的汇总重新计算", f"Work out the roll-ups of {self.at} anew")
        return Message(
            f"{self.table}.{self.column} 里的 {self.old} 改称 {self.new}",
            f"{self.old} in {self.table}.{self.column} is called {self.new}",
        )

    def reverse(self, stamp: str) -> Operation:
        return replace(self, old=self.new, new=self.old)


Operation = (
    CarryName
    | MoveSealed
    | CreateTable
    | BuryTable
    | ReviveTable
    | RenameTable
    | AddColumn
    | BuryColumn
    | ReviveColumn
    | RenameColumn
    | ChangeColumn
    | RestoreColumn
    | AlterColumn
    | AddForeignKey
    | DropForeignKey
    | AddIndex
    | DropIndex
)
