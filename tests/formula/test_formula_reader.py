"""The quick reader of formulas gives the trees of the grammar, with their places, or leaves a text to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

import pytest
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from engine.dsl.formula_parser import parsed_by_grammar
from engine.dsl.formula_reader import read_formula
from tests.formula.formula_drawing import Drawing

SIGNS = [
    *"()[],.&+-*/%=<>'\" ",
    "（",
    "）",
    "，",
    " or ",
    " and ",
    " not ",
    " in ",
    "或",
    "且",
    "非",
    "求和",
    "SUM(",
    "!=",
    "1.5",
]
ODD = """in|or or and|not not a|- -a|(a)+b|((a)+(b))*(c)|-(a)|not (a) in [1,2]|(a or b) and c|非 a 且 b 或 c|f()|求和(a，b)|a.in|order
notin|a = (b)|[1]|a in []|'x\\'y' & "z"|true(1)|not(a)|非(a)|1 < 2 < 3|f(a)(b)|a . b|非空(a)|a or(b)|f(,)|f(a,)|x in[1]|a in (b)| a
true.a|a.true|or(a)|TRUE|TRUE(1)|1.5.2|5 % 3|a not in b.c|- 1 % 2|"a""".replace("\n", "|").split("|")


def told(found: object) -> object:
    """A tree with the places of all its parts."""
    if isinstance(found, Token):
        return found.type, str(found), found.start_pos, found.end_pos
    if isinstance(found, Tree):
        return found.data, found.meta.start_pos, found.meta.end_pos, [told(one) for one in found.children]
    return found


def by_grammar(text: str) -> object:
    try:
        return told(parsed_by_grammar(text))
    except UnexpectedInput:
        return None


def drawn(count: int) -> list[str]:
    return list(islice(Drawing(7).formulas(), count))


def slipped(texts: list[str]) -> Iterator[str]:
    """Texts with a sign more, one less, or another."""
    chance = random.Random(7)
    for text in texts:
        at = chance.randrange(len(text))
        yield text[:at] + chance.choice(["", chance.choice(SIGNS)]) + text[at + chance.randrange(2) :]


def test_what_is_read_quickly_is_what_the_grammar_reads() -> None:
    texts = drawn(500)
    quickly = 0
    for text in [*texts, *slipped(texts), *slipped(texts), *ODD]:
        found = read_formula(text)
        quickly += found is not None
        assert found is None or told(found) == by_grammar(text), text
    assert quickly > len(texts)
    assert all(read_formula(text) is not None for text in texts if len(text) < 100)


@pytest.mark.parametrize(
    "text", ["(" * 60 + "a" + ")" * 60, "+".join(["a"] * 300), "- " * 5_000 + "a", "not " * 2_000 + "a"]
)
def test_what_is_deep_or_long_is_left_to_the_grammar(text: str) -> None:
    assert read_formula(text) is None
