"""True only: where a condition keeps rows, unknown is as good as false, so nothing needs to turn one into the other.

`COALESCE(unit IN (…), 0)` hides from both databases that there is an index on `unit`, and a column that is a condition
itself, or `NOT COALESCE(done, 0)`, hides it from SQLite.
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
        case exp.Coalesce() if _is_false_when_unknown(condition):
            return exp.Paren(this=true_only(condition.this))
        case exp.Not():
            return _not_true(condition)
        case exp.Column():
            return exp.EQ(this=condition, expression=exp.true())
        case exp.Expression():
            return condition
        case _:
            raise TypeError(f"no condition: {type(condition).__name__}")


def _not_true(condition: exp.Not) -> exp.Expression:
    """NOT of a column, compared: `done = FALSE`, and where unknown counts as false `(done = FALSE OR done IS NULL)`."""
    inner = _bare(condition.this)
    known_false = isinstance(inner, exp.Coalesce) and _is_false_when_unknown(inner)
    column = _bare(inner.this) if known_false else inner
    if not isinstance(column, exp.Column):
        return condition
    false: exp.Expression = exp.EQ(this=column, expression=exp.false())
    if not known_false:
        return false
    return exp.Paren(this=exp.Or(this=false, expression=exp.Is(this=column.copy(), expression=exp.Null())))


def _bare(condition: exp.Expr) -> exp.Expr:
    return _bare(condition.this) if isinstance(condition, exp.Paren) else condition


def _is_false_when_unknown(condition: exp.Coalesce) -> bool:
    return len(condition.expressions) == 1 and _is_false(condition.expressions[0])


def _is_false(default: exp.Expression) -> bool:
    if isinstance(default, exp.Boolean):
        return default.this is False
    return isinstance(default, exp.Literal) and not default.is_string and default.this == "0"
