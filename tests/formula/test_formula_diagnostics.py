"""Formulas that cannot be read: a code, a place inside the formula, what could stand there; never a traceback, never slow."""

from __future__ import annotations

import time

import pytest

from engine.diagnostics import Diagnostic
from engine.model.formula import Formula
from tests.formula.formula_world import checked


def problems(text: str) -> tuple[Diagnostic, ...]:
    found = checked(text)
    assert not isinstance(found, Formula), f"{text} was accepted"
    return found


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("amount +", "F102", 8),
        ("round(amount, 2", "F102", 15),
        ("amount ! 2", "F101", 7),
        ("amount 2", "F101", 7),
        ("1 + amont", "F201", 4),
        ("customer.teir", "F201", 0),
        ("1 + rond(2)", "F202", 4),
        ("left(name)", "F203", 0),
        ("1 + name", "F301", 4),
        ('stage = "wonn"', "F302", 8),
        ("n + amount / 2", "F303", 4),
        ("rate * rate * rate * rate", "F307", 0),
        ("lines", "F308", 0),
        ("sum_if(lines.amount, n > 1)", "F311", 21),
    ],
)
def test_a_problem_has_its_place(text: str, code: str, offset: int) -> None:
    first = problems(text)[0]
    assert (first.code, first.span.column - 2) == (code, offset)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("amont", "amount"), ("rond(n)", "round"), ('stage = "wonn"', "won"), ("求各(lines.amount)", "求和")],
)
def test_a_slip_gets_a_suggestion(text: str, suggestion: str) -> None:
    hint = problems(text)[0].hint
    assert hint is not None
    assert suggestion in hint.en
    assert suggestion in hint.zh


def test_all_problems_are_told_at_once() -> None:
    assert [one.code for one in problems("amont + pric + left(1, 2)")] == ["F201", "F201", "F301"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("n" + " + n" * 25_000, "F103"),
        ("(" * 100_000, "F103"),
        ("(" * 9_000, "F102"),
        ("abs(" * 100 + "n" + ")" * 100, "F104"),
        ("-" * 9_000 + "n", "F104"),
        ("not " * 2_000 + "flag", "F104"),
        ("n" + " * n" * 2_000, "F104"),
    ],
)
def test_a_huge_formula_is_refused_at_once(text: str, code: str) -> None:
    started = time.process_time()
    assert problems(text)[0].code == code
    assert time.process_time() - started < 2


def test_a_long_chain_is_no_deep_formula() -> None:
    assert isinstance(checked("n" + " + n" * 1_000), Formula)
    assert isinstance(checked("flag" + " and flag" * 1_000), Formula)
