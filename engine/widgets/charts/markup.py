"""Markup: SVG elements as escaped text, and the measuring and cutting of labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from unicodedata import east_asian_width

from markupsafe import Markup, escape

SIZE = 12
NARROW_CHARACTERS = frozenset("iljtfr.,:;|!'() []1")
ELLIPSIS = "…"


def tag(name: str, content: object = None, /, **attributes: object) -> Markup:
    """One element; attribute names take _ for - and a closing _ for Python's own words; None leaves an attribute out."""
    opening = name + "".join(
        [f' {_name(key)}="{_escaped(value)}"' for key, value in attributes.items() if value is not None]
    )
    if content is None:
        return Markup(f"<{opening}/>")
    inner = content if isinstance(content, Markup) else escape(content)
    return Markup("".join(("<", opening, ">", inner, "</", name, ">")))


_KEPT = frozenset({"viewBox", "preserveAspectRatio"})


@cache
def _name(key: str) -> str:
    """The name of an attribute as it is written."""
    return key if key in _KEPT else key.rstrip("_").replace("_", "-")


def _escaped(value: object) -> str:
    """A value between quotes; numbers have nothing to escape."""
    return _text(value) if isinstance(value, float | int) else str(escape(_text(value)))


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def join(parts: Iterable[Markup | str]) -> Markup:
    """Parts one after another; a text that is no markup is escaped."""
    return Markup("".join([part if isinstance(part, Markup) else escape(part) for part in parts]))


def percent(share: float) -> str:
    """A length as a share of the plot's width."""
    return _text(share * 100) + "%"


def linked(mark: Markup, link: str, words: str) -> Markup:
    """A mark that tells its value on hover and opens its rows when it has a link."""
    told = tag("title", words)
    if not link:
        return tag("g", told + mark)
    return tag("a", told + mark, href=link, aria_label=words)


def text_width(text: str, size: int = SIZE) -> float:
    """About how wide a text is drawn, in pixels; Chinese characters fill a square."""
    return sum(_advance(character) for character in text) * size


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
