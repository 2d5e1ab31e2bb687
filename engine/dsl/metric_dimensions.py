"""Dimensions of metrics by name, and the metrics that a derived metric reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.dsl.cycles import inputs_first
from engine.dsl.document import Document
from engine.dsl.symbols import Symbols

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def metrics_in(symbols: Symbols, formula: str) -> tuple[str, ...]:
    """The metrics that the text of a derived metric's formula names, in order."""
    return tuple(name for name in dict.fromkeys(_WORD.findall(formula)) if symbols.document("metrics", name))


def dimensions_by_metric(symbols: Symbols) -> Mapping[str, tuple[str, ...]]:
    """The dimensions of every metric; a derived one has those that it declares, or else those its inputs share."""
    documents = symbols.documents.get("metrics", {})
    inputs = {name: metrics_in(symbols, str(one.data.get("formula", ""))) for name, one in documents.items()}
    known: dict[str, tuple[str, ...]] = {}
    for name in inputs_first(inputs):
        inner = [known.get(one, ()) for one in inputs[name]]
        known[name] = _dimensions(documents[name], inner)
    return known


def _dimensions(document: Document, of_inputs: list[tuple[str, ...]]) -> tuple[str, ...]:
    declared = document.data.get("dimensions")
    if declared or "formula" not in document.data:
        return tuple(map(str, declared)) if isinstance(declared, list | Mapping) else ()
    others = [set(one) for one in of_inputs[1:]]
    return tuple(name for name in of_inputs[0] if all(name in one for one in others)) if of_inputs else ()
