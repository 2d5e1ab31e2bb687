"""A formula has one value in Python, SQLite, PostgreSQL and JavaScript: the cases of tests/fixtures/formula in all four."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from engine.model.formula import Formula
from engine.model.formula_functions import FUNCTIONS
from engine.runtime.formula.value import RowCells, compile_value
from tests.formula.formula_browser import javascript_values
from tests.formula.formula_databases import Rows, postgres_values, sqlite_values
from tests.formula.formula_world import MOMENT, cells, checked, formula, shown

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formula"


@dataclass(frozen=True)
class Case:
    """One formula on one row, and its value in one spelling."""

    file: str
    title: str
    row: Mapping[str, object]
    formula: str
    value: object

    def __str__(self) -> str:
        return f"{self.file}: {self.title}: {self.formula}"


def cases() -> Iterator[Case]:
    for file in sorted(FIXTURES.glob("*.yaml")):
        for group in yaml.safe_load(file.read_text("utf-8")):
            for text, value in group["values"].items():
                yield Case(file.stem, group["title"], group["row"], text, value)


ALL = list(cases())
REFUSED = [case for case in ALL if isinstance(case.value, dict)]
VALUED = [case for case in ALL if not isinstance(case.value, dict)]


@pytest.fixture(scope="module")
def formulas() -> list[Formula]:
    return [formula(case.formula) for case in VALUED]


@pytest.fixture(scope="module")
def rows() -> tuple[Rows, list[int]]:
    """One deal a case group, however many formulas read it."""
    made, ids, known = Rows(), list[int](), dict[int, int]()
    for case in VALUED:
        if id(case.row) not in known:
            known[id(case.row)] = made.add("deal", cells("deal", case.row))
        ids.append(known[id(case.row)])
    return made, ids


def differences(found: Sequence[object]) -> list[str]:
    pairs = zip(VALUED, found, strict=True)
    return [f"{case} is {value!r}, not {case.value!r}" for case, value in pairs if value != case.value]


def test_python_has_every_value(formulas: list[Formula]) -> None:
    found = []
    for case, one in zip(VALUED, formulas, strict=True):
        found.append(shown(compile_value(one)(RowCells(cells("deal", case.row)), MOMENT), one.type))
    assert differences(found) == []


def test_sqlite_has_every_value(formulas: list[Formula], rows: tuple[Rows, list[int]]) -> None:
    made, ids = rows
    found = sqlite_values(made, formulas, of=ids)
    assert differences([values[record] for values, record in zip(found, ids, strict=True)]) == []


def test_postgres_has_every_value(formulas: list[Formula], rows: tuple[Rows, list[int]], postgres_server: str) -> None:
    made, ids = rows
    found = postgres_values(postgres_server, made, formulas, of=ids)
    assert differences([values[record] for values, record in zip(found, ids, strict=True)]) == []


def test_javascript_has_every_value(formulas: list[Formula], tmp_path: Path) -> None:
    asked = [(one, case.row) for one, case in zip(formulas, VALUED, strict=True)]
    assert differences(javascript_values(asked, tmp_path)) == []


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_formula_that_cannot_be_meant_is_refused(case: Case) -> None:
    found = checked(case.formula)
    assert not isinstance(found, Formula)
    assert isinstance(case.value, dict)
    assert case.value["refused"] in {problem.code for problem in found}


def test_every_function_has_a_case() -> None:
    used = {name for case in VALUED for name in re.findall(r"([a-z_0-9]+)\(", case.formula)}
    assert sorted(FUNCTIONS.keys() - used) == []


def test_the_cases_are_many() -> None:
    assert len(VALUED) >= 250
