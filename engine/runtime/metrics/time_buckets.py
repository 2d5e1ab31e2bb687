"""Time buckets in SQL: the first day of the bucket that a stored date or instant lies in, in the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlglot import exp

from engine.model.entities import Field, FieldKind
from engine.runtime.query import nodes
from engine.runtime.storage.fields import POSTGRES, decode_date

FIRST_YEAR, LAST_YEAR = 1990, 2100


def decode_bucket(stored: object) -> object:
    """The first day of a bucket as a date, or None."""
    found = decode_date(stored, "")
    return found.date() if isinstance(found, datetime) else found


def bucket_expression(time: exp.Expression, field: Field, bucket: str, zone: str, dialect: str) -> exp.Expression:
    """A date: Monday, or the first of month, quarter or year; the day itself for `day`."""
    day = local_day(time, zone, dialect) if field.kind is FieldKind.INSTANT else time.copy()
    return _postgres(day, bucket) if dialect == POSTGRES else _sqlite(day, bucket)


def local_day(instant: exp.Expression, zone: str, dialect: str) -> exp.Expression:
    """The business date of an instant in a zone."""
    if dialect == POSTGRES:
        moment = nodes.call("to_timestamp", _seconds(instant))
        return exp.Cast(this=nodes.call("timezone", nodes.text(zone), moment), to=exp.DataType.build("date"))
    changes = offset_changes(zone)
    offset: exp.Expression = nodes.text(_modifier(changes[0][1]))
    if len(changes) > 1:
        branches = [
            (nodes.compare(exp.LT, instant, _stored(until)), nodes.text(_modifier(before)))
            for (_, before), (until, _) in pairwise(changes)
        ]
        offset = nodes.case(branches, nodes.text(_modifier(changes[-1][1])))
    return nodes.call("date", _seconds(instant), nodes.text("unixepoch"), offset)


def _seconds(instant: exp.Expression) -> exp.Expression:
    micros = nodes.parens(instant.copy())
    return exp.Div(this=micros, expression=nodes.number(1_000_000), typed=True, safe=False)


def offset_changes(zone: str) -> list[tuple[datetime, int]]:
    """When a zone's offset from UTC changes, with the offset in seconds from then on; the first entry opens the list."""
    rules = ZoneInfo(zone)
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    changes = [(moment, _offset(rules, moment))]
    while moment.year < LAST_YEAR:
        following = moment + timedelta(days=7)
        if _offset(rules, following) != changes[-1][1]:
            changes.append((_turn(rules, moment, following), _offset(rules, following)))
        moment = following
    return changes


def _turn(rules: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between two instants."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = _offset(rules, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(rules, datetime.fromtimestamp(middle, UTC)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(rules: ZoneInfo, moment: datetime) -> int:
    found = moment.astimezone(rules).utcoffset()
    return 0 if found is None else int(found.total_seconds())


def _modifier(seconds: int) -> str:
    return f"{seconds:+d} seconds"


def _stored(moment: datetime) -> exp.Expression:
    return nodes.number(int(moment.timestamp()) * 1_000_000)


def _postgres(day: exp.Expression, bucket: str) -> exp.Expression:
    truncated = nodes.call("date_trunc", nodes.text(bucket), exp.Cast(this=day, to=exp.DataType.build("timestamp")))
    return exp.Cast(this=truncated, to=exp.DataType.build("date"))


def _sqlite(day: exp.Expression, bucket: str) -> exp.Expression:
    match bucket:
        case "week":
            return nodes.call("date", day, nodes.text("-6 days"), nodes.text("weekday 1"))
        case "month":
            return nodes.call("date", day, nodes.text("start of month"))
        case "year":
            return nodes.call("date", day, nodes.text("start of year"))
        case "quarter":
            month = exp.Cast(this=nodes.call("strftime", nodes.text("%m"), day.copy()), to=exp.DataType.build("int"))
            past = exp.Mod(
                this=nodes.parens(exp.Sub(this=month, expression=nodes.number(1))), expression=nodes.number(3)
            )
            back = nodes.concatenated(nodes.text("-"), exp.Paren(this=past), nodes.text(" months"))
            return nodes.call("date", day, nodes.text("start of month"), back)
        case _:
            return day
