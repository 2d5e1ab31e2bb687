"""The search index: one row of tokens a record, each token under its field, kept by a sink and made anew when rules change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import Entity, Field
from engine.model.requests import Change
from engine.model.rich_texts import SEPARATOR
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.query import nodes
from engine.runtime.rows import delete, insert_many, insert_rows, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.search.likeness import RULES_VERSION, forget_marks, remember_marks
from engine.runtime.search.tokens import VERSION, found_by, key_of, wanted
from engine.runtime.storage.tables import indexed_fields, search_table_name
from engine.runtime.work import Work

INDEX_TABLE = Table(
    "dougong_search",
    (Column("entity", PhysicalKind.TEXT, nullable=False), Column("rules", PhysicalKind.TEXT, nullable=False)),
    primary_key=("entity",),
)
"""Under which rules the rows of each entity were indexed."""
BATCH = 500
COLUMNS = ("record", "tokens")
NUMBERED = (*COLUMNS, "rowid")
"""In SQLite the id is the row's own number too: the only way to a row of an FTS5 table that is no search."""


Foreseen = Mapping[str, Mapping[str, str]]
"""What texts are found by, by field, as it was worked out beforehand."""


def foresee_tokens(work: Work, entity: str, tokens: Foreseen) -> None:
    """Let rows of an entity that this unit of work writes be found by tokens that were made elsewhere."""
    work.read_once("tokens", _nothing_foreseen)[entity] = tokens


def _nothing_foreseen(session: Session) -> dict[str, Foreseen]:
    return {}


class SearchSink:
    """Keeps the tokens of changed rows. Deleted rows keep theirs: lists leave such rows out themselves."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        grouped: dict[tuple[str, bool], list[tuple[Change, Mapping[str, object]]]] = {}
        for change in changes:
            if change.after is not None:
                grouped.setdefault((change.entity, change.before is None), []).append((change, change.after))
        foreseen = work.read_once("tokens", _nothing_foreseen)
        for (name, new), written in grouped.items():
            entity = work.model.entities[name]
            fields = indexed_fields(entity)
            compared = [one for rule in entity.duplicates for one in rule.fields]
            remember_marks(work.session, entity, _touching(written, compared), new)
            rows = _touching(written, [field.name for field in fields])
            _write(work.session, name, [(one, foreseen.get(name, {}).get(one.name, {})) for one in fields], rows, new)


def _touching(
    written: Sequence[tuple[Change, Mapping[str, object]]], names: Sequence[str]
) -> list[tuple[int, Mapping[str, object]]]:
    """The rows of which something by one of the names has changed."""
    sought = frozenset(names)
    return [(change.id, after) for change, after in written if not sought.isdisjoint(change.changed)]


def _write(
    session: Session,
    entity: str,
    fields: Sequence[tuple[Field, Mapping[str, str]]],
    rows: Iterable[tuple[int, Mapping[str, object]]],
    new: bool = False,
) -> None:
    """Index rows given as (id, values), by fields with what texts of theirs are found by as far as that is known already;
    `new` rows have no tokens yet."""
    name, indexed, rows = search_table_name(entity), list[tuple[object, ...]](), list(rows)
    if rows and not new:
        session.execute_many(_forget(name, session.dialect), [{"record": record} for record, _ in rows])
    numbered = session.dialect == "sqlite"
    columns = [_tokens(field, known, [values.get(field.name) for _, values in rows]) for field, known in fields]
    for (record, _), found in zip(rows, zip(*columns, strict=True), strict=True):
        tokens = " ".join(filter(None, found))
        if tokens:
            indexed.append((record, tokens, record) if numbered else (record, tokens))
    insert_rows(session, name, NUMBERED if numbered else COLUMNS, indexed)


def index_anew(session: Session, entity: Entity) -> int:
    """Index all rows of an entity from the start; the number of rows read."""
    fields = indexed_fields(entity)
    names = dict.fromkeys([one.name for one in fields] + [name for rule in entity.duplicates for name in rule.fields])
    if fields:
        delete(session, search_table_name(entity.name), {"record >=": 0})
    forget_marks(session, entity)
    last = seen = 0
    while True:
        rows = select(session, entity.name, ("id", *names), {"id >": last}, ("id",), BATCH)
        if not rows:
            return seen
        last, seen = int(str(rows[-1][0])), seen + len(rows)
        named = [(int(str(row[0])), {name: _text(row[at]) for at, name in enumerate(names, start=1)}) for row in rows]
        if fields:
            _write(session, entity.name, [(one, {}) for one in fields], named, new=True)
        remember_marks(session, entity, named, new=True)


def _text(stored: object) -> object:
    """What a column holds, without formatting."""
    return stored.partition(SEPARATOR)[0] if isinstance(stored, str) else stored


def forget_rows(session: Session, entity: Entity, records: Iterable[int]) -> None:
    """Take rows out of the index of an entity, if it has one."""
    records = tuple(records)
    forget_marks(session, entity, records)
    if indexed_fields(entity):
        forget = _forget(search_table_name(entity.name), session.dialect)
        session.execute_many(forget, [{"record": one} for one in records])


def is_indexed(entity: Entity) -> bool:
    """Whether rows of an entity are found by words or by their likeness."""
    return bool(indexed_fields(entity) or entity.duplicates)


def outdated(session: Session, model: AppModel) -> tuple[Entity, ...]:
    """The entities whose index was made under other rules than those of the model, or never."""
    known = {str(row[0]): str(row[1]) for row in select(session, INDEX_TABLE.name, ("entity", "rules"))}
    return tuple(one for one in _indexed(model) if known.get(one.name) != _rules(one))


def remember(session: Session, entity: Entity) -> None:
    """The index of an entity is that of the model's rules now."""
    if not update(session, INDEX_TABLE.name, {"rules": _rules(entity)}, {"entity": entity.name}):
        insert_many(session, INDEX_TABLE.name, [{"entity": entity.name, "rules": _rules(entity)}])


def found_in_index(entity: str, alias: str, inner: str, parameter: str, dialect: str) -> exp.Expression:
    """True for the row at `alias` when its tokens match the text bound to `parameter`."""
    tokens, asked = nodes.column(inner, "tokens"), nodes.parameter(parameter)
    if dialect == "sqlite":
        matches: exp.Expression = nodes.call("match", asked, tokens)
    else:
        simple = nodes.text("simple")
        matches = exp.MatchAgainst(
            this=nodes.call("to_tsquery", simple, asked), expressions=[nodes.call("to_tsvector", simple.copy(), tokens)]
        )
    query = exp.Select(expressions=[nodes.column(inner, "record")])
    query.set("from_", exp.From(this=nodes.table(search_table_name(entity), inner)))
    query.set("where", exp.Where(this=matches))
    return exp.In(this=nodes.column(alias, "id"), query=exp.Subquery(this=query))


def match_text(word: str, fields: Iterable[str], dialect: str) -> str:
    """What the index is asked for a word: all its runs in one of these fields, in the database's own notation."""
    side_by_side, also = (" ", " AND ") if dialect == "sqlite" else (" <-> ", " & ")
    alternatives = []
    for name in fields:
        key = key_of(name)
        runs = []
        for one in wanted(word):
            tokens = [f"{key}{token}" for token in one.tokens]
            if dialect == "sqlite":
                runs.append(f'"{side_by_side.join(tokens)}"' + ("*" if one.begun else ""))
            else:
                last = ":*" if one.begun else ""
                runs.append("(" + side_by_side.join(f"'{token}'{last}" for token in tokens) + ")")
        alternatives.append(f"({also.join(runs)})")
    return (" OR " if dialect == "sqlite" else " | ").join(alternatives)


def _tokens(field: Field, known: Mapping[str, str], texts: Sequence[object]) -> Iterable[str]:
    """The tokens of a field's texts, empty for one without any."""
    return [(known.get(text) or found_by(field, text)) if isinstance(text, str) else "" for text in texts]


def _rules(entity: Entity) -> str:
    names = ",".join(f"{field.name}:{field.kind}" for field in indexed_fields(entity))
    alike = ",".join(f"{rule.id}:{rule.match}:{'+'.join(rule.fields)}" for rule in entity.duplicates)
    return f"{VERSION} {names}" + (f" {RULES_VERSION} {alike}" if alike else "")


def _indexed(model: AppModel) -> Iterable[Entity]:
    return (one for one in model.entities.values() if is_indexed(one))


@lru_cache(maxsize=1000)
def _forget(table: str, dialect: Dialect) -> Statement:
    key = "rowid" if dialect == "sqlite" else "record"
    condition = exp.EQ(this=exp.column(key, quoted=True), expression=exp.Placeholder(this="record"))
    tree = exp.Delete(this=nodes.bare_table(table), where=exp.Where(this=condition))
    return compile_statement(tree, dialect)
