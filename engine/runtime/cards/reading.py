"""Reading a card: what a code or a text says of a person, part by part, and what of it is not understood.

Rules alone, in the process, without a network: a vCard (2.1 to 4) or MECARD as codes hold them, else the lines of a card or
a signature in Chinese or English.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.runtime.cards.codes import is_code, parts_of_code
from engine.runtime.cards.lines import parts_of_lines


class CardPart(StrEnum):
    """What a card says of a person."""

    NAME = "name"
    TITLE = "title"
    COMPANY = "company"
    DEPARTMENT = "department"
    MOBILE = "mobile"
    LANDLINE = "landline"
    EMAIL = "email"
    WECHAT = "wechat"
    WEBSITE = "website"
    ADDRESS = "address"


LONGEST = 5_000
"""Characters of a card that are read."""


@dataclass(frozen=True, slots=True)
class Card:
    """Parts of a card in the order of `CardPart`, one of each, and the lines that are none of them."""

    parts: tuple[tuple[CardPart, str], ...]
    rest: tuple[str, ...]


def read_card(text: str) -> Card:
    """What a text says of a person."""
    found = parts_of_code(text[:LONGEST]) if is_code(text) else parts_of_lines(text[:LONGEST])
    first: dict[str, str] = {}
    rest = []
    for name, value in found:
        if value and name in first and first[name] != value:
            rest.append(value)
        elif value and name:
            first[name] = value
        elif value:
            rest.append(value)
    parts = tuple((part, first[part]) for part in CardPart if part in first)
    return Card(parts, tuple(rest))
