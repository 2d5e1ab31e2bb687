"""Amounts as people write them: 50 万, 1.2 亿元, 20 %, 九折, 两成, 3 个月, 半年, 2026 年 3 月 1 日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.dsl.rule_words.meaning import Amount, Day

_DIGITS = {one: at for at, one in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_ENGLISH = {
    word: at
    for at, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "ninety": 90, "a hundred": 100, "half": 0}
_SCALES = {
    "亿": 100_000_000, "千万": 10_000_000, "百万": 1_000_000, "十万": 100_000, "万": 10_000, "w": 10_000, "千": 1000,
    "百": 100, "k": 1000, "m": 1_000_000, "million": 1_000_000, "thousand": 1000, "billion": 1_000_000_000,
}  # fmt: skip
_PLAIN = r"(?P<digits>[¥￥$]?\s?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
_HAN = r"(?P<han>[零〇一二两三四五六七八九十百千万亿]+)"
_ENGLISH_NUMBER = r"(?P<english>" + "|".join(sorted(_ENGLISH, key=len, reverse=True)) + r")\b"
_UNIT = (
    r"\s?(?P<unit>%|％|个百分点|百分点|个点|折|成|倍|个月|個月|个季度|季度|季|个星期|星期|周|年|个工作日|工作日|天|日|小时|分钟|"
    r"percent\b|per cent\b|days?\b|weeks?\b|months?\b|quarters?\b|years?\b|hours?\b|minutes?\b|times?\b|working days?\b)?"
)
_COUNTED = r"(?:\s?(?:元|块钱|块|人民币|rmb\b|cny\b|yuan\b|次|个|条|笔|单|份|家|名|人次|人|台|件|封|分|级|张|行|版|公里|套|项|盒|米|times?\b))?"
_NUMBER = re.compile(
    rf"(?:{_PLAIN}|{_HAN}|{_ENGLISH_NUMBER})\s?(?P<scale>千万|百万|十万|亿|万|千|百|w\b|k\b|million\b|thousand\b|billion\b|m\b)?{_UNIT}{_COUNTED}",
    re.I,
)
_HALF = re.compile(r"(?P<half>半年|半个月|半个季度|半小时|半天|half a year|half a month)")
_DATE = re.compile(r"(\d{4})\s?(?:年|-|/|\.)\s?(\d{1,2})\s?(?:月|-|/|\.)\s?(\d{1,2})\s?[日号]?")
_HALVES = {"半年": (6, "month"), "半个月": (15, "day"), "半个季度": (45, "day"), "半天": (12, "hour"), "半小时": (30, "minute"),
           "half a year": (6, "month"), "half a month": (15, "day")}  # fmt: skip
_SPANS = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "个星期": "week", "个月": "month", "個月": "month",
    "季度": "quarter", "季": "quarter", "个季度": "quarter", "年": "year", "小时": "hour", "分钟": "minute", "个工作日": "day",
    "工作日": "day",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: so many of a unit (hour, day, week, month, quarter, year)."""

    count: int
    unit: str

    @property
    def days(self) -> int:
        """Its days, where it is made of days."""
        return self.count * (7 if self.unit == "week" else 1)

    @property
    def months(self) -> int:
        """Its months, where it is made of months; 0 where it is made of days or hours."""
        return self.count * {"month": 1, "quarter": 3, "year": 12}.get(self.unit, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """An amount in a text: where it ends, its kind of token, and its value."""

    end: int
    kind: str
    value: Amount | Span | Day


def amounts_at(text: str, at: int) -> Iterator[Found]:
    """What the text holds at an offset, read as an amount."""
    found = _DATE.match(text, at)
    if found:
        try:
            yield Found(found.end(), "DAY", Day("date", on=date(*(int(one) for one in found.groups()))))
        except ValueError:
            return
    half = _HALF.match(text, at)
    if half:
        yield Found(half.end(), "SPAN", Span(*_HALVES[half["half"]]))
    number = _NUMBER.match(text, at)
    if number:
        yield from _numbered(number)


def _numbered(found: re.Match[str]) -> Iterator[Found]:
    unit = (found["unit"] or "").lower()
    written = found["digits"] or found["han"] or found["english"]
    bare = found["digits"] is None and not unit and found.end() == found.end(3 if found["english"] else 2)
    if bare and found["english"] is None and len(written) < 2 and written not in {*_POWERS, "零"}:
        return
    value = _value(found)
    if unit == "折":
        share = value / 10 if value < 10 else value / 100
        yield Found(found.end(), "REBATE", Amount(1 - share, "percent"))
    elif unit == "成":
        yield Found(found.end(), "PERCENT", Amount(value / 10, "percent"))
    elif unit in {"%", "％", "个百分点", "百分点", "个点", "percent", "per cent"}:
        yield Found(found.end(), "PERCENT", Amount(value / 100, "percent"))
    elif unit == "倍" or (unit.startswith("time") and found["english"] is None):
        yield Found(found.end(), "MULTIPLE" if unit == "倍" else "NUMBER", Amount(value))
    elif unit:
        yield Found(found.end(), "SPAN", Span(int(value), _span_unit(unit)))
    else:
        money = any(one in found.group() for one in "元块¥￥$") or found["scale"] is not None
        yield Found(found.end(), "NUMBER", Amount(value, "money" if money else "number"))


def _span_unit(unit: str) -> str:
    return _SPANS.get(unit) or unit.removeprefix("working ").removesuffix("s")


def _value(found: re.Match[str]) -> Decimal:
    if found["digits"]:
        value = Decimal(re.sub(r"[¥￥$,\s]", "", found["digits"]))
    elif found["english"]:
        value = Decimal(_ENGLISH[found["english"].lower()])
    else:
        value = han_number(found["han"], folded=found["unit"] == "折")
    return value * _SCALES.get((found["scale"] or "").lower(), 1)


def han_number(text: str, *, folded: bool = False) -> Decimal:
    """A number in Chinese: 三十五, 一百二十万, 两亿; 八五 (折) is 8.5."""
    if all(one in _DIGITS for one in text):
        digits = "".join(str(_DIGITS[one]) for one in text)
        return Decimal(f"{digits[0]}.{digits[1:]}") if folded and len(digits) > 1 else Decimal(digits)
    total = section = figure = 0
    for one in text:
        if one in _DIGITS:
            figure = _DIGITS[one]
        elif _POWERS[one] >= 10_000:
            total = (
                (total + section + figure) * _POWERS[one]
                if total < _POWERS[one] and not total
                else total + (section + figure) * _POWERS[one]
            )
            section = figure = 0
        else:
            section += (figure or 1) * _POWERS[one]
            figure = 0
    return Decimal(total + section + figure)
