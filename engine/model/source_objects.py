"""What a source can be asked for: objects with columns, as a connector declares them or the other side tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.model.names import Label, empty_map

SourceKind = Literal[
    "erp", "mes", "plm", "scrm", "crm", "contracts", "service", "wms", "pos", "finance", "shop", "survey", "general"
]
"""The twelve kinds of data that a sales company has, and what is of none of them."""
ColumnKind = Literal["text", "number", "date", "instant", "boolean"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that an object of a source has: its name there, what people call it, what its cells are, and the level of
    what they tell, below which no field should be that takes them."""

    name: str
    label: Label
    kind: ColumnKind = "text"
    level: str = "G1"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """What a connector can read: materials, customers, orders. `key` columns identify a row; `version` orders its states.

    `settings` choose it: without any the setting `object` with its name.
    """

    name: str
    label: Label
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]
    version: str = ""
    settings: Mapping[str, object] = field(default_factory=empty_map)

    def chosen_by(self) -> Mapping[str, object]:
        """The settings that choose it."""
        return self.settings or {"object": self.name}


SECRET_NAME = "^[a-z][a-z0-9_]{0,47}$"
"""The pattern of a setting that names a secret: its value is asked for apart, kept sealed, and never stands in a text."""
