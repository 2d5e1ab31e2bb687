"""Naming: what a column or a sheet is called in definitions and in English, out of what people called it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

from engine.dsl.kinds import RESERVED_NAMES, SYSTEM_COLUMNS
from engine.model.names import BUILT_IN_FIELDS
from engine.runtime.search.initials import initials_of

FILE = Path(__file__).parent / "words.txt"
LONGEST = 40
"""Characters of a name; room is left for a number behind it and for what is built on it."""
_LATIN = re.compile(r"[A-Za-z]+|[0-9]+")
_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_REMARK = re.compile(r"[(（\[【].*?[)）\]】]")


@cache
def _words() -> dict[str, str]:
    """English names by the Chinese part; empty for a part that is left out."""
    lines = FILE.read_text("utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return {chinese: "" if english == "-" else english for chinese, english in pairs}


@cache
def _longest_word() -> int:
    return max(map(len, _words()))


def without_remark(written: str) -> str:
    """A header without what stands in brackets behind it: 金额（万元） is 金额."""
    return _REMARK.sub("", written).strip() or written.strip()


def name_of(written: str, taken: Collection[str] = (), otherwise: str = "field") -> str:
    """A name for `written` that is not in `taken`: 客户名称 is customer_name, what no word is known for is its initials."""
    parts = [part for part in _parts(without_remark(written)) if part]
    name = "_".join(parts)[:LONGEST].strip("_") or otherwise
    if not name[0].isalpha():
        name = f"{otherwise}_{name}"[:LONGEST]
    if name in BUILT_IN_FIELDS or name in RESERVED_NAMES or name in SYSTEM_COLUMNS:
        name = f"{name}_value"
    number, free = 2, name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


def english_of(written: str) -> str:
    """What people read in English: 客户名称 is "Customer name". What is Chinese and not known stays as it is written."""
    plain = without_remark(written)
    if not _has_han(plain):
        return plain
    chunks = _chunks(plain)
    if any(_has_han(part) and part not in _words() for part in chunks):
        return written.strip()
    said = " ".join(_words().get(part, part.lower()) for part in chunks).replace("_", " ")
    said = " ".join(said.split())
    return (said[:1].upper() + said[1:]) or written.strip()


def _parts(written: str) -> list[str]:
    """The words of a name: known parts by their English, others by the initials of their reading."""
    found: list[str] = []
    for chunk in _chunks(written):
        if chunk in _words():
            found.append(_words()[chunk])
        elif _has_han(chunk):
            found.append(next(iter(initials_of(chunk)), ""))
        else:
            found += [part.lower() for part in _SPLIT.findall(chunk)]
    return found


def _chunks(written: str) -> list[str]:
    """A text in known parts, the longest first, runs of other Han characters, and Latin words."""
    found: list[str] = []
    unknown = ""
    at = 0
    while at < len(written):
        known = _known_at(written, at)
        latin = _LATIN.match(written, at)
        if known or latin or not _is_han(written[at]):
            if unknown:
                found.append(unknown)
                unknown = ""
            piece = known or (latin[0] if latin else "")
            if piece:
                found.append(piece)
            at += len(piece) or 1
        else:
            unknown += written[at]
            at += 1
    return [*found, unknown] if unknown else found


def _known_at(written: str, at: int) -> str:
    for length in range(min(_longest_word(), len(written) - at), 0, -1):
        if written[at : at + length] in _words():
            return written[at : at + length]
    return ""


def _has_han(text: str) -> bool:
    return any(map(_is_han, text))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
