"""Calendar days: what an installation keeps of its working calendar, over the public holidays that come with the release."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert, insert_many, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table

DAY, HOURS = "dougong_calendar_day", "dougong_calendar_hours"
CALENDAR_TABLES = (
    Table(
        DAY,
        (
            Column("day", PhysicalKind.TEXT, nullable=False),
            Column("working", PhysicalKind.BOOLEAN, nullable=False),
            Column("name", PhysicalKind.TEXT, nullable=False),
            Column("source", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("day",),
    ),
    Table(
        HOURS,
        (
            Column("weekday", PhysicalKind.INTEGER, nullable=False),
            Column("opens", PhysicalKind.INTEGER, nullable=False),
            Column("closes", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("weekday", "opens"),
    ),
)
HOLIDAYS = Path(__file__).parent / "holidays.csv"
NOON_APART = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
LONGEST_IMPORT, LONGEST_SPAN, LONGEST_TEXT = 500, 60, 200
WHOLE_DAY = 24 * 60

Spans = tuple[tuple[int, int], ...]
"""From when until when work is done on a day, in minutes after midnight, in order."""
STANDARD_HOURS: Mapping[int, Spans] = {day: NOON_APART if day < 5 else () for day in range(7)}
"""By weekday, Monday is 0: as long as an installation says nothing else."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says: a holiday, or a day off that is worked; `source` says who says so."""

    day: date
    working: bool
    name: str
    source: str


def shipped_days() -> Mapping[date, SpecialDay]:
    """The public holidays that are known to this release."""
    return _shipped()


def own_days(session: Session) -> Mapping[date, SpecialDay]:
    """The days that were set here."""
    return {one.day: one for one in map(_special, select(session, DAY, ("day", "working", "name", "source")))}


def special_days(session: Session, year: int | None = None) -> Mapping[date, SpecialDay]:
    """The special days: those shipped, with what was set here in their place; of one year, or all."""
    found = {**shipped_days(), **own_days(session)}
    return {day: one for day, one in sorted(found.items()) if year is None or day.year == year}


def set_days(session: Session, days: Iterable[SpecialDay]) -> None:
    """Say what days are. Raises BadRequest for a name or source that is no text or too long."""
    for one in days:
        if not one.name or max(len(one.name), len(one.source)) > LONGEST_TEXT:
            raise BadRequest(
                Message(f"名称和来源各为 1 到 {LONGEST_TEXT} 字", f"Name and source take 1 to {LONGEST_TEXT} letters")
            )
        forget_day(session, one.day)
        row = {"day": one.day.isoformat(), "working": one.working, "name": one.name, "source": one.source}
        insert(session, DAY, row)


def forget_day(session: Session, day: date) -> bool:
    """Take back what was set for a day; False when nothing was."""
    return bool(delete(session, DAY, {"day": day.isoformat()}))


def span_of_days(first: date, last: date) -> list[date]:
    """The days from first to last. Raises BadRequest for none or too many."""
    if not first <= last <= first + timedelta(days=LONGEST_SPAN):
        raise BadRequest(
            Message(f"结束日期须不早于开始，且不超过 {LONGEST_SPAN} 天", f"Choose at most {LONGEST_SPAN} days in order")
        )
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def read_days(text: str, source: str) -> list[SpecialDay]:
    """The days of a CSV text: day, holiday or working, name, and optionally a source of its own.

    A first line of headings is passed over. Raises BadRequest that names the line.
    """
    rows = [(at, row) for at, row in enumerate(csv.reader(text.splitlines()), 1) if any(cell.strip() for cell in row)]
    if rows and not rows[0][1][0].strip()[:1].isdigit():
        rows = rows[1:]
    if not 0 < len(rows) <= LONGEST_IMPORT:
        raise BadRequest(Message(f"应有 1 到 {LONGEST_IMPORT} 行", f"There must be 1 to {LONGEST_IMPORT} lines"))
    return [_day_of_line(at, [cell.strip() for cell in row], source) for at, row in rows]


def working_hours(session: Session) -> Mapping[int, Spans]:
    """When work is done by weekday, in the zone of whom it concerns."""
    rows = select(session, HOURS, ("weekday", "opens", "closes"), order=("weekday", "opens"))
    if not rows:
        return STANDARD_HOURS
    found: dict[int, Spans] = dict.fromkeys(range(7), ())
    for row in rows:
        weekday, opens, closes = (int(str(one)) for one in row)
        found[weekday] = (*found[weekday], (opens, closes))
    return found


def set_hours(session: Session, hours: Mapping[int, Spans]) -> None:
    """Say when work is done. Raises BadRequest for spans that overlap or end before they begin, or no hours at all."""
    if not any(hours.values()):
        raise BadRequest(Message("一周至少要有一段工作时间", "A week needs some working hours"))
    for spans in hours.values():
        edges = [edge for span in spans for edge in span]
        if edges != sorted(set(edges)) or (edges and (edges[0] < 0 or edges[-1] > WHOLE_DAY)):
            raise BadRequest(
                Message("工作时段须依次排列、互不重叠", "Working hours must follow each other without overlap")
            )
    for weekday in range(7):
        delete(session, HOURS, {"weekday": weekday})
    insert_many(
        session,
        HOURS,
        [
            {"weekday": weekday, "opens": opens, "closes": closes}
            for weekday, spans in hours.items()
            for opens, closes in spans
        ],
    )


def hours_text(spans: Spans) -> str:
    """`09:00-12:00 13:00-18:00`"""
    return " ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans)


def parse_hours(text: str) -> Spans:
    """The spans of a text such as `09:00-12:00 13:00-18:00`; none for an empty one. Raises BadRequest."""
    try:
        return tuple(_span(part) for part in text.replace(",", " ").replace("，", " ").split())
    except ValueError:
        raise BadRequest(
            Message(f"工作时间应写成 {hours_text(NOON_APART)}", f"Working hours are written {hours_text(NOON_APART)}")
        ) from None


def _span(text: str) -> tuple[int, int]:
    opens, closes = text.replace("–", "-").split("-")
    return _minutes(opens), _minutes(closes)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(minute) < 60 and int(hour) * 60 + int(minute) <= WHOLE_DAY):
        raise ValueError(text)
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_HOLIDAY, _WORKING = (
    frozenset({"0", "holiday", "休", "放假", "休息"}),
    frozenset({"1", "working", "班", "上班", "调休"}),
)


def _day_of_line(at: int, cells: Sequence[str], source: str) -> SpecialDay:
    try:
        day, kind, name = date.fromisoformat(cells[0]), cells[1].lower(), cells[2]
    except (ValueError, IndexError):
        raise _bad_line(at) from None
    if kind not in _HOLIDAY | _WORKING or not name:
        raise _bad_line(at)
    return SpecialDay(day, kind in _WORKING, name, (cells[3] if len(cells) > 3 else "") or source)


def _bad_line(at: int) -> BadRequest:
    return BadRequest(
        Message(
            f"第 {at} 行应写成 2027-01-01,休,元旦 或 2027-01-03,班,调休上班",
            f"Line {at} is written 2027-01-01,holiday,New Year or 2027-01-03,working,Make-up day",
        ),
        field="days",
    )


@cache
def _shipped() -> Mapping[date, SpecialDay]:
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        rows = [
            SpecialDay(date.fromisoformat(row["day"]), row["working"] == "1", row["name"], row["source"])
            for row in csv.DictReader(file)
        ]
    return {one.day: one for one in rows}


def _special(row: Sequence[object]) -> SpecialDay:
    return SpecialDay(date.fromisoformat(str(row[0])), bool(row[1]), str(row[2]), str(row[3]))
