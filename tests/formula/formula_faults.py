"""Faults planted in one back end at a time, as they would be made by hand: the comparison must find every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from engine.model.formula import Call
from engine.runtime.formula import functions, sql
from engine.runtime.formula.nodes import binary, call, case, rest
from engine.runtime.formula.scope import Scope
from engine.runtime.formula.sql import Expression, Rule
from tests.formula.formula_browser import RUNTIME

PYTHON: Mapping[str, Callable[[list[Any], Any], Any]] = {
    "mod": lambda values, shape: (
        None if None in values or not values[1] else values[0] - int(values[0] / values[1]) * values[1]
    ),
    "greatest": lambda values, shape: None if None in values else max(values),
    "length": lambda values, shape: None if values[0] is None else len(values[0].encode()),
    "months_between": lambda values, shape: None if None in values else (values[1] - values[0]).days // 30,
}
"""The function as it stands instead of that of the engine."""


def _truncated(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return rest(parts[0], parts[1])


def _greedy(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    best = parts[0]
    for one in parts[1:]:
        best = case([(binary(exp.GT, best, one), best.copy())], one.copy())
    return best


def _bytes(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return call("octet_length", parts[0]) if scope.postgres else call("length", call("hex", parts[0]))


def _down(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return sql._RULES["round_down"](node, parts, scope)


SQL: Mapping[str, Rule] = {"mod": _truncated, "greatest": _greedy, "length": _bytes, "round": _down}

JAVASCRIPT: Mapping[str, tuple[str, str]] = {
    "mod": ("((a % b) + b) % b", "a % b"),
    "astral characters": ("const chars = (text) => Array.from(text)", 'const chars = (text) => text.split("")'),
    "half": ("(2n * a + b) / (2n * b)", "(2n * a + b - 1n) / (2n * b)"),
    "beyond 18 digits": ("const bounded = (n, limit = LIMIT) =>", "const bounded = (n, limit = LIMIT * 10n) =>"),
}
"""A place in the text and what stands there instead."""


def only(dialect: str, fault: Rule, right: Rule) -> Rule:
    """A rule that is at fault in one dialect."""
    return lambda node, parts, scope: (fault if scope.dialect == dialect else right)(node, parts, scope)


def planted_javascript(name: str) -> str:
    """The text with a fault; the place must be there."""
    written, instead = JAVASCRIPT[name]
    assert written in RUNTIME
    return RUNTIME.replace(written, instead)


def sql_rule(name: str, dialect: str) -> Rule:
    """The faulty rule beside the right one."""
    return only(dialect, SQL[name], sql._RULES[name])


PYTHON_RULES: dict[str, Any] = functions.FUNCTIONS  # type: ignore[assignment]
SQL_RULES: dict[str, Any] = sql._RULES  # type: ignore[assignment]
