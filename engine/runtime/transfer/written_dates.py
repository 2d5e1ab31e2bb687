"""Written dates: the ways in which sheets write a day or a moment, in the one spelling that fields read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_DAY = r"(?P<year>[0-9]{4})(?:[-/.]|年)(?P<month>[0-9]{1,2})(?:[-/.]|月)(?P<day>[0-9]{1,2})日?"
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?:\.[0-9]{1,6})?"
_DATE = re.compile(_DAY)
_COMPACT = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_MOMENT = re.compile(rf"{_DAY}[T ]*{_CLOCK}")
_MIDNIGHT = re.compile(r"[T ]*0{1,2}:00(?::00)?(?:\.0+)?$")


def iso_date(written: str) -> str | None:
    """`2026-03-02` for 2026/3/2, 2026.3.2, 2026年3月2日, 20260302, also with midnight behind it; None for no date."""
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", written).strip())
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
    except ValueError:
        return None


def iso_moment(written: str) -> str | None:
    """`2026-03-02T09:05:00` for 2026/3/2 9:05; a day alone is its midnight; None for what is neither."""
    text = unicodedata.normalize("NFKC", written).strip()
    found = _MOMENT.fullmatch(text)
    if found is None:
        day = iso_date(text)
        return None if day is None else f"{day}T00:00:00"
    day = iso_date(f"{found['year']}-{found['month']}-{found['day']}")
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    return f"{day}T{hour:02}:{minute:02}:{second:02}"
