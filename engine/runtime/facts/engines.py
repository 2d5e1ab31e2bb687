"""Fact engines: what one must do to hold a copy, and which are installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from sqlglot import exp

from engine.runtime.database.protocol import Row
from engine.runtime.facts.declared import FactTable

GROUP = "dougong.fact_engines"
"""Entry points of engines, each a class that is made of a folder and a number of megabytes; the extras `facts` and `clickhouse` bring what ours need."""


class EngineFailure(Exception):
    """An engine could not answer, or its copy could not be opened; the database answers in its place."""


class Inexpressible(Exception):
    """A plan needs what an engine has no exact word for; the database answers in its place."""


@dataclass(frozen=True, slots=True)
class FactStatement:
    """A plan as an engine takes it; its values are bound when it runs."""

    tree: exp.Expr
    sql: str
    parameters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table that take the place of those with the ids `gone`; `lines` as `write_lines` wrote them, None for no row."""

    table: FactTable
    gone: Sequence[int]
    lines: Path | None


class FactEngine(Protocol):
    """A copy on this machine. Reads may run on many threads at once, everything else comes from one at a time.

    Every method raises EngineFailure where the engine fails.
    """

    name: str

    def state(self) -> str | None:
        """What was noted with the last rows; None for a new copy."""
        ...

    def begin(self, tables: Sequence[FactTable], state: str) -> None:
        """Forget everything, make these tables, note a state."""
        ...

    def put(self, parts: Sequence[Part], state: str) -> None:
        """Put rows in the place of others, and note the state: all of it or, where the process ends, so that doing it again is right."""
        ...

    def compile(self, tree: exp.Expr, tables: Mapping[str, FactTable]) -> FactStatement:
        """A plan, built as PostgreSQL would take it, in the engine's own words. Raises Inexpressible."""
        ...

    def rows(self, statement: FactStatement, values: Mapping[str, object]) -> list[Row]:
        """The rows of a statement, values as PostgreSQL would give them."""
        ...

    def close(self) -> None: ...


def is_installed(name: str) -> bool:
    """Whether an engine and what it needs can be loaded."""
    try:
        return any(entry.load() for entry in entry_points(group=GROUP) if entry.name == name)
    except ImportError:
        return False


def open_engine(name: str, folder: Path, memory: int) -> FactEngine:
    """An engine with its copy in a folder, loaded now; `memory` are the megabytes that it may take. Raises ImportError where it, or what it needs, is not installed."""
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            engine: FactEngine = entry.load()(folder, memory)
            return engine
    raise ImportError(name)
