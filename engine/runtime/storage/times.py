"""Dates, instants and durations: strict reading of ISO text, one spelling when written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.model.entities import Field
from engine.runtime.storage.problems import OUT_OF_RANGE, WRONG_TYPE, refuse

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION = re.compile(r"(-?)P(?:([0-9]{1,7})D)?(?:T(?:([0-9]{1,8})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})S)?)?")
_CLOCK = re.compile(r"(-?)([0-9]{1,6}):([0-5][0-9])")


def parse_date(value: object, field: Field) -> date | None:
    """A business date, `YYYY-MM-DD`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = _written(value, field, "这里需要日期，如 2026-03-01", "A date is needed here, such as 2026-03-01")
    if text is None:
        return None
    if _DATE.fullmatch(text) is not None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise refuse(field, WRONG_TYPE, "这里需要日期，如 2026-03-01", "A date is needed here, such as 2026-03-01")


def parse_instant(value: object, field: Field, zone: str | None) -> datetime | None:
    """An aware UTC instant; text without an offset is a wall clock in `zone`, and refused when there is none."""
    if isinstance(value, datetime):
        return _in_utc(value, field, zone)
    text = _written(value, field, "这里需要时间", "An instant is needed here")
    if text is None:
        return None
    if _INSTANT.fullmatch(text) is not None:
        try:
            return _in_utc(datetime.fromisoformat(text), field, zone)
        except (ValueError, OverflowError):
            pass
    raise refuse(
        field,
        WRONG_TYPE,
        "这里需要时间，如 2026-03-01T09:00:00Z",
        "An instant is needed here, such as 2026-03-01T09:00:00Z",
    )


def _in_utc(value: datetime, field: Field, zone: str | None) -> datetime:
    if value.tzinfo is None:
        if zone is None:
            raise refuse(field, WRONG_TYPE, "时间需要时区", "The instant needs an offset")
        value = value.replace(tzinfo=ZoneInfo(zone))
    return value.astimezone(UTC)


def parse_duration(value: object, field: Field) -> timedelta | None:
    """A length of time: ISO 8601 in days, hours, minutes, seconds (`P1DT2H`), hours and minutes (`1:30`), or seconds."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return _seconds(value, field)
    text = _written(value, field, "这里需要时长，如 1:30", "A duration is needed here, such as 1:30")
    if text is None:
        return None
    clock, iso = _CLOCK.fullmatch(text), _DURATION.fullmatch(text)
    if clock is not None:
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60
        return _seconds(-seconds if clock[1] else seconds, field)
    if iso is not None and any(iso.groups()[1:]):
        parts = [int(part or 0) for part in iso.groups()[1:]]
        seconds = ((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3]
        return _seconds(-seconds if iso[1] else seconds, field)
    raise refuse(field, WRONG_TYPE, "这里需要时长，如 1:30", "A duration is needed here, such as 1:30")


def _seconds(seconds: int, field: Field) -> timedelta:
    if abs(seconds) > 10**11:
        raise refuse(field, OUT_OF_RANGE, "时长太长", "The duration is too long")
    return timedelta(seconds=seconds)


def _written(value: object, field: Field, zh: str, en: str) -> str | None:
    if not isinstance(value, str):
        raise refuse(field, WRONG_TYPE, zh, en)
    return value.strip() or None


def instant_text(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds only where there are any: `2026-03-01T01:00:00Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def duration_text(value: timedelta) -> str:
    """ISO 8601 in hours, minutes and seconds: `PT1H30M`, `PT0S`, `-PT5M`."""
    total = value.days * 86_400 + value.seconds
    hours, rest = divmod(abs(total), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count]
    return ("-" if total < 0 else "") + "PT" + ("".join(parts) or "0S")
