"""Few values: a short list of the request stands in a statement value by value.

A list in one parameter has no length that SQLite could plan with: it read a whole index in order where a unit's own part
of another one holds the page (12 ms against 1.5 ms on 100,000 rows). Long lists stay one parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.model.context import Context
from engine.runtime.query.compilation import parameter_of

WIDTHS = (1, 2, 4, 8)
"""The lengths that statements are made for; a list in between repeats its last value."""

_WIDTH = tuple(next(width for width in WIDTHS if width >= size) for size in range(WIDTHS[-1] + 1))
"""The width of a list by its length."""

Widths = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FewValues:
    """The short lists of a request: the lengths they take in a statement, which are part of its shape, by parameter;
    and their single values, by parameter."""

    widths: Widths
    bound: Mapping[str, object]


def few_values(context: Context, dialect: str) -> FewValues:
    """The short lists of a context, of which PostgreSQL needs none."""
    if dialect != "sqlite":
        return FewValues((), {})
    short = [(parameter_of(name), sorted(one)) for name, one in context.scopes.items() if 0 < len(one) <= WIDTHS[-1]]
    widths = tuple((name, _WIDTH[len(ordered)]) for name, ordered in short)
    bound = {
        f"{name}_{at}": ordered[min(at, len(ordered) - 1)]
        for name, ordered in short
        for at in range(_WIDTH[len(ordered)])
    }
    return FewValues(widths, bound)


def with_few_values(tree: exp.Expression, widths: Widths) -> exp.Expression:
    """The tree in which `IN (SELECT value FROM json_each(:list))` of a short list is `IN (:list_0, :list_1)`."""
    known = dict(widths)
    for member in list(tree.find_all(exp.In)):
        name = _listed(member)
        if name in known:
            member.set("query", None)
            member.set("expressions", [exp.Placeholder(this=f"{name}_{at}") for at in range(known[name])])
    return tree


def _listed(member: exp.In) -> str:
    """The parameter whose values an `IN (SELECT …)` looks through; empty for any other membership."""
    query = member.args.get("query")
    select = query.this if isinstance(query, exp.Subquery) else None
    source = select.args.get("from_") if isinstance(select, exp.Select) else None
    listed = source.this.expressions if source is not None and isinstance(source.this, exp.Anonymous) else []
    return str(listed[0].this) if len(listed) == 1 and isinstance(listed[0], exp.Placeholder) else ""
