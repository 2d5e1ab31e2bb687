"""Small questions to the tree of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token, Tree

from engine.dsl.rule_words.meaning import SIGNS, Sign
from engine.dsl.rule_words.tokens import Piece

Node = Tree[Token] | Token


def parts(tree: Tree[Token], *kinds: str) -> list[Tree[Token]]:
    """The direct parts of these kinds."""
    return [one for one in tree.children if isinstance(one, Tree) and one.data in kinds]


def part(tree: Tree[Token], *kinds: str) -> Tree[Token] | None:
    """The first direct part of these kinds."""
    return next(iter(parts(tree, *kinds)), None)


def tokens(tree: Tree[Token], *kinds: str) -> list[Token]:
    """The direct tokens of these kinds."""
    return [one for one in tree.children if isinstance(one, Token) and one.type in kinds]


def token(tree: Tree[Token], *kinds: str) -> Token | None:
    """The first direct token of these kinds."""
    return next(iter(tokens(tree, *kinds)), None)


def piece_of(one: Token, pieces: Sequence[Piece]) -> Piece:
    """The piece that a token is."""
    return pieces[one.start_pos or 0]


def sign_of(one: Token, pieces: Sequence[Piece]) -> Sign:
    """The sign that a token stands for."""
    return SIGNS[str(piece_of(one, pieces).value)]


def leaves(node: Node) -> Iterator[Token]:
    """Every token of a tree in order."""
    if isinstance(node, Token):
        yield node
    else:
        for one in node.children:
            yield from leaves(one)


def place_of(node: Node, pieces: Sequence[Piece]) -> tuple[int, int]:
    """Where it stands in the sentence."""
    found = [piece_of(one, pieces) for one in leaves(node)]
    return (found[0].start, found[-1].end) if found else (0, 0)


def words_of(tree: Tree[Token], pieces: Sequence[Piece]) -> list[Piece]:
    """The names of a run of names."""
    return [piece_of(one, pieces) for one in leaves(tree) if one.type != "DE"]
