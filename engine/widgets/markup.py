"""Markup: words as they stand in HTML, and the two pieces that pages are full of: icons and cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from markupsafe import Markup

from engine.widgets.cells import Shown

_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;"))
NONE = Markup('<span class="none muted">—</span>')


def drawn(text: str) -> Markup:
    """A text that is markup already. What a person or a database wrote in it has been through `escaped`, or is the
    markup of a rich text, which the storage made of a few tags alone."""
    return str.__new__(Markup, text)


def escaped(text: str) -> str:
    """A text as it stands in markup, between tags or quotes."""
    for character, written in _ESCAPES:
        if character in text:
            text = text.replace(character, written)
    return text


def icons(asset: Callable[[str], str]) -> Callable[..., Markup]:
    """A function that gives the icon of a name, in a size if need be; `asset` knows where the icons are."""

    @cache
    def icon(name: str, size: str = "") -> Markup:
        kind = f"icon icon-{size}" if size else "icon"
        place = escaped(f"{asset('shared/icons.svg')}#{name}")
        return drawn(
            f'<svg class="{escaped(kind)}" aria-hidden="true" focusable="false"><use href="{place}"></use></svg>'
        )

    return icon


def cell(shown: Shown) -> Markup:
    """A cell as `engine.widgets.cells` describes it."""
    if shown.kind == "empty":
        return NONE
    if shown.kind == "badges":
        return drawn("".join([f"{_badge(words, tone)} " for words, tone in shown.parts]))
    draw = _KINDS.get(shown.kind)
    words = escaped(shown.text)
    return drawn(draw(shown, words) if draw else words)


def _badge(text: str, tone: str) -> str:
    return f'<span class="badge tone-{escaped(tone)}">{escaped(text)}</span>'


def _external(shown: Shown, words: str) -> str:
    guard = ' rel="noopener noreferrer"' if shown.href.startswith("http") else ""
    return f'<a href="{escaped(shown.href)}"{guard}>{words}</a>'


def _place(shown: Shown, words: str) -> str:
    more = " · ".join(escaped(one) for _, one in shown.parts)
    return f'<a href="{escaped(shown.href)}" title="{escaped(shown.exact)}">{words}</a>' + (
        f' <span class="muted small">{more}</span>' if more else ""
    )


def _number(shown: Shown, words: str) -> str:
    exact = f' title="{escaped(shown.exact)}"' if shown.exact and shown.exact != shown.text else ""
    return f"<span{exact}>{words}</span>"


_KINDS: dict[str, Callable[[Shown, str], str]] = {
    "badge": lambda shown, words: _badge(shown.text, shown.tone),
    "link": lambda shown, words: f'<a href="{escaped(shown.href)}">{words}</a>',
    "external": _external,
    "place": _place,
    "masked": lambda shown, words: f'<span class="muted" title="{escaped(shown.exact)}">{words}</span>',
    "date": lambda shown, words: f'<time datetime="{escaped(shown.exact)}">{words}</time>',
    "number": _number,
    "error": lambda shown, words: f'<span class="badge tone-danger">{words}</span>',
    "rich": lambda shown, words: f'<div class="rich-text">{shown.markup}</div>',
    "long": lambda shown, words: f'<span class="prewrap">{words}</span>',
}
