"""Statements: sqlglot trees rendered once per dialect, with values only as named parameters, cached by shape."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import ClassVar, Literal, TypeVar, cast
from weakref import WeakSet

from sqlglot import exp

Dialect = Literal["sqlite", "postgres"]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Statement:
    """A rendered statement; `parameters` are the names it binds. The only thing a session takes: nobody passes SQL text."""

    sql: str
    parameters: tuple[str, ...]
    dialect: Dialect


def compile_statement(tree: exp.Expr, dialect: Dialect) -> Statement:
    """Render a tree whose values are `exp.Placeholder(this=name)`; every identifier is quoted."""
    return use_up(tree.copy(), dialect)


def use_up(tree: exp.Expr, dialect: Dialect) -> Statement:
    """The same of a tree that nobody needs any more: rendering changes what it renders, and a copy costs as much again."""
    names = tuple(dict.fromkeys(str(one.this) for one in tree.find_all(exp.Placeholder)))
    if dialect == "sqlite":
        return Statement(tree.sql(dialect="sqlite", identify=True, copy=False), names, dialect)
    sql = tree.transform(_psycopg_names, copy=False).sql(dialect="postgres", identify=True, copy=False)
    return Statement(_with_pyformat(sql), names, dialect)


_MARK = "\ue000"
_END = "\ue001"


def _psycopg_names(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Placeholder):
        return exp.Var(this=f"{_MARK}{node.this}{_END}")
    return node


def _with_pyformat(sql: str) -> str:
    """Percent signs of the text doubled, marked names as psycopg's named parameters."""
    return sql.replace("%", "%%").replace(_MARK, "%(").replace(_END, ")s")


class StatementCache:
    """Compiled statements by shape, at most `size`; the least recently used half is forgotten when it is full.

    Safe to share between threads. What was used of late is found without a lock: one look into a dictionary.
    """

    _every: ClassVar[WeakSet[StatementCache]] = WeakSet()

    def __init__(self, size: int = 4096) -> None:
        self._every.add(self)
        self._half = max(1, size // 2)
        self._recent: dict[Hashable, object] = {}
        self._older: dict[Hashable, object] = {}
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    @classmethod
    def forget_everywhere(cls) -> None:
        """Every cache of the process is empty afterwards."""
        for one in tuple(cls._every):
            with one._lock:
                one._recent, one._older = {}, {}

    def get(self, shape: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for `shape`, made now if it was not."""
        found = self._recent.get(shape, _ABSENT)
        if found is _ABSENT:
            return self._brought(shape, make)
        self.hits += 1
        return cast(Made, found)

    def _brought(self, shape: Hashable, make: Callable[[], Made]) -> Made:
        """What was used before of late, or is made now, among the recent."""
        found = self._older.get(shape, _ABSENT)
        if found is _ABSENT:
            self.misses += 1
            found = make()
        else:
            self.hits += 1
        with self._lock:
            if len(self._recent) >= self._half:
                self._recent, self._older = {}, self._recent
            self._recent[shape] = found
        return cast(Made, found)


_ABSENT = object()
