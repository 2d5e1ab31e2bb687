"""Rich texts: words with their formatting. Whoever takes one for a text reads the words alone."""

from __future__ import annotations

from html import escape

SEPARATOR = "\x1f"
"""Between the words and the markup where both lie in one column; no text holds it."""


class RichText(str):
    """The words of a formatted text, with `markup`: the few tags that `engine/runtime/storage/rich_texts.py` writes.

    It equals another one with the same formatting, and a plain text with the same words: who sends back the words has
    changed nothing.
    """

    __slots__ = ("_markup",)
    _markup: str | None

    def __new__(cls, words: str, markup: str | None = None) -> RichText:
        made = super().__new__(cls, words)
        made._markup = markup
        return made

    @property
    def markup(self) -> str:
        """The text as HTML; of words without formatting, a paragraph a line."""
        return paragraphs(self) if self._markup is None else self._markup

    @property
    def formatted(self) -> bool:
        """Whether there is more to it than lines of words."""
        return self._markup is not None

    @property
    def stored(self) -> str:
        """What lies in its column: the words, and behind them the formatting where there is any."""
        return str(self) if self._markup is None else f"{self}{SEPARATOR}{self._markup}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RichText) and self._markup != other._markup:
            return False
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __str__(self) -> str:
        return str.__str__(self)

    __hash__ = str.__hash__


def paragraphs(words: str) -> str:
    """The markup of words without formatting."""
    return "".join(f"<p>{escape(line, quote=False) or '<br>'}</p>" for line in words.split("\n"))
