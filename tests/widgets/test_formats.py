"""Formats: numbers, money, dates and spans as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as any_of

from engine.widgets.formats import (
    axis_text,
    compact,
    compact_money,
    format_bytes,
    format_date,
    format_decimal,
    format_duration,
    format_instant,
    format_money,
    format_number,
    format_percent,
)

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SHANGHAI = "Asia/Shanghai"
FINITE = any_of.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20"))


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        ("0", None, "0"),
        ("1286.500", None, "1,286.5"),
        ("-1286.5", 2, "−1,286.50"),
        ("2.005", 2, "2.01"),
        ("-0.001", 2, "0.00"),
        ("1E+3", None, "1,000"),
        ("123456789012345678901234567890.12", 2, "123,456,789,012,345,678,901,234,567,890.12"),
        ("NaN", 2, "—"),
    ],
)
def test_numbers_are_exact_with_separators(value: str, scale: int | None, expected: str) -> None:
    assert format_number(Decimal(value), "zh", scale) == expected


def test_thousandths_are_shown_where_they_say_something() -> None:
    found = [format_decimal(Decimal(one), "zh", 3) for one in ("7.000", "2.500", "1200.125", "-0.100", "0")]
    assert found == ["7", "2.5", "1,200.125", "−0.1", "0"]
    assert format_decimal(Decimal("2.50"), "zh", 2) == "2.50", "hundredths stand below each other"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("0", "0", "0"),
        ("1286", "1,286", "1,286"),
        ("9999", "9,999", "9,999"),
        ("10000", "1 万", "10K"),
        ("45678", "4.57 万", "45.7K"),
        ("1286000", "128.6 万", "1.29M"),
        ("12860000", "1,286 万", "12.9M"),
        ("99999999", "1 亿", "100M"),
        ("320000000", "3.2 亿", "320M"),
        ("999950000", "10 亿", "1B"),
        ("-320000000", "−3.2 亿", "−320M"),
        ("1200000000000", "1.2 万亿", "1.2T"),
        ("2.4", "2.4", "2.4"),
        ("0.004", "0", "0"),
    ],
)
def test_figures_shorten_to_wan_and_yi_or_to_k_m_b(value: str, zh: str, en: str) -> None:
    assert compact(Decimal(value), "zh") == zh
    assert compact(Decimal(value), "en") == en


def test_money_carries_its_sign_before_the_symbol() -> None:
    assert format_money(Decimal("1286"), "zh") == "¥1,286.00"
    assert format_money(Decimal("-12.5"), "en", "USD") == "−$12.50"
    assert format_money(Decimal("3"), "en", "CHF", 0) == "CHF 3"
    assert compact_money(Decimal("3280000"), "zh") == "¥328 万"
    assert compact_money(Decimal("-45000"), "en", "USD") == "−$45K"
    assert compact_money(Decimal("12.5"), "zh") == "¥12.5"


def test_percentages_are_ratios_told_with_one_decimal() -> None:
    assert format_percent(Decimal("0.0421"), "zh") == "4.2 %"
    assert format_percent(Decimal("-0.3"), "en") == "−30%"
    assert format_percent(Decimal("1.5"), "en", 0) == "150%"


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (TODAY, "今天", "Today"),
        (date(2026, 11, 22), "昨天", "Yesterday"),
        (date(2026, 11, 24), "明天", "Tomorrow"),
        (date(2026, 3, 2), "3 月 2 日", "2 Mar"),
        (date(2025, 3, 2), "2025 年 3 月 2 日", "2 Mar 2025"),
    ],
)
def test_days_are_told_as_people_say_them(day: date, zh: str, en: str) -> None:
    assert format_date(day, "zh", TODAY) == zh
    assert format_date(day, "en", TODAY) == en


@pytest.mark.parametrize(
    ("instant", "zh"),
    [
        (NOW - timedelta(seconds=20), "刚刚"),
        (NOW - timedelta(minutes=5), "5 分钟前"),
        (NOW - timedelta(hours=2), "今天 12:05"),
        (NOW - timedelta(hours=15), "昨天 23:05"),
        (NOW + timedelta(hours=20), "明天 10:05"),
        (datetime(2026, 3, 2, 1, 30), "3 月 2 日 09:30"),
    ],
)
def test_instants_stand_in_the_readers_zone(instant: datetime, zh: str) -> None:
    assert format_instant(instant, "zh", NOW, SHANGHAI) == zh


def test_midnight_is_that_of_the_zone_not_of_utc() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert format_instant(late, "zh", NOW, SHANGHAI) == "今天 00:30"
    assert format_instant(late, "en", NOW, "America/New_York") == "Yesterday 11:30"


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(), "0 秒", "0 s"),
        (timedelta(seconds=45), "45 秒", "45 s"),
        (timedelta(minutes=65), "1 小时 5 分钟", "1 h 5 min"),
        (timedelta(days=3, hours=4, minutes=9), "3 天 4 小时", "3 d 4 h"),
        (-timedelta(hours=2), "−2 小时", "−2 h"),
    ],
)
def test_spans_are_told_by_their_two_largest_units(span: timedelta, zh: str, en: str) -> None:
    assert format_duration(span, "zh") == zh
    assert format_duration(span, "en") == en


def test_sizes_of_files_are_told_in_the_unit_that_fits() -> None:
    assert [format_bytes(size) for size in (0, 812, 34_900, 1_258_291, 5 * 1024**4)] == [
        "0 B",
        "812 B",
        "34 KB",
        "1.2 MB",
        "5,120 GB",
    ]


def test_ticks_of_an_axis_share_one_word() -> None:
    ticks = [Decimal(value) for value in (0, 500_000, 1_000_000)]
    assert [axis_text(tick, "zh", ticks[-1]) for tick in ticks] == ["0", "50 万", "100 万"]
    assert [axis_text(tick, "en", ticks[-1]) for tick in ticks] == ["0", "0.5M", "1M"]
    assert axis_text(Decimal(1500), "zh", Decimal(1500)) == "1,500"
    assert axis_text(Decimal(1500), "en", Decimal(1500)) == "1.5K"


@given(FINITE)
def test_an_exact_number_reads_back_as_itself(value: Decimal) -> None:
    text = format_number(value, "zh")
    assert Decimal(text.replace(",", "").replace("−", "-")) == value


@given(FINITE, any_of.sampled_from(["zh", "en"]))
def test_a_short_figure_is_short_and_close(value: Decimal, language: str) -> None:
    text = compact(value, language)
    words = {"万亿": 12, "亿": 8, "万": 4, "T": 12, "B": 9, "M": 6, "K": 3}
    word = next((word for word in words if text.endswith(word)), "")
    told = Decimal(text.removesuffix(word).strip().replace(",", "").replace("−", "-")).scaleb(words.get(word, 0))
    assert abs(told - value) <= max(abs(value) * Decimal("0.01"), Decimal("0.005"))
    assert len(text) <= 12 or abs(value) >= Decimal(10) ** 16
