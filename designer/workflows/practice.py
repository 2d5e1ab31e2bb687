"""Where definitions are tried that the database does not know yet: a place of their own in another process, with nothing in it.

What is asked for there is worked out while whoever asked goes on; the same question about the same draft is answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from designer.workflows.trying import Wish
from engine.diagnostics import Message
from engine.model.context import Context

Part = tuple[str, str, str]
"""A workflow, a part of it, and how it went: taken (a transition), entered, taken (a branch), rejected."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Which parts of workflows app tests walk: part to the names of the tests; and the tests that failed."""

    parts: Mapping[Part, tuple[str, ...]]
    tests: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that compiles: the fingerprint of its model, the folders of the packs, what stands for files' contents, and
    where its database may stand."""

    fingerprint: str
    folders: tuple[Path, ...]
    unsaved: Mapping[Path, bytes | None]
    place: Path = Path()


@dataclass(frozen=True, slots=True)
class Trial:
    """A workflow tried on values: its file, by whom and when, in which language it is told."""

    file: str
    wish: Wish
    context: Context


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an answer is: the answer once it is there, or why there is none."""

    done: int = 0
    total: int = 0
    answer: object = None
    refusal: Message | None = None

    @property
    def ended(self) -> bool:
        return self.answer is not None or self.refusal is not None


class Practice(Protocol):
    """Works such answers out; the installation has it."""

    def tried(self, draft: Drafted, trial: Trial) -> Standing:
        """What a workflow comes to, as JSON; begun when it is asked for first."""

    def walked(self, draft: Drafted, entity: str) -> Standing:
        """What the app tests about an entity walk, each run by itself: a `Walked`."""
