"""What if: a version's answers to one line with some of its columns moved, many ways at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from engine.diagnostics import Message
from engine.runtime.modeling.graphs import Floats
from engine.runtime.modeling.scoring import Cell, Scorer

Flags = NDArray[numpy.bool_]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """(ways,) answers, and which ways lie outside of what the version learnt from; `silent` says why it answers none."""

    values: Floats
    outside: Flags
    silent: tuple[Message, ...] = ()


def what_if(scorer: Scorer, line: Sequence[Cell], moved: Mapping[str, Floats], ways: int) -> WhatIf:
    """The answers to `ways` lines that differ from `line` in the moved columns alone; only numbers are moved."""
    places = {column.name: at for at, column in enumerate(scorer.columns)}
    known = {
        name: values for name, values in moved.items() if name in places and not scorer.columns[places[name]].category
    }
    fixed = list(line)
    for name in known:
        fixed[places[name]] = scorer.columns[places[name]].low
    silent = tuple(scorer.outside(fixed))
    if silent or not ways:
        return WhatIf(numpy.full(ways, numpy.nan), numpy.ones(ways, dtype=numpy.bool_), silent)
    texts, numbers = scorer.arrays([fixed])
    many = numpy.repeat(numbers, ways, axis=0)
    outside = numpy.zeros(ways, dtype=numpy.bool_)
    for name, values in known.items():
        column = scorer.columns[places[name]]
        many[:, places[name] - scorer.categories] = values
        outside |= (values < column.low) | (values > column.high)
    found = scorer.graph.run(numpy.repeat(texts, ways, axis=0), many)[:, 1]
    return WhatIf(found, outside)
