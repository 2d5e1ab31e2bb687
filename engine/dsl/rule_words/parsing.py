"""Reading the pieces of a sentence into a tree by the grammar, or saying at which piece it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from engine.dsl.rule_words.tokens import Piece

Parsed = Tree[Token]


class _Pieces(Lexer):
    """Gives the grammar the pieces that are there already; a token's place is the number of its piece."""

    def __init__(self, conf: object) -> None:
        """Nothing of the grammar is needed."""

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        """The tokens."""
        pieces: Sequence[Piece] = lexer_state
        return (Token(one.kind, one.text, start_pos=at) for at, one in enumerate(pieces))


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = (Path(__file__).parent / "sentence.lark").read_text("utf-8")
    return Lark(text, parser="earley", lexer=_Pieces, maybe_placeholders=False, ambiguity="resolve")


def parse(pieces: Sequence[Piece]) -> Parsed | int:
    """The tree; or the number of the piece that fits nothing (that of the end where it stops too early)."""
    try:
        return _grammar().parse(pieces)
    except UnexpectedToken as error:
        return error.token.start_pos or 0
    except UnexpectedEOF:
        return len(pieces)
    except UnexpectedInput:
        return len(pieces)
