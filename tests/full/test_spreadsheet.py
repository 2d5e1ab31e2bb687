"""The comparison with a spreadsheet needs its program, and says so; what it compares is enough and well typed."""

from __future__ import annotations

import pytest

from tests.full.sheet_cases import DIFFERENCES, sheet_cases
from tests.full.spreadsheet import LEAST, REFERENCE, same, spreadsheet_values, value_of


def test_without_the_program_nothing_is_compared_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit, match="LibreOffice is needed"):
        spreadsheet_values(["1+1"])


def test_the_cases_are_many_and_have_values() -> None:
    values = [value_of(one) for one in sheet_cases()]
    assert len(values) >= LEAST
    assert None not in values


def test_every_listed_difference_stands_in_the_reference() -> None:
    reference = REFERENCE.read_text("utf-8")
    assert [ours for ours, *_ in DIFFERENCES if f"| `{ours}`" not in reference] == []


def test_a_number_is_compared_by_its_size_and_a_text_as_it_stands() -> None:
    assert same("2.70", 2.7)
    assert not same("2.70", 2.71)
    assert not same("2.70", "2.70 ")
    assert same(True, 1.0)
    assert not same(True, "TRUE")
