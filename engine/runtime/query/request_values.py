"""Request values in a statement: a variable is a parameter; a list of them is one too."""

from __future__ import annotations

from sqlglot import exp

from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation


def request_value(compilation: Compilation, name: str) -> exp.Expression:
    """The parameter of a variable; the statement then binds it from the request's context."""
    return nodes.parameter(compilation.use(name))
