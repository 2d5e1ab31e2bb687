"""Numbers on cards: what kind of telephone one is, and how it is written."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_HOME = re.compile(r"^(?:\+86|0086)[ -]*0?(?=[2-9]\d{1,2}[ -]|10[ -])")
_EXTENSION = re.compile(r"\s*(?:转|ext\.?|分机)\s*", re.IGNORECASE)


def number_part(written: str, mobile: bool) -> tuple[str, str]:
    """The part that a number is, and the number; `mobile` says what stands beside it."""
    digits = re.sub(r"[^\d+]", "", written)
    home = _MOBILE.fullmatch(digits)
    if home:
        return "mobile", home[1]
    written = _EXTENSION.sub("-", written)
    tidy = " ".join(written.replace("(", " ").replace(")", " ").replace(".", "-").split()).strip("- ")
    return "mobile" if mobile else "landline", _HOME.sub("0", tidy)
