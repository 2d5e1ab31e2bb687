"""Plain scalars of YAML by the 1.2 core schema, with the words of YAML 1.1 that mislead refused."""

from __future__ import annotations

import math
import re

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS: dict[str, bool | None] = {**dict.fromkeys(NULLS), **BOOLEANS}
MISLEADING = frozenset({"yes", "no", "on", "off"})
_LONGEST_MISLEADING = max(map(len, MISLEADING))
_FIRST_OF_NUMBERS = frozenset("+-.0123456789")
LARGEST = 2**63 - 1
EXACT_DIGITS = 15
"""Decimal digits that a binary number keeps exactly; longer ones are written in quotes."""

_INTEGER = re.compile(r"[-+]?[0-9]+$")
_OCTAL = re.compile(r"0o[0-7]+$")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_SPECIAL = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")

Scalar = str | int | float | bool | None


class Misleading(ValueError):
    """A bare yes, no, on or off: some readers take it for true or false."""


class Inexact(ValueError):
    """A number that cannot be kept exactly; it is written in quotes."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar. Raises Misleading or Inexact."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _FIRST_OF_NUMBERS:
        return _number(text)
    if len(text) <= _LONGEST_MISLEADING and text.lower() in MISLEADING:
        raise Misleading(text)
    return text


def _number(text: str) -> Scalar:
    if _INTEGER.match(text):
        return _fitting(int(text) if len(text) < 25 else LARGEST + 1)
    if _OCTAL.match(text):
        return _fitting(int(text[2:], 8))
    if _HEXADECIMAL.match(text):
        return _fitting(int(text[2:], 16))
    if _SPECIAL.match(text):
        raise Inexact(text)
    return _float(text) if _FLOAT.match(text) else text


def _fitting(number: int) -> int:
    if abs(number) > LARGEST:
        raise Inexact(number)
    return number


def _float(text: str) -> float:
    mantissa = re.split("[eE]", text)[0]
    digits = mantissa.lstrip("+-").replace(".", "").strip("0")
    number = float(text)
    if len(digits) > EXACT_DIGITS or not math.isfinite(number):
        raise Inexact(text)
    return number
