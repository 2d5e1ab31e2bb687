"""Few values: a short list of the request stands in a statement value by value.

A list in one parameter has no length that SQLite could plan with: it read a whole index in order where a unit's own part
of another one holds the page (12 ms against 1.5 ms on 100,000 rows). Long lists stay one parameter.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from engine.model.context import Context
from engine.runtime.query.compilation import parameter_of

WIDTHS = (1, 2, 4, 8)
"""The lengths that statements are made for; a list in between repeats its last value."""

_WIDTH = tuple(next(width for width in WIDTHS if width >= size) for size in range(WIDTHS[-1] + 1))
"""The width of a list by its length."""

Widths = tuple[tuple[str, int], ...]


def widths_of(context: Context, dialect: str) -> Widths:
    """The parameters of the context's short lists with the lengths they take in a statement; part of its shape."""
    if dialect != "sqlite":
        return ()
    return tuple(
        (parameter_of(name), _WIDTH[len(listed)])
        for name, listed in context.scopes.items()
        if 0 < len(listed) <= WIDTHS[-1]
    )


def with_few_values(tree: exp.Expression, widths: Widths) -> exp.Expression:
    """The tree in which `IN (SELECT value FROM json_each(:list))` of a short list is `IN (:list_0, :list_1)`."""
    known = dict(widths)
    for member in list(tree.find_all(exp.In)):
        name = _listed(member)
        if name in known:
            member.set("query", None)
            member.set("expressions", [exp.Placeholder(this=f"{name}_{at}") for at in range(known[name])])
    return tree


def few_values(context: Context, widths: Widths) -> Mapping[str, object]:
    """The single values of the short lists, by parameter."""
    bound: dict[str, object] = {}
    lists = {parameter_of(variable): listed for variable, listed in context.scopes.items()}
    for name, width in widths:
        ordered = sorted(lists[name])
        bound |= {f"{name}_{at}": ordered[min(at, len(ordered) - 1)] for at in range(width)}
    return bound


def _listed(member: exp.In) -> str:
    """The parameter whose values an `IN (SELECT …)` looks through; empty for any other membership."""
    query = member.args.get("query")
    select = query.this if isinstance(query, exp.Subquery) else None
    source = select.args.get("from_") if isinstance(select, exp.Select) else None
    listed = source.this.expressions if source is not None and isinstance(source.this, exp.Anonymous) else []
    return str(listed[0].this) if len(listed) == 1 and isinstance(listed[0], exp.Placeholder) else ""
