"""Statements of the choke point: built once per shape, reader's roles and dialect; values bound when they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.runtime.database.protocol import Row
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.query.compilation import Compilation, parameter_of
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.rewrites.few_values import Widths, few_values, widths_of, with_few_values
from engine.runtime.query.variables import variable_values
from engine.runtime.work import Work

Built = tuple[exp.Expression, RecordDecoder, Compilation]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rendered statement with what its rows mean, and which of the request's variables and short lists it binds."""

    statement: Statement
    decoder: RecordDecoder
    variables: frozenset[str]
    short: Widths = ()


def prepared(work: Work, shape: tuple[object, ...], build: Callable[[], Built]) -> Prepared:
    """The statement of `shape` for this reader's roles. Whatever decides its text must be in the shape."""
    principal = work.context.principal
    dialect = work.session.dialect
    language = work.context.language
    short = widths_of(work.context, dialect)
    key = (work.model.fingerprint, principal.roles, principal.token_scopes, language, dialect, short, shape)

    def make() -> Prepared:
        tree, decoder, compilation = build()
        statement = compile_statement(with_few_values(tree, short), dialect)
        bound = frozenset(statement.parameters)
        variables = frozenset(name for name in compilation.variables if parameter_of(name) in bound)
        return Prepared(statement, decoder, variables, tuple(one for one in short if f"{one[0]}_0" in bound))

    return work.statements.get(key, make)


def rows_of(work: Work, prepared_statement: Prepared, values: Mapping[str, object]) -> list[Row]:
    """The rows of a statement; `values` are its own parameters, the request's variables are added."""
    bound = dict(values)
    if prepared_statement.variables:
        bound |= variable_values(work.context, prepared_statement.variables, work.session.dialect)
    if prepared_statement.short:
        bound |= few_values(work.context, prepared_statement.short)
    return work.session.rows(prepared_statement.statement, bound)
