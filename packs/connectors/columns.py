"""Columns of objects, as a connector lists them."""

from __future__ import annotations

from engine.extensions import ColumnKind, SourceColumn
from engine.model.names import Label


def column(name: str, zh: str, en: str, kind: ColumnKind = "text", level: str = "G1") -> SourceColumn:
    """A column with its names in both languages, what its cells are, and the level of what they tell."""
    return SourceColumn(name, Label({"zh": zh, "en": en}), kind, level)
