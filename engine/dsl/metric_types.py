"""What values metrics have, worked out one by one from their texts, for a formula that is being written over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Span
from engine.dsl.environments import EntityEnvironment, MetricEnvironment
from engine.dsl.formula_types import check_formula
from engine.dsl.symbols import Symbols
from engine.model.formula import Environment, Formula, Null, Type

_START = Span("", 1, 0)


class MetricTypes(Mapping[str, Type]):
    """The types of all metrics by name, each found when it is asked for; nothing (Null) for one that is wrong or in a circle."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._found: dict[str, Type] = {}

    def __getitem__(self, name: str) -> Type:
        document = self._symbols.document("metrics", name)
        if document is None:
            raise KeyError(name)
        if name not in self._found:
            self._found[name] = Null()
            self._found[name] = self._type_of(document.data)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._symbols.names("metrics"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _type_of(self, data: Mapping[str, object]) -> Type:
        entity, formula, measure = (data.get(key) for key in ("entity", "formula", "measure"))
        environment: Environment = MetricEnvironment(self)
        if isinstance(measure, str):
            if not isinstance(entity, str) or entity not in self._symbols.entities:
                return Null()
            environment = EntityEnvironment(self._symbols, entity, rows=True)
        found = check_formula(str(measure or formula or ""), environment, span=_START, expected=None)
        return found.type if isinstance(found, Formula) else Null()
