"""Rich words: of the column of a rich text the words alone, for whatever asks the database about them."""

from __future__ import annotations

from sqlglot import exp

from engine.model.rich_texts import SEPARATOR
from engine.runtime.query import nodes


def words_of(column: exp.Expression, dialect: str) -> exp.Expression:
    """What stands before the formatting."""
    found = "INSTR" if dialect == "sqlite" else "STRPOS"
    ended = nodes.concatenated(column.copy(), nodes.text(SEPARATOR))
    length = exp.Sub(this=nodes.call(found, ended, nodes.text(SEPARATOR)), expression=nodes.number(1))
    return nodes.call("SUBSTR", column, nodes.number(1), length)
