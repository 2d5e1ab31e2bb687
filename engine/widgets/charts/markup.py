"""Markup: SVG elements as escaped text, and the measuring and cutting of labels."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from markupsafe import Markup, escape

SIZE = 12
NARROW_CHARACTERS = frozenset("iljtfr.,:;|!'() []1")
ELLIPSIS = "…"


def tag(name: str, content: object = None, /, **attributes: object) -> Markup:
    """One element; attribute names take _ for - and a closing _ for Python's own words; None leaves an attribute out."""
    parts = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-") if key not in _KEPT else key, _text(value))
        for key, value in attributes.items()
        if value is not None
    ]
    opening = Markup("<{}{}").format(Markup(name), Markup("").join(parts))
    if content is None:
        return opening + Markup("/>")
    return opening + Markup(">") + escape(content) + Markup("</{}>").format(name)


_KEPT = frozenset({"viewBox", "preserveAspectRatio"})


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def join(parts: Iterable[Markup | str]) -> Markup:
    return Markup("").join(parts)


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
