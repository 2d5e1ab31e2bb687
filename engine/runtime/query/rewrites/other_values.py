"""Other values: a column that has none of some texts lies in one of the ranges between them, which an index finds.

SQLite reads every row of a unit, or of the table, to count those that are in none of two states; by ranges it reads those
alone. An empty value lies in no range, and is as unknown as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from sqlglot import exp

from engine.runtime.query import nodes
from engine.runtime.storage.usual_rows import But

MOST = 8
"""Values from which the ranges are too many to be looked for one by one."""


def by_ranges(tree: exp.Select, kept: Collection[But]) -> exp.Select:
    """The statement in which `NOT (stage IN ('lost', 'won'))` is `(stage < 'lost' OR stage > 'lost' AND stage < 'won' OR …)`,
    but where an index holds those rows alone: what it leaves out is `kept`."""
    for negated in list(tree.find_all(exp.Not)):
        member = _bare(negated.this)
        if isinstance(member, exp.In) and _of_few_texts(member) and (member.this.name, *_values(member)) not in kept:
            negated.replace(nodes.parens(nodes.any_of([*_ranges(member)])))
    return tree


def in_order(tree: exp.Expression) -> exp.Expression:
    """The condition with the texts of every `NOT (stage IN ('won', 'lost'))` in order, as indexes that leave them out say them."""
    for negated in list(tree.find_all(exp.Not)):
        member = _bare(negated.this)
        if isinstance(member, exp.In) and _of_few_texts(member):
            member.set("expressions", [nodes.text(one) for one in _values(member)])
    return tree


def _bare(condition: exp.Expr) -> exp.Expr:
    return _bare(condition.this) if isinstance(condition, exp.Paren) else condition


def _of_few_texts(member: exp.In) -> bool:
    listed = member.expressions
    known = isinstance(member.this, exp.Column) and member.args.get("query") is None and 0 < len(listed) <= MOST
    return known and all(isinstance(one, exp.Literal) and one.is_string for one in listed)


def _ranges(member: exp.In) -> Iterator[exp.Expression]:
    """By code point, as both databases and Python order texts."""
    values = [nodes.text(one) for one in _values(member)]
    yield nodes.compare(exp.LT, member.this, values[0])
    for low, high in pairwise(values):
        above = nodes.compare(exp.GT, member.this, low)
        yield nodes.all_of([above, nodes.compare(exp.LT, member.this, high)])
    yield nodes.compare(exp.GT, member.this, values[-1])


def _values(member: exp.In) -> list[str]:
    return sorted({str(one.this) for one in member.expressions})
