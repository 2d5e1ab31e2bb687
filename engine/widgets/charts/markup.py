"""Markup: SVG elements as escaped text, and the measuring and cutting of labels.

`tag` makes one element of anything. Marks, of which a chart has hundreds, are written out as text by those who draw
them: every word of theirs goes through `escaped`, and `drawn` says that a text is markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from engine.widgets.markup import drawn, escaped

SIZE = 12
NARROW_CHARACTERS = frozenset("iljtfr.,:;|!'() []1")
ELLIPSIS = "…"


def tag(name: str, content: object = None, /, **attributes: object) -> Markup:
    """One element; attribute names take _ for - and a closing _ for Python's own words; None leaves an attribute out."""
    given = [f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None]
    opening = name + "".join(given)
    if content is None:
        return drawn(f"<{opening}/>")
    inner = content if isinstance(content, Markup) else escaped(str(content))
    return drawn(f"<{opening}>{inner}</{name}>")


_KEPT = frozenset({"viewBox", "preserveAspectRatio"})


@cache
def _name(key: str) -> str:
    """The name of an attribute as it is written."""
    return key if key in _KEPT else key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    """A value between quotes; numbers have nothing to escape."""
    return length(value) if isinstance(value, float | int) else escaped(str(value))


def length(value: float) -> str:
    """A length or a place, to the hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def join(parts: Iterable[Markup | str]) -> Markup:
    """Parts one after another; a text that is no markup is escaped."""
    return Markup("".join([part if isinstance(part, Markup) else escape(part) for part in parts]))


def percent(share: float) -> str:
    """A length as a share of the plot's width."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def linked(mark: str, link: str, words: str) -> Markup:
    """A mark, drawn already, that tells its value on hover and opens its rows when it has a link."""
    told = escaped(words)
    if not link:
        return drawn(f"<g><title>{told}</title>{mark}</g>")
    return drawn(f'<a href="{escaped(link)}" aria-label="{told}"><title>{told}</title>{mark}</a>')


def text_width(text: str, size: int = SIZE) -> float:
    """About how wide a text is drawn, in pixels; Chinese characters fill a square."""
    return sum(_advance(character) for character in text) * size


@lru_cache(maxsize=4096)
def _advance(character: str) -> float:
    if east_asian_width(character) in "WF":
        return 1.0
    if character in NARROW_CHARACTERS:
        return 0.34
    return 0.7 if character.isupper() else 0.57


def cut(text: str, width: float, size: int = SIZE) -> str:
    """The text if it fits, else its beginning with an ellipsis; at least one character stays."""
    if text_width(text, size) <= width:
        return text
    kept, room = "", width - text_width(ELLIPSIS, size)
    for character in text:
        room -= _advance(character) * size
        if room < 0 and kept:
            break
        kept += character
    return kept.rstrip() + ELLIPSIS
