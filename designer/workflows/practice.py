"""Where definitions are tried that the database does not know yet: a place of their own, with nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from engine.model.app import AppModel
from engine.runtime.work import Workplace

Part = tuple[str, str, str]
"""A workflow, a part of it, and how it went: taken (a transition), entered, taken (a branch), rejected."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Which parts of workflows app tests walk: part to the names of the tests; and the tests that failed."""

    parts: Mapping[Part, tuple[str, ...]]
    tests: tuple[str, ...]
    failed: tuple[str, ...]


class Practice(Protocol):
    """Gives such places; the installation has it."""

    def place(self, model: AppModel) -> AbstractContextManager[Workplace]:
        """An empty database of a model, gone afterwards."""

    def walked(self, model: AppModel, entity: str) -> Walked:
        """What the app tests about an entity walk, each run by itself."""
