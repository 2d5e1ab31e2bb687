"""Reading logs: what a pass asked of all that surrounds its documents, and what it was answered.

A pass sees its surroundings through tables that write down every question. While each would be answered as it was, the
pass would give what it gave.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar, cast

from engine.dsl.document import Document
from engine.dsl.part import PassContext

Key = TypeVar("Key")
Value = TypeVar("Value")
_Tables = Mapping[object, object]
_DOCUMENTS = "documents"
_ALL = object()
"""Stands for the name where a table was asked for all that it holds."""


@dataclass(slots=True)
class ReadingLog:
    """Answers by table, kind of document (empty for other tables) and name."""

    answers: dict[tuple[str, str, object], object] = field(default_factory=dict)

    def holds(self, context: PassContext) -> bool:
        """Would a context answer everything as it was answered?"""
        return all(
            _is(_answer(context, table, kind, name), answer) for (table, kind, name), answer in self.answers.items()
        )


def _answer(context: PassContext, table: str, kind: str, name: object) -> object:
    found = _table(context, table, kind)
    return found if name is _ALL else found.get(name)


def _table(context: PassContext, table: str, kind: str) -> _Tables:
    if table == _DOCUMENTS:
        return cast(_Tables, context.symbols.documents.get(kind, {}))
    holder = context.symbols if table in {"entities", "states"} else context
    return cast(_Tables, getattr(holder, table))


def _is(now: object, before: object) -> bool:
    """Whether two answers are one; of tables also the order counts, for words list what there is."""
    if now is before:
        return True
    if isinstance(now, Mapping) and isinstance(before, Mapping):
        return now == before and tuple(now) == tuple(before)
    return now == before


class _Noted(Mapping[Key, Value], Generic[Key, Value]):
    """A table that writes down what it is asked, by whichever way of asking: all lead to these methods."""

    __slots__ = ("_answers", "_inner", "_kind", "_table")

    def __init__(self, inner: Mapping[Key, Value], log: ReadingLog, table: str, kind: str = "") -> None:
        self._inner, self._answers, self._table, self._kind = inner, log.answers, table, kind

    def _whole(self) -> Mapping[Key, Value]:
        self._answers[self._table, self._kind, _ALL] = self._inner
        return self._inner

    def __getitem__(self, name: Key) -> Value:
        found = self._answers[self._table, self._kind, name] = self._inner.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def keys(self) -> KeysView[Key]:
        return self._whole().keys()

    def values(self) -> ValuesView[Value]:
        return self._whole().values()

    def items(self) -> ItemsView[Key, Value]:
        return self._whole().items()


class _Kinds(Mapping[str, Mapping[str, Document]]):
    """The documents of every kind; those of a kind are noted when they are asked for."""

    __slots__ = ("_inner", "_log")

    def __init__(self, inner: Mapping[str, Mapping[str, Document]], log: ReadingLog) -> None:
        self._inner, self._log = inner, log

    def __getitem__(self, kind: str) -> Mapping[str, Document]:
        return _Noted(self._inner.get(kind, {}), self._log, _DOCUMENTS, kind)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a pass asks for the kinds that it reads")

    def __len__(self) -> int:
        raise TypeError("a pass asks for the kinds that it reads")


class _Sound(_Noted[str, tuple[Document, ...]]):
    """The sound documents by kind: a pass's own, which are compared by whoever gave them, and those around, which are noted."""

    __slots__ = ("_own",)

    def __init__(
        self, own: Mapping[str, tuple[Document, ...]], around: Mapping[str, tuple[Document, ...]], log: ReadingLog
    ) -> None:
        super().__init__(around, log, "sound")
        self._own = own

    def __getitem__(self, kind: str) -> tuple[Document, ...]:
        return self._own[kind] if kind in self._own else super().__getitem__(kind)


def noted(own: PassContext, around: Mapping[str, tuple[Document, ...]], log: ReadingLog) -> PassContext:
    """A pass's context whose questions `log` gets: `own.sound` holds its own documents, `around` the sound ones of all kinds."""
    symbols = own.symbols
    return replace(
        own,
        symbols=replace(
            symbols,
            documents=_Kinds(symbols.documents, log),
            entities=_Noted(symbols.entities, log, "entities"),
            states=_Noted(symbols.states, log, "states"),
        ),
        sound=_Sound(own.sound, around, log),
        uses=_Noted(own.uses, log, "uses"),
        formulas=_Noted(own.formulas, log, "formulas"),
        languages=_Noted(own.languages, log, "languages"),
    )
