"""Time buckets: the day that a bucket of a business date starts on."""

from __future__ import annotations

from datetime import date, timedelta

DAY, WEEK, MONTH, QUARTER, YEAR = "day", "week", "month", "quarter", "year"
BUCKETS = (DAY, WEEK, MONTH, QUARTER, YEAR)


def bucket_start(day: date, bucket: str) -> date:
    """The first day of the bucket that `day` lies in; weeks start on Monday."""
    match bucket:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
        case _:
            return day


def bucket_end(start: date, bucket: str) -> date:
    """The last day of the bucket that starts on `start`."""
    match bucket:
        case "week":
            return start + timedelta(days=6)
        case "month":
            return _months_on(start, 1) - timedelta(days=1)
        case "quarter":
            return _months_on(start, 3) - timedelta(days=1)
        case "year":
            return date(start.year, 12, 31)
        case _:
            return start


def _months_on(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
