"""Wrapping: a text over two lines of a drawing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.widgets.charts.markup import cut, text_width


def wrapped(text: str, width: float, size: int) -> Iterator[str]:
    """A text over two lines; what does not fit is cut. Latin words stay whole."""
    if text_width(text, size) <= width:
        yield text
        return
    line, rest = "", _pieces(text)
    while rest and text_width(line + rest[0], size) <= width:
        line += rest.pop(0)
    if not line:
        line = cut(rest.pop(0), width, size)
    yield line.rstrip()
    if rest:
        yield cut("".join(rest).lstrip(), width, size)


def _pieces(text: str) -> list[str]:
    """Where a text may be parted: between Han characters, after blanks."""
    found: list[str] = []
    for character in text:
        joins = found and character.isascii() and found[-1][-1].isascii() and found[-1][-1] != " "
        if joins:
            found[-1] += character
        else:
            found.append(character)
    return found
