"""Codes on cards: vCard 2.1 to 4 and MECARD."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

from engine.runtime.cards.numbers import number_part

_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r"(?:[\w-]{1,40}\.)?([A-Za-z-]{1,40})((?:;[^:;\r\n]{0,200}){0,9}):(.*)")
_ESCAPED = re.compile(r"\\([nN,;:\\])")
_BETWEEN = re.compile(r"(?<!\\);")
_SPACED = re.compile(r"[\u3400-\u9fff]")
_PLAIN = {
    "TITLE": "title",
    "ROLE": "title",
    "EMAIL": "email",
    "URL": "website",
    "X-WECHAT": "wechat",
    "WECHAT": "wechat",
}


def is_code(text: str) -> bool:
    """Whether a text is what a code on a card holds."""
    return text.lstrip()[:20].upper().startswith(("BEGIN:VCARD", "MECARD:"))


def parts_of_code(text: str) -> Iterator[tuple[str, str]]:
    """Parts with their names; what is none of them has an empty one."""
    written = text.strip()
    return _mecard(written) if written.upper().startswith("MECARD:") else _vcard(written)


def _vcard(text: str) -> Iterator[tuple[str, str]]:
    lines = _FOLD.sub("", text.replace("=\r\n", "").replace("=\n", "")).splitlines()
    found = [(one[1].upper(), one[2].upper(), one[3]) for line in lines if (one := _PROPERTY.fullmatch(line.strip()))]
    full = any(name == "FN" and value.strip() for name, _, value in found)
    for name, how, raw in found:
        value = quopri.decodestring(raw.encode()).decode("utf-8", "replace") if "QUOTED-PRINTABLE" in how else raw
        if name == "N" and full:
            continue
        yield from _part(name, how, value)


def _mecard(text: str) -> Iterator[tuple[str, str]]:
    for piece in _BETWEEN.split(text[len("MECARD:") :]):
        name, _, value = piece.partition(":")
        if name.upper() == "N":
            yield "name", _name(value.split(","))
        elif name.upper() == "ADR":
            yield "address", _address(re.split(r"(?<!\\),", value))
        else:
            yield from _part(name.strip().upper(), "", value)


def _part(name: str, how: str, value: str) -> Iterator[tuple[str, str]]:
    pieces = [_plain(one) for one in _BETWEEN.split(value)]
    if name == "FN":
        yield "name", _plain(value)
    elif name == "N":
        yield "name", _name(pieces)
    elif name == "ORG":
        yield "company", pieces[0]
        yield "department", " ".join(pieces[1:]).strip()
    elif name == "ADR":
        yield "address", _address([*pieces[2:5], *pieces[1:2]] if len(pieces) > 4 else pieces)
    elif name == "TEL" and "FAX" not in how:
        yield number_part(re.sub(r"^tel:", "", _plain(value), flags=re.IGNORECASE), "CELL" in how)
    elif name in _PLAIN:
        yield _PLAIN[name], re.sub(r"^mailto:", "", _plain(value), flags=re.IGNORECASE)
    elif name == "NOTE":
        yield "", _plain(value)


def _plain(value: str) -> str:
    return " ".join(_ESCAPED.sub(lambda one: " " if one[1] in "nN" else one[1], value).split())


def _name(pieces: list[str]) -> str:
    """Family and given name, as people of that writing put them."""
    family, given = [*(_plain(one) for one in pieces[:2]), "", ""][:2]
    return family + given if _SPACED.search(family + given) else f"{given} {family}".strip()


def _address(pieces: list[str]) -> str:
    """Street, place and region; in Chinese from the large to the small."""
    street, *places = [_plain(one) for one in pieces]
    if _SPACED.search("".join(pieces)):
        return "".join([*reversed(places[:2]), street, *places[2:]])
    return ", ".join(one for one in (street, *places) if one)
