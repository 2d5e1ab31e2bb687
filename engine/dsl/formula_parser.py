"""Reading a formula's text into a tree with positions, or saying where it breaks and what could stand there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from engine.diagnostics import Diagnostic, Message, Span
from engine.dsl.formula_diagnostics import FORMULA_DIAGNOSTICS
from engine.dsl.formula_reader import read_formula

LONGEST = 10_000
DEEPEST = 64
_CHAINS = frozenset({"sum", "joined", "conjunction", "disjunction"})
Parsed = Tree[Token]

_WORDS = {
    "NAME": Message("字段", "field"),
    "CAPITALS": Message("函数", "function"),
    "HAN": Message("函数", "function"),
    "NUMBER": Message("数", "number"),
    "STRING": Message('"文字"', '"text"'),
    "_OPEN": Message("(", "("),
    "_CLOSE": Message(")", ")"),
    "LSQB": Message("[", "["),
    "RSQB": Message("]", "]"),
    "_COMMA": Message(",", ","),
    "DOT": Message(".", "."),
    "AMPERSAND": Message("&", "&"),
    "COMPARE": Message("= <> < >", "= <> < >"),
    "PLUS": Message("+", "+"),
    "MINUS": Message("-", "-"),
    "TIMES": Message("*", "*"),
    "OVER": Message("/", "/"),
    "$END": Message("(结束)", "(end)"),
}


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = (Path(__file__).parent / "formula.lark").read_text("utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse_formula(text: str, span: Span) -> Parsed | Diagnostic:
    """The tree of a formula; a Diagnostic with a caret where it cannot be read."""
    size = len(text.encode())
    if size > LONGEST:
        return FORMULA_DIAGNOSTICS.report("F103", span, length=size, limit=LONGEST)
    tree = read_formula(text)
    if tree is None:
        try:
            tree = parsed_by_grammar(text)
        except UnexpectedInput as error:
            return _unreadable(text, error, span)
    too_deep = size > DEEPEST and _depth(tree) > DEEPEST
    return FORMULA_DIAGNOSTICS.report("F104", span, limit=DEEPEST) if too_deep else tree


def parsed_by_grammar(text: str) -> Parsed:
    """The tree that the grammar gives. Raises UnexpectedInput."""
    return _grammar().parse(text)


def place_in(span: Span, offset: int, text: str) -> Span:
    """The place of an offset of a formula that stands in quotes on one line at `span`."""
    if "\n" in text:
        return span
    column = span.column + 1 + offset
    return Span(span.file, span.line, column, span.line, column + 1)


def _depth(tree: Parsed) -> int:
    """How deeply calls and operators nest; a chain of one operator counts once, whatever its length."""
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        at, depth = waiting.pop()
        deepest = max(deepest, depth)
        for index, child in enumerate(at.children):
            if isinstance(child, Tree):
                chained = index == 0 and child.data == at.data and child.data in _CHAINS
                waiting.append((child, depth if chained else depth + 1))
    return deepest


def _unreadable(text: str, error: UnexpectedInput, span: Span) -> Diagnostic:
    expected = sorted(
        getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    )
    words = [_WORDS.get(one) or Message(one.lower(), one.lower()) for one in expected[:12]]
    zh, en = _said(one.zh for one in words), _said(one.en for one in words)
    at_end = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    offset = len(text) if at_end else max(getattr(error, "pos_in_stream", 0) or 0, 0)
    where, caret = place_in(span, offset, text), text.replace("\n", " ")[:200]
    if at_end:
        return FORMULA_DIAGNOSTICS.report("F102", where, expected_zh=zh, expected_en=en)
    found = text[offset : offset + 12] if isinstance(error, UnexpectedCharacters | UnexpectedToken) else caret
    return FORMULA_DIAGNOSTICS.report("F101", where, found=found, expected_zh=zh, expected_en=en)


def _said(words: Iterable[str]) -> str:
    """Words one after the other, each once."""
    return " ".join(dict.fromkeys(words))
