"""Compiled formulas, remembered by what they read: a change elsewhere does not compile them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic, Span
from engine.dsl.formula_types import check_formula
from engine.model.formula import Binding, Environment, Formula, Type

_Lookup = tuple[str, str, str]
_Answer = Binding | Type | None
_Key = tuple[str, bool, Type | None]


class _Recorder:
    """An environment that notes what it was asked and what it answered."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.lookups: dict[_Lookup, _Answer] = {}

    @property
    def rows(self) -> bool:
        return self.environment.rows

    def root(self, name: str) -> Binding | None:
        found = self.environment.root(name)
        self.lookups["root", "", name] = found
        return found

    def field(self, entity: str, name: str) -> Binding | None:
        found = self.environment.field(entity, name)
        self.lookups["field", entity, name] = found
        return found

    def variable(self, name: str) -> Type | None:
        found = self.environment.variable(name)
        self.lookups["variable", "", name] = found
        return found

    def names(self, entity: str | None) -> Iterable[str]:
        return self.environment.names(entity)


@dataclass(slots=True)
class FormulaEntry:
    """A formula, what it read, and the last compilation that used it."""

    formula: Formula
    lookups: tuple[tuple[_Lookup, _Answer], ...]
    used: int

    def holds(self, environment: Environment) -> bool:
        """Would the environment answer as it did when the formula was compiled?"""
        return all(_ask(environment, lookup) == answer for lookup, answer in self.lookups)


def _ask(environment: Environment, lookup: _Lookup) -> _Answer:
    method, entity, name = lookup
    if method == "root":
        return environment.root(name)
    return environment.field(entity, name) if method == "field" else environment.variable(name)


@dataclass(slots=True)
class FormulaBook:
    """Formulas by text, kind of scope and expected type. Kept are those that compiled and that the last compilation used."""

    entries: dict[_Key, list[FormulaEntry]] = field(default_factory=dict)
    compilation: int = 0
    taken: list[FormulaEntry] = field(default_factory=list)
    """What was given out since somebody has emptied the list."""

    def compile(
        self, text: str, environment: Environment, span: Span, expected: Type | None
    ) -> Formula | tuple[Diagnostic, ...]:
        """The checked formula, from memory where its names still mean the same, or what is wrong with it at `span`."""
        key = (text, environment.rows, expected)
        for entry in self.entries.get(key, ()):
            if entry.holds(environment):
                entry.used = self.compilation
                self.taken.append(entry)
                return entry.formula
        recorder = _Recorder(environment)
        result = check_formula(text, recorder, span=span, expected=expected)
        if isinstance(result, Formula):
            entry = FormulaEntry(result, tuple(recorder.lookups.items()), self.compilation)
            self.entries.setdefault(key, []).append(entry)
            self.taken.append(entry)
        return result

    def use(self, entries: Iterable[FormulaEntry]) -> None:
        """Somebody uses what was given out earlier."""
        for one in entries:
            one.used = self.compilation

    def forget_unused(self) -> None:
        """Ends a compilation: what it did not use is forgotten."""
        for key, entries in list(self.entries.items()):
            kept = [one for one in entries if one.used == self.compilation]
            if not kept:
                del self.entries[key]
            elif len(kept) < len(entries):
                self.entries[key] = kept
        self.taken.clear()
        self.compilation += 1
