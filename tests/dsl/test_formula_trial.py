"""A formula as the formula bar tries it: problems where they are, type and unit of the value, words that may follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dsl.document import Document
from engine.dsl.editing.formula_trial import Trial, tried, words_at
from engine.dsl.editing.workspace import Workspace
from engine.dsl.source import Path as DataPath
from engine.dsl.symbols import Symbols
from engine.installation.served import WIDGETS
from engine.model.formula_words import shape_words
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WEIGHTED: DataPath = ("fields", "weighted", "formula")


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace([ROOT / "packs" / name for name in ("organisation", "b2b_sales")], read_widgets(WIDGETS))


@pytest.fixture(scope="module")
def symbols(workspace: Workspace) -> Symbols:
    return workspace.known().symbols


@pytest.fixture(scope="module")
def opportunity(symbols: Symbols) -> Document:
    found = symbols.document("entities", "opportunity")
    assert found is not None
    return found


def trial(document: Document, text: str, symbols: Symbols, path: DataPath = WEIGHTED) -> Trial:
    found = tried(document, path, text, symbols)
    assert found is not None
    return found


def test_a_formula_has_a_type_and_a_unit(opportunity: Document, symbols: Symbols) -> None:
    found = trial(opportunity, "round(amount * probability, 2)", symbols)
    assert found.problems == ()
    assert found.entity == "opportunity"
    assert found.formula is not None
    assert shape_words(found.formula.type).zh == "金额 CNY，2 位小数"
    assert shape_words(found.formula.type).en == "money CNY, 2 decimals"
    assert str(found.unit) == "CNY"


@pytest.mark.parametrize(
    ("text", "code", "place", "zh", "en"),
    [
        ("amount * ", "F102", 9, "字段", "field"),
        ("amount +* 2", "F101", 8, "字段", "field"),
        ("round(amont, 2)", "F201", 6, "amont", "amont"),
        ("amount\n* probabilty", "F201", 9, "probabilty", "probabilty"),
        ("amount + name", "F301", 9, "数", "number"),
        ("如果(1)", "F203", 0, "如果", "如果"),
    ],
)
def test_problems_stand_at_their_letter_in_one_language_each(
    opportunity: Document, symbols: Symbols, text: str, code: str, place: int, zh: str, en: str
) -> None:
    found = trial(opportunity, text, symbols)
    assert found.formula is None
    offset, problem = found.problems[0]
    assert (problem.code, offset) == (code, place)
    words = (problem.message, problem.hint)
    assert any(zh in one.zh for one in words if one)
    assert any(en in one.en for one in words if one)
    assert not any("field" in one.zh or "字段" in one.en for one in words if one), "no mixture of languages"


def test_a_condition_must_be_true_or_false(opportunity: Document, symbols: Symbols) -> None:
    found = trial(opportunity, "amount", symbols, ("fields", "amount", "required_when"))
    assert [one.code for _, one in found.problems] == ["F301"]
    assert trial(opportunity, "amount > 5", symbols, ("fields", "amount", "required_when")).problems == ()


def test_where_no_formula_may_stand_there_is_no_trial(symbols: Symbols) -> None:
    role = symbols.document("roles", "sales")
    assert role is not None
    assert tried(role, ("home",), "1", symbols) is None


def test_a_formula_over_metrics_knows_what_these_are(symbols: Symbols) -> None:
    metric = symbols.document("metrics", "average_deal")
    assert metric is not None
    found = tried(metric, ("formula",), "round(won_amount / won_count, 2)", symbols)
    assert found is not None
    assert found.formula is not None
    assert shape_words(found.formula.type).en == "money CNY, 2 decimals"
    unknown = tried(metric, ("formula",), "won_amont * 2", symbols)
    assert unknown is not None
    assert [one.code for _, one in unknown.problems] == ["F201"]


@pytest.mark.parametrize(
    ("before", "offered", "start"),
    [
        ("am", "amount", 0),
        ("round(pro", "probability", 6),
        ("customer.ti", "customer.tier", 0),
        ("round(amount, 2) + 四舍", "四舍五入", 19),
        ("", "amount", 0),
    ],
)
def test_words_that_may_follow(opportunity: Document, symbols: Symbols, before: str, offered: str, start: int) -> None:
    found = [one for one in words_at(opportunity, WEIGHTED, before, len(before), symbols) if one.name.name == offered]
    assert [one.start for one in found] == [start]


def test_nothing_is_offered_inside_a_text(opportunity: Document, symbols: Symbols) -> None:
    assert list(words_at(opportunity, WEIGHTED, 'name = "am', 10, symbols)) == []
