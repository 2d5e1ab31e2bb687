"""Objects and their columns, as a connector lists them."""

from __future__ import annotations

from engine.extensions import ColumnKind, SourceColumn, SourceObject
from engine.model.names import Label


def column(name: str, zh: str, en: str, kind: ColumnKind = "text", level: str = "G1") -> SourceColumn:
    """A column with its names in both languages, what its cells are, and the level of what they tell."""
    return SourceColumn(name, Label({"zh": zh, "en": en}), kind, level)


def changing(name: str, zh: str, en: str, *columns: SourceColumn) -> SourceObject:
    """An object that is asked for by what changed since: its first column tells rows apart, its last when a row changed."""
    return SourceObject(name, Label({"zh": zh, "en": en}), columns, (columns[0].name,), columns[-1].name)
