"""True only: where a condition keeps rows, unknown is as good as false, so nothing needs to turn one into the other.

`COALESCE(unit IN (…), 0)` hides from both databases that there is an index on `unit`.
"""

from __future__ import annotations

from sqlglot import exp


def true_only(condition: exp.Expr) -> exp.Expression:
    """The condition without defaults of false, as far as only AND and OR stand above them."""
    match condition:
        case exp.Paren():
            return exp.Paren(this=true_only(condition.this))
        case exp.And() | exp.Or():
            return type(condition)(this=true_only(condition.left), expression=true_only(condition.right))
        case exp.Coalesce() if len(condition.expressions) == 1 and _is_false(condition.expressions[0]):
            return exp.Paren(this=true_only(condition.this))
        case exp.Expression():
            return condition
        case _:
            raise TypeError(f"no condition: {type(condition).__name__}")


def _is_false(default: exp.Expression) -> bool:
    if isinstance(default, exp.Boolean):
        return default.this is False
    return isinstance(default, exp.Literal) and not default.is_string and default.this == "0"
