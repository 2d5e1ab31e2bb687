"""The closed list of functions of the formula language."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.formula_functions_rows import DATES, FOLDS
from engine.model.formula_functions_values import LOGIC, MATH, PLACES, TEXT
from engine.model.formula_spec import FunctionSpec

FUNCTIONS: Mapping[str, FunctionSpec] = {one.name: one for one in (*LOGIC, *MATH, *PLACES, *TEXT, *DATES, *FOLDS)}
ALIASES: Mapping[str, str] = {one.alias: one.name for one in FUNCTIONS.values()}
AGGREGATES = frozenset(one.name for one in FOLDS) | {"min", "max"}
