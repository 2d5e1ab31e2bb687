"""Masks as Python sees them: what a reader gets who may only read the mask of a cell. The SQL twin is in query.masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.model.locations import point_signs

STARS = "***"


def _name(text: str) -> str:
    return text[:1] + "**"


def _phone(text: str) -> str:
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 9 else STARS


def _identity_number(text: str) -> str:
    return f"{text[:3]}********{text[-4:]}" if len(text) >= 11 else STARS


def _email(text: str) -> str:
    return f"{text[:1]}***{text[text.index('@') :]}" if "@" in text else STARS


def _last_four(text: str) -> str:
    return f"****{text[-4:]}" if len(text) >= 8 else STARS


def _area(text: str) -> str:
    """A location to a tenth of a degree, about 10 km."""
    signs = point_signs(text)
    return f"{signs[0][:5]}, {signs[1][:6]}" if signs else STARS


TEXT_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": _name,
    "phone": _phone,
    "id": _identity_number,
    "email": _email,
    "last4": _last_four,
    "area": _area,
}
"""Masks that keep a part of a text; every other mask, and every mask of a value that is no text, is three stars."""


def mask_text(mask: str, text: str | None) -> str | None:
    """What is left of `text` under `mask`. An empty cell stays empty, except under masks that show nothing at all."""
    partial = TEXT_MASKS.get(mask)
    if partial is None:
        return STARS
    return None if text is None else partial(text)
