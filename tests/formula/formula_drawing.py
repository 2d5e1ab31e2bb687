"""Random formulas, well typed by construction: draws from the grammar, every template at its turn at the top."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from engine.model.formula_functions import FUNCTIONS
from tests.formula.formula_grammar import (
    EVERY,
    EXTREMES,
    KINDS,
    LEAVES,
    LINE_LEAVES,
    ORDERED,
    ROW_EXTREMES,
    ROW_TEMPLATES,
    TEMPLATES,
)

_HOLE = re.compile(r"\{(\w+)(@lines)?\}")
_CALLED = re.compile(r"([a-z_0-9]+)\(")
_SIGNS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_PLACES = (0, 0, 1, 2, 2, 3, 4, 6, 8, 12)
DEEPEST = 3


def functions_of(text: str) -> set[str]:
    """The functions of the language that a drawn formula calls."""
    return set(_CALLED.findall(text)) & FUNCTIONS.keys()


def templates(kind: str, inside: bool = False) -> list[str]:
    """All ways to draw a kind; over child rows there are no aggregates."""
    found = [*TEMPLATES[kind], *(one.replace("{K}", f"{{{kind}}}") for one in EVERY)]
    if kind in ORDERED:
        found += [one.replace("{K}", f"{{{kind}}}") for one in EXTREMES]
    if not inside:
        found += ROW_TEMPLATES.get(kind, ())
        if kind in ORDERED:
            found += [one.replace("{K@", f"{{{kind}@") for one in ROW_EXTREMES]
    return found if not inside else [one for one in found if "tags" not in one and _of_rows(one)]


def _of_rows(template: str) -> bool:
    """Whether a template names no field of the deal, which are no names over child rows."""
    return not re.search(r"\b(stage|unit|owner|start|dollars)\b(?!\()", template)


def _varying(leaves: Sequence[str]) -> list[str]:
    """The leaves that read a field."""
    return [one for one in leaves if re.search(r"[a-z]", one) and one not in {"true", "false"} and '"' not in one]


class Drawing:
    """Formulas by seed. The first of them have each template at the top once, over fields, the others are drawn freely."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._outer = {kind: templates(kind) for kind in KINDS}
        self._inner = {kind: templates(kind, inside=True) for kind in KINDS}

    def formulas(self) -> Iterator[str]:
        """Formulas without end."""
        tops = [one for kind in KINDS for one in self._outer[kind]]
        self._random.shuffle(tops)
        for top in tops:
            yield self._filled(top, -1, False)
        while True:
            kind = self._random.choice(list(KINDS))
            yield self.drawn(kind, self._random.randint(1, DEEPEST), False)

    def drawn(self, kind: str, depth: int, inside: bool) -> str:
        """A formula of a kind at most so deep; `inside` an aggregate, over its rows. Below 0 no constants."""
        if depth < 0:
            return self._random.choice(_varying((LINE_LEAVES if inside else LEAVES)[kind]))
        if depth <= 0 or self._random.random() < 0.15:
            return self._random.choice((LINE_LEAVES if inside else LEAVES)[kind])
        return self._filled(self._random.choice((self._inner if inside else self._outer)[kind]), depth - 1, inside)

    def _filled(self, template: str, depth: int, inside: bool) -> str:
        def hole(match: re.Match[str]) -> str:
            if match[1] == "p":
                return str(self._random.choice(_PLACES))
            if match[1] == "sign":
                return self._random.choice(_SIGNS)
            return self.drawn(match[1], depth, inside or match[2] is not None)

        return _HOLE.sub(hole, template)
