"""Reading formulas quickly: the trees that the grammar gives, by descent, for texts without a mistake.

What it does not know it leaves to the grammar, which says what is wrong; a test reads all kinds of formulas both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lark import Token, Tree

MOST_TOKENS, DEEPEST = 200, 40
"""A formula of more, or with more brackets within each other, is left to the grammar, which takes no stack."""
_TOKEN = re.compile(
    r"[ \t\f\r\n]*(?:"
    r"(?P<NAME>[a-z][a-z0-9_]*)"
    r"|(?P<NUMBER>[0-9]+(?:\.[0-9]+)?%?)"
    r"""|(?P<STRING>"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')"""
    r"|(?P<_OPEN>[(（])|(?P<_CLOSE>[)）])|(?P<_COMMA>[,，])"
    r"|(?P<COMPARE><>|!=|<=|>=|[=<>])"
    r"|(?P<DOT>\.)|(?P<PLUS>\+)|(?P<MINUS>-)|(?P<TIMES>\*)|(?P<OVER>/)|(?P<AMPERSAND>&)"
    r"|(?P<LSQB>\[)|(?P<RSQB>\])"
    r"|(?P<CAPITALS>[A-Z][A-Za-z0-9_]*)"
    r"|(?P<HAN>[\u4e00-\u9fff]+)"
    r"|(?P<END>\Z)"
    r")"
)
_SUMS, _PRODUCTS = frozenset({"PLUS", "MINUS"}), frozenset({"TIMES", "OVER"})
_CONSTANTS = {"true": "TRUE", "false": "FALSE", "empty": "EMPTY"}
_NOT = ("not", "非")
Parsed = Tree[Token]


class _Left(Exception):
    """The grammar shall read it."""


def read_formula(text: str) -> Parsed | None:
    """The tree of a formula as the grammar gives it; None where the grammar has to read it."""
    try:
        reader = _Reader(text)
        found = reader.disjunction()
        reader.expect("END")
    except _Left:
        return None
    return _tree("start", [found[0]], found[1], found[2])


_Found = tuple[Parsed, int, int]
"""A tree, and where it begins and ends with the brackets around it."""


def _tree(name: str, children: list[Parsed | Token], start: int, end: int) -> Parsed:
    tree = Tree(name, children)
    tree.meta.start_pos, tree.meta.end_pos, tree.meta.empty = start, end, False
    return tree


class _Reader:
    """The tokens of one text, and how far they are read."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int, int]] = []
        at, sort = 0, ""
        while sort != "END":
            found = _TOKEN.match(text, at)
            if found is None or len(self.tokens) > MOST_TOKENS:
                raise _Left
            sort = found.lastgroup or ""
            at = found.end()
            self.tokens.append((sort, found[sort], found.start(sort), at))
        self.at = self.depth = 0

    def taken(self) -> Token:
        sort, text, start, end = self.tokens[self.at]
        self.at += 1
        return Token(sort, text, start, end_pos=end)

    def expect(self, sort: str) -> int:
        """Read on over a token of a sort; where it ends."""
        found = self.tokens[self.at]
        if found[0] != sort:
            raise _Left
        self.at += 1
        return found[3]

    def word(self) -> str:
        """The next token where it is a word, else its sort."""
        sort, text, _, _ = self.tokens[self.at]
        return text if sort in {"NAME", "HAN"} else sort

    def disjunction(self) -> _Found:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Left
        found = self._words("disjunction", "或", "or", self.conjunction)
        self.depth -= 1
        return found

    def conjunction(self) -> _Found:
        return self._words("conjunction", "且", "and", self.negation)

    def _words(self, name: str, han: str, word: str, inner: Callable[[], _Found]) -> _Found:
        left, start, end = inner()
        while self.word() in (han, word):
            sign = [self._sign(word.upper())] if self.word() == word else self._skipped()
            right, _, end = inner()
            left = _tree(name, [left, *sign, right], start, end)
        return left, start, end

    def _sign(self, sort: str) -> Token:
        token = self.taken()
        return Token(sort, str(token), token.start_pos, end_pos=token.end_pos)

    def _skipped(self) -> list[Token]:
        self.at += 1
        return []

    def negation(self) -> _Found:
        word = self.word()
        if word not in _NOT:
            return self.comparison()
        start = self.tokens[self.at][2]
        sign = [self._sign("NOT")] if word == "not" else self._skipped()
        inner, _, end = self.negation()
        return _tree("negation", [*sign, inner], start, end), start, end

    def comparison(self) -> _Found:
        left, start, end = self.joined()
        word = self.word()
        if word == "COMPARE":
            sign = self.taken()
            right, _, end = self.joined()
            return _tree("comparison", [left, sign, right], start, end), start, end
        if word in ("in", "not"):
            signs = [self._sign(word.upper())]
            if word == "not":
                if self.word() != "in":
                    raise _Left
                signs.append(self._sign("IN"))
            right, _, end = self.listed() if self.word() == "LSQB" else self.joined()
            return _tree("member" if word == "in" else "not_member", [left, *signs, right], start, end), start, end
        return left, start, end

    def listed(self) -> _Found:
        start = self.tokens[self.at][2]
        self.at += 1
        items = self._items("RSQB")
        end = self.tokens[self.at - 1][3]
        return _tree("list", items, start, end), start, end

    def _items(self, close: str) -> list[Parsed | Token]:
        """Expressions with commas between them, and the sign that closes them."""
        items: list[Parsed | Token] = []
        while self.tokens[self.at][0] != close:
            if items:
                self.expect("_COMMA")
            items.append(self.disjunction()[0])
        self.at += 1
        return items

    def joined(self) -> _Found:
        left, start, end = self.sum()
        while self.tokens[self.at][0] == "AMPERSAND":
            self.at += 1
            right, _, end = self.sum()
            left = _tree("joined", [left, right], start, end)
        return left, start, end

    def sum(self) -> _Found:
        return self._chain("sum", _SUMS, self.product)

    def product(self) -> _Found:
        return self._chain("product", _PRODUCTS, self.unary)

    def _chain(self, name: str, signs: frozenset[str], inner: Callable[[], _Found]) -> _Found:
        left, start, end = inner()
        while self.tokens[self.at][0] in signs:
            sign = self.taken()
            right, _, end = inner()
            left = _tree(name, [left, sign, right], start, end)
        return left, start, end

    def unary(self) -> _Found:
        sort, text, start, end = self.tokens[self.at]
        if sort == "MINUS":
            sign = self.taken()
            inner, _, end = self.unary()
            return _tree("negative", [sign, inner], start, end), start, end
        if sort in ("NAME", "HAN", "CAPITALS") and self.tokens[self.at + 1][0] == "_OPEN":
            return self.call()
        if sort == "NAME":
            return self.constant() if text in _CONSTANTS else self.path()
        if sort in ("NUMBER", "STRING"):
            return _tree("number" if sort == "NUMBER" else "text", [self.taken()], start, end), start, end
        if sort == "_OPEN":
            self.at += 1
            inner, _, _ = self.disjunction()
            return inner, start, self.expect("_CLOSE")
        raise _Left

    def constant(self) -> _Found:
        _, text, start, end = self.tokens[self.at]
        return _tree(text, [self._sign(_CONSTANTS[text])], start, end), start, end

    def call(self) -> _Found:
        name = self.taken()
        if str(name) in {*_CONSTANTS, *_NOT}:
            raise _Left
        self.at += 1
        items = self._items("_CLOSE")
        start, end = name.start_pos or 0, self.tokens[self.at - 1][3]
        return _tree("call", [name, *items], start, end), start, end

    def path(self) -> _Found:
        names: list[Parsed | Token] = [self.taken()]
        start, end = self.tokens[self.at - 1][2:]
        while self.tokens[self.at][0] == "DOT":
            self.at += 1
            if self.tokens[self.at][0] != "NAME":
                raise _Left
            names.append(self.taken())
            end = self.tokens[self.at - 1][3]
        return _tree("path", names, start, end), start, end
