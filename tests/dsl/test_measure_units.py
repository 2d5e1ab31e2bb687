"""Units of measure: laws of their algebra, and how they are written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.measure_units import PLAIN, MeasureUnit, parse_unit

UNITS = st.dictionaries(st.sampled_from(("CNY", "m2", "hour", "sale", "item")), st.integers(-3, 3)).map(
    lambda powers: MeasureUnit(tuple(sorted((symbol, power) for symbol, power in powers.items() if power)))
)


@given(UNITS, UNITS, UNITS)
def test_units_form_a_commutative_group(one: MeasureUnit, other: MeasureUnit, third: MeasureUnit) -> None:
    assert one * other == other * one
    assert (one * other) * third == one * (other * third)
    assert one * PLAIN == one
    assert one / one == PLAIN
    assert one / other * other == one


@given(UNITS)
def test_a_unit_is_read_as_it_is_written(one: MeasureUnit) -> None:
    assert parse_unit(str(one)) == one


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("CNY/m2", "元/㎡", "CNY/m²"),
        ("hour", "小时", "h"),
        ("USD/item", "USD/件", "USD/items"),
        ("1", "", ""),
        ("sale", "", ""),
    ],
)
def test_a_unit_is_said_in_both_languages(text: str, zh: str, en: str) -> None:
    unit = parse_unit(text)
    assert unit is not None
    assert (unit.label().text("zh"), unit.label().text("en")) == (zh, en)


@pytest.mark.parametrize("text", ["", "CNY per m2", "CNY//m2", "/m2", "元", "2", "CNY^2"])
def test_a_text_that_is_no_unit(text: str) -> None:
    assert parse_unit(text) is None
