"""Quantities as contracts write them: Chinese and Arabic numerals, amounts of money, rates, spans of time, days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_GROUPS = {"万": 10_000, "亿": 100_000_000}
_SIGNS = "".join((*_DIGITS, *_TENS))
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
NUMERAL = rf"(?:{_ARABIC}|[{_SIGNS}][{_SIGNS}万亿]*)"
MONEY = re.compile(
    rf"(?P<sign>人民币|RMB|CNY|¥)?\s*:?\s*(?P<mark>¥)?\s*(?P<number>{NUMERAL})\s*(?P<group>[万亿])?(?P<unit>元|圆)?(?P<per>整?\s*/)?"
)
RATE = re.compile(rf"(?P<number>{_ARABIC})\s*(?P<sign>[%‰‱])|(?P<parts>[百千万])分之(?P<share>{NUMERAL})")
SPAN = re.compile(
    rf"(?P<number>{NUMERAL}|半)\s*个?\s*(?P<unit>工作日|自然日|日历日|日历天|交易日|小时|星期|周|月|年度?|日|天)(?!\d|[款利租均销产提])"
)
_DAY = r"(?P<{0}y>\d{{4}}|[〇零一二三四五六七八九]{{4}})\s*[年./-]\s*(?P<{0}m>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})\s*[月./-]\s*(?P<{0}d>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})日?"
DAY = re.compile(_DAY.format("a"))
RANGE = re.compile(
    _DAY.format("a") + r"\s*(?:零时|0时)?\s*(?:起|开始)?\s*,?\s*(?:至|到|-|—|~|–)+\s*" + _DAY.format("b")
)
_IN_DAYS = {"小时": 0, "星期": 7, "周": 7, "月": 30, "年": 365}
_IN_MONTHS = {"月": 1, "年": 12}
_SHARES = {"%": 100, "‰": 1_000, "‱": 10_000, "百": 100, "千": 1_000, "万": 10_000}


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time where it stands in a text: `unit` as written, shortened; `start` and `end` are offsets."""

    number: Decimal
    unit: str
    start: int
    end: int

    @property
    def days(self) -> int:
        """Days, a month as 30 and a year as 365; hours as whole days that they begin."""
        if self.unit == "小时":
            return max(1, -(-int(self.number) // 24))
        return int(self.number * _IN_DAYS.get(self.unit, 1))

    @property
    def months(self) -> int:
        """Months, 30 days as one."""
        each = _IN_MONTHS.get(self.unit)
        return int(self.number * each) if each else self.days // 30

    @property
    def working(self) -> bool:
        """Whether working days are counted."""
        return self.unit == "工作日"


def number_of(text: str) -> Decimal | None:
    """A numeral as a number: 1,260,000.00, 一百二十, 壹佰贰拾陆万, 二〇二六; None for what is none."""
    plain = text.replace(",", "")
    if plain and plain[0].isascii():
        return Decimal(plain)
    if len(text) > 1 and all(sign in _DIGITS for sign in text):
        return Decimal("".join(str(_DIGITS[sign]) for sign in text))
    return _composed(text)


def _composed(text: str) -> Decimal | None:
    whole = part = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            part, digit = part + (digit or 1) * _TENS[sign], 0
        elif sign in _GROUPS:
            whole, part, digit = (whole + part + digit) * _GROUPS[sign], 0, 0
        else:
            return None
    return Decimal(whole + part + digit)


def amounts(text: str) -> Iterator[tuple[Decimal, int]]:
    """Amounts of money with their offsets; a price for each (元/米) is none."""
    for found in MONEY.finditer(text):
        marked = found["mark"] or (found["sign"] and found["sign"] != "人民币")
        number = number_of(found["number"]) if marked or found["unit"] else None
        if number is None or found["per"]:
            continue
        yield (number * _GROUPS.get(found["group"] or "", 1)).quantize(Decimal("0.01")), found.start()


def rates(text: str) -> Iterator[tuple[Decimal, int, int]]:
    """Rates as shares of one with where they begin and end: 30%, 1‰, 万分之五."""
    for found in RATE.finditer(text):
        number = number_of(found["number"] or found["share"])
        if number is not None:
            yield number / _SHARES[found["sign"] or found["parts"]], found.start(), found.end()


def spans(text: str) -> Iterator[Span]:
    """Spans of time that are no part of a date."""
    dates = [one.span() for one in DAY.finditer(text)]
    for found in SPAN.finditer(text):
        if any(start <= found.start() < end for start, end in dates):
            continue
        number = Decimal("0.5") if found["number"] == "半" else number_of(found["number"])
        if number is not None:
            yield Span(number, found["unit"].removesuffix("度"), found.start(), found.end())


def days_in(text: str) -> Iterator[tuple[date, int, int]]:
    """Dates with where they begin and end."""
    for found in DAY.finditer(text):
        day = _day(found["ay"], found["am"], found["ad"])
        if day is not None:
            yield day, found.start(), found.end()


def range_in(text: str) -> tuple[date, date] | None:
    """The first and the last day of the first stretch that a text names."""
    found = RANGE.search(text)
    if found is None:
        return None
    first, last = _day(found["ay"], found["am"], found["ad"]), _day(found["by"], found["bm"], found["bd"])
    return None if first is None or last is None else (first, last)


def _day(*parts: str) -> date | None:
    numbers = [number_of(one) for one in parts]
    try:
        return date(*(int(one) for one in numbers if one is not None))
    except (ValueError, TypeError):
        return None
