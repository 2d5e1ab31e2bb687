"""Column shapes: what a column of any database is made for, by the name of its type."""

from __future__ import annotations

import re

_SHAPES = (
    ("flag", re.compile(r"\b(?:bool|boolean|bit|check|checkbox|flag|yesno|tinyint\s*\(\s*1\s*\))(?![a-z0-9])", re.I)),
    ("date", re.compile(r"\b(?:date|datetime2?|smalldatetime|timestamp(?:tz)?|time|timetz|year)(?![a-z])", re.I)),
    (
        "number",
        re.compile(
            r"\b(?:int|integer|(?:tiny|small|medium|big)?int[248]?|serial|bigserial|decimal|numeric|number|float[48]?|double|real|money|smallmoney"
            r"|currency|percent|monetary)(?![a-z])",
            re.I,
        ),
    ),
)


def shape_of_type(written: str) -> str:
    """The shape of a column by its type as a schema writes it: flag, date, number, or "" where it may hold any text."""
    return next((shape for shape, words in _SHAPES if words.search(written)), "")
