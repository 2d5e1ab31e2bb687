"""Names and labels: what every named thing of a definition has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"
_NAME = re.compile(NAME_PATTERN.removesuffix("$"))

BUILT_IN_FIELDS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "scope_unit")
"""Fields that every entity has; a definition may read them and may not declare them."""


def empty_map() -> Mapping[Any, Any]:
    """An empty mapping that nobody can fill: the default of frozen values."""
    return MappingProxyType({})


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Label:
    """What people read, by language; the first language of the pack is the fallback."""

    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, language: str) -> str:
        found = self.texts.get(language.split("-", 1)[0] if "-" in language else language)
        return next(iter(self.texts.values()), "") if found is None else found


NO_LABEL = Label()


@dataclass(frozen=True, slots=True, order=True)
class ResourceName:
    """The identity of one resource: kind (= folder) and name (= file name), unique over all installed packs."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a definition stands, for explainers: pack, file relative to the packs folder, line."""

    pack: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
