"""Random formulas of the language on random rows have one value in Python, both databases and JavaScript."""

from __future__ import annotations

from decimal import Decimal as Exact
from fractions import Fraction
from pathlib import Path

import pytest

from engine.model.formula_functions import FUNCTIONS
from engine.runtime.formula.value import RowCells, compile_value
from tests.formula.agreement import Agreement, Backends, batches, compared, found_after
from tests.formula.formula_boundaries import NEAR, distance
from tests.formula.formula_drawing import functions_of
from tests.formula.formula_faults import JAVASCRIPT, PYTHON, PYTHON_RULES, SQL, SQL_RULES, planted_javascript, sql_rule
from tests.formula.formula_world import MOMENT, formula

SEED, PAIRS = 20260301, 3_000


@pytest.fixture(scope="module")
def agreement(postgres_dsn: str | None, tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    return compared(SEED, PAIRS, Backends(True, postgres_dsn, tmp_path_factory.mktemp("browser")))


def test_random_formulas_have_one_value_everywhere(agreement: Agreement) -> None:
    assert agreement.pairs >= PAIRS
    assert agreement.refused == []
    assert [str(one) for one in agreement.differences] == []


def test_differences_at_a_rounding_boundary_are_rare(agreement: Agreement) -> None:
    assert len(agreement.near) <= 1


def test_every_function_is_drawn_and_has_a_value(agreement: Agreement) -> None:
    assert sorted(FUNCTIONS.keys() - agreement.valued) == []


def test_a_function_that_is_never_drawn_would_be_told() -> None:
    drawn = {name for one in next(batches(SEED)).formulas for name in functions_of(one.source)}
    assert FUNCTIONS.keys() - drawn, "one batch alone draws them all: the coverage test could not fail"


@pytest.mark.one_database
@pytest.mark.parametrize("name", PYTHON)
def test_a_fault_in_python_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PYTHON_RULES, name, PYTHON[name])
    assert found_after(SEED, PAIRS, Backends()) is not None


@pytest.mark.one_database
@pytest.mark.parametrize("name", SQL)
def test_a_fault_in_sqlite_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SQL_RULES, name, sql_rule(name, "sqlite"))
    assert found_after(SEED, PAIRS, Backends()) is not None


@pytest.mark.parametrize("name", SQL)
def test_a_fault_in_postgres_is_found(name: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SQL_RULES, name, sql_rule(name, "postgres"))
    assert found_after(SEED, PAIRS, Backends(False, postgres_server)) is not None


@pytest.mark.one_database
@pytest.mark.parametrize("name", JAVASCRIPT)
def test_a_fault_in_javascript_is_found(name: str, tmp_path: Path) -> None:
    assert found_after(SEED, PAIRS, Backends(False, None, tmp_path, planted_javascript(name))) is not None


def test_the_distance_from_a_boundary_counts_in_the_twelfth_digit() -> None:
    assert distance(123456789012.5) == 0
    assert distance(0.0) == 1
    assert distance(2.0) == Fraction(1, 2)
    assert distance(1.000000000004999) < NEAR < distance(1.00000000000498)


@pytest.mark.parametrize("scale", [0, 2, 12])
def test_twelve_significant_digits_survive_any_scale(scale: int) -> None:
    value = compile_value(formula(f"sqrt(2, {scale})"))(RowCells({}), MOMENT)
    assert value == round(Exact("1.41421356237"), scale)
