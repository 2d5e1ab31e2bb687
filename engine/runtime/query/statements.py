"""Statements of the choke point: built once per shape, reader's roles and dialect; values bound when they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.model.replacing import replaced
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Statement, use_up
from engine.runtime.query.compilation import Compilation, parameter_of, present_parameter
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.opening import opened_rows
from engine.runtime.query.rewrites.as_of import MOMENT, as_it_was
from engine.runtime.query.rewrites.envelopes import with_envelopes
from engine.runtime.query.rewrites.few_values import FewValues, few_values, with_few_values
from engine.runtime.query.variables import variable_values
from engine.runtime.storage.fields import encode_instant
from engine.runtime.work import Work

Built = tuple[exp.Expression, RecordDecoder, Compilation]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rendered statement with what its rows mean, which of the request's variables it binds, and whether short lists."""

    statement: Statement
    decoder: RecordDecoder
    variables: frozenset[str]
    short: bool = False
    present: frozenset[str] = frozenset()


def prepared(work: Work, shape: tuple[object, ...], build: Callable[[], Built]) -> Prepared:
    """The statement of `shape` for this reader's roles. Whatever decides its text must be in the shape."""
    principal = work.context.principal
    dialect = work.session.dialect
    language = work.context.language
    short = _few(work).widths
    back = work.context.as_of is not None
    key = (work.model.fingerprint, principal.roles, principal.token_scopes, language, dialect, short, back, shape)

    def make() -> Prepared:
        tree, decoder, compilation = build()
        if back:
            tree = as_it_was(tree, work.model, compilation.present, dialect)
        tree = with_envelopes(tree, work.model, len(decoder.sealed))
        statement = use_up(with_few_values(tree, short), dialect)
        bound = frozenset(statement.parameters)
        variables = frozenset(name for name in compilation.variables if parameter_of(name) in bound)
        present = frozenset(name for name in compilation.variables if present_parameter(name) in bound)
        return Prepared(statement, decoder, variables, any(f"{name}_0" in bound for name, _ in short), present)

    return work.statements.get(key, make)


def rows_of(work: Work, prepared_statement: Prepared, values: Mapping[str, object]) -> list[Row]:
    """The rows of a statement; `values` are its own parameters, the request's variables are added."""
    if work.context.as_of is not None:
        work.read_once("plain plans", _plainly)
    rows = work.session.rows(prepared_statement.statement, {**values, **bound_of(work, prepared_statement)})
    decoder = prepared_statement.decoder
    if decoder.guarded and work.context.principal.service is None:
        sighting = decoder.sighting(rows)
        if sighting is not None:
            work.sightings.append(sighting)
    return opened_rows(work, decoder, rows) if decoder.sealed else rows


def bound_of(work: Work, prepared_statement: Prepared) -> dict[str, object]:
    """What a statement binds of its request: with its text, all that decides which rows and cells its reader gets."""
    bound: dict[str, object] = {}
    if prepared_statement.variables:
        bound |= variable_values(work.context, prepared_statement.variables, work.session.dialect)
    if work.context.as_of is not None:
        bound |= _of_the_past(work, prepared_statement)
    if prepared_statement.short:
        bound |= _few(work).bound
    return bound


def _plainly(session: Session) -> None:
    """PostgreSQL runs statements that look back as they are: compiling their many expressions takes it longer by far."""
    if session.dialect == "postgres":
        session.execute(Statement("SET LOCAL jit = off", (), "postgres"))


def _of_the_past(work: Work, prepared_statement: Prepared) -> Mapping[str, object]:
    """The moment, and what today's rights know of the request's time."""
    dialect = work.session.dialect
    now = variable_values(replaced(work.context, as_of=None), prepared_statement.present, dialect)
    moment = {MOMENT: encode_instant(work.context.as_of, dialect)}
    return moment | {present_parameter(name): now[parameter_of(name)] for name in prepared_statement.present}


def _few(work: Work) -> FewValues:
    """The short lists of the request, worked out once for each of its scopes."""
    scopes = work.context.scopes
    kept = work.known.get(_FEW)
    if isinstance(kept, tuple) and kept[0] is scopes:
        found: FewValues = kept[1]
        return found
    found = few_values(work.context, work.session.dialect)
    work.known[_FEW] = scopes, found
    return found


_FEW = "few_values"
