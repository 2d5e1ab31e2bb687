"""Printed charts: a chart as the renderer of PDFs takes it, which knows neither sheets of the page within SVG nor links.

Every picture gets a style of its own; its colours are the light ones of the tokens, for paper is white.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from engine.widgets.markup import drawn

_PICTURE = re.compile(r"<svg\b[^>]*>")
_LINK = re.compile(r"<(/?)a\b[^>]*>")
_TABLE = re.compile(r'<div class="sr-only">.*?</div>', re.DOTALL)
_COLOUR = re.compile(r"(--[\w-]+):\s*light-dark\(\s*(#[0-9a-f]{3,6})\b")
_USED = re.compile(r"var\((--[\w-]+)\)")


def printed(chart: Markup, style: str) -> Markup:
    """The same figure with `style` in each of its pictures, without links, and without the numbers that are only heard."""
    bare = _LINK.sub(r"<\1g>", _TABLE.sub("", str(chart)))
    return drawn(_PICTURE.sub(lambda found: f"{found[0]}<style>{style}</style>", bare))


def in_light(style: str, tokens: str) -> str:
    """A style sheet with the light value of every colour that it names by its token."""
    light = dict(_COLOUR.findall(tokens))
    return _USED.sub(lambda found: light[found[1]], style)
