"""Rights on concrete rows: is this action allowed on this row, and what may be done with each of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from engine.model.access import Action, FieldRight
from engine.model.entities import Entity, FieldKind
from engine.model.errors import Forbidden, NotFound
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, NEVER, Allow, FieldDecision, Right, When
from engine.runtime.database.protocol import Row
from engine.runtime.database.statements import StatementCache
from engine.runtime.query import nodes
from engine.runtime.query.cells import right_condition
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import among, list_parameter
from engine.runtime.query.names import Reader
from engine.runtime.query.secure import SecuredRows, policy, rule, secure
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.work import Work


def permitted(work: Work, entity: str, record: int, action: Action, deleted: bool = False) -> bool:
    """Whether `action` is allowed on the row as it stands now in this transaction; False when there is no such row.

    One acts only on rows that one may read.
    """
    return _allowed(work, entity, record, tuple(dict.fromkeys((Action.READ, action))), deleted)


def check_permitted(work: Work, entity: str, record: int, action: Action, deleted: bool = False) -> None:
    """Raises NotFound when the row may not even be read, Forbidden when it may be read and `action` is not allowed."""
    if not permitted(work, entity, record, action, deleted):
        raise _refusal(work, entity, record, deleted)


def check_new_row(work: Work, entity: str, record: int, action: Action, deleted: bool = False) -> None:
    """The right to a row as it was just written (CREATE, UPDATE), which its writer need not be able to read any more.

    Raises Forbidden; for a row that was changed and may not be read now, NotFound.
    """
    if _allowed(work, entity, record, (action,), deleted):
        return
    raise Forbidden if action is Action.CREATE else _refusal(work, entity, record, deleted)


@dataclass(frozen=True, slots=True)
class StandingRight:
    """The right to an action on rows as they stand, to be asked of a row with other questions."""

    access: Allow

    @property
    def everywhere(self) -> bool:
        """Whether it reaches every living row."""
        return self.access.rows == ALWAYS

    def on(self, columns: StoredColumns) -> exp.Expression:
        """1 where it reaches the row, be it living or not, else 0."""
        return _standing(columns.compilation, self.access, columns.alias)


def standing_right(work: Work, entity: str, action: Action) -> StandingRight | None:
    """None for an action that is allowed on no row."""
    decision = decide(work.model, work.context, entity, action)
    return StandingRight(decision) if isinstance(decision, Allow) else None


def _refusal(work: Work, entity: str, record: int, deleted: bool) -> Forbidden | NotFound:
    return Forbidden() if permitted(work, entity, record, Action.READ, deleted) else NotFound()


def _allowed(work: Work, entity: str, record: int, actions: tuple[Action, ...], deleted: bool) -> bool:
    """Whether the row is one of those that each of the actions reaches."""
    decisions = [decide(work.model, work.context, entity, action) for action in actions]
    allowed = [decision for decision in decisions if isinstance(decision, Allow)]
    if len(allowed) < len(actions):
        return False
    statement = prepared(work, ("allowed", entity, actions, deleted), lambda: _row_tree(work, allowed, deleted))
    return bool(rows_of(work, statement, {"record": record}))


def may(work: Work, entity: str, action: Action) -> bool:
    """Whether there is any row on which `action` could be allowed: for buttons and routes."""
    return isinstance(decide(work.model, work.context, entity, action), Allow)


def field_rights(
    work: Work, entity: str, record: int | None = None, action: Action = Action.UPDATE
) -> Mapping[str, FieldRight]:
    """The strongest right on every field of one row, as stored now: WRITE, READ, MASK or NONE.

    Without a row (a form for a new one) a right that depends on the row counts as held; `not_written_by_right` asks again.
    WRITE needs `action` on the row too; computed, read-only and state fields are never written by hand.
    Raises NotFound for a row out of scope.
    """
    declared = work.model.entities.get(entity)
    reading = decide(work.model, work.context, entity, Action.READ)
    if record is not None:
        if declared is None or not isinstance(reading, Allow):
            raise NotFound
        held = _held_on(work, declared, reading, record)
        return _known_strongest(work, declared, reading, held, permitted(work, entity, record, action))
    writing = decide(work.model, work.context, entity, Action.CREATE)
    allowed = reading if isinstance(reading, Allow) else writing
    if declared is None or not isinstance(allowed, Allow):
        raise NotFound
    return _known_strongest(work, declared, allowed, None, isinstance(writing, Allow))


def writable_in_new(work: Work, entity: str) -> frozenset[str]:
    """The fields that may be written in a new row, as far as that is known before it stands. Raises NotFound."""
    return frozenset(name for name, right in field_rights(work, entity).items() if right is FieldRight.WRITE)


@dataclass(frozen=True, slots=True)
class Permitted:
    """A row on which an action was found to be allowed: its columns, and the rights on its fields."""

    row: Row
    rights: Mapping[str, FieldRight]


def permitted_row(work: Work, entity: str, record: int, action: Action, columns: Sequence[str]) -> Permitted:
    """The living row on which `action` is allowed, kept from being changed by others until the transaction ends, with what
    may be done with its fields: one look for all of it. Raises NotFound when it may not even be read, Forbidden.
    """
    reading, acting = (decide(work.model, work.context, entity, one) for one in (Action.READ, action))
    if not isinstance(reading, Allow) or not isinstance(acting, Allow):
        raise _refusal(work, entity, record, False)
    shape = ("permitted_row", entity, action)
    statement = prepared(work, shape, lambda: _permitted_tree(work, reading, acting, columns))
    found = rows_of(work, statement, {"record": record})
    if not found:
        raise NotFound
    row, allowed, depending = found[0][: len(columns)], found[0][len(columns)], found[0][len(columns) + 1 :]
    if allowed != 1:
        raise Forbidden
    held = {key: answer == 1 for key, answer in zip(reading.depending, depending, strict=True)}
    return Permitted(row, _known_strongest(work, work.model.entities[entity], reading, held, True))


def permitted_rows(
    work: Work, entity: str, records: Sequence[int], action: Action, columns: Sequence[str]
) -> dict[int, Permitted]:
    """What `permitted_row` finds for each of many rows, by id; those for which it would raise are left out."""
    reading, acting = (decide(work.model, work.context, entity, one) for one in (Action.READ, action))
    if not isinstance(reading, Allow) or not isinstance(acting, Allow):
        return {}
    shape = ("permitted_rows", entity, action)
    statement = prepared(work, shape, lambda: _permitted_tree(work, reading, acting, columns, many=True))
    declared, width, at_id = work.model.entities[entity], len(columns), list(columns).index("id")
    found: dict[int, Permitted] = {}
    for row in rows_of(work, statement, {"records": list_parameter(records, work.session.dialect)}):
        if row[width] == 1:
            held = {key: answer == 1 for key, answer in zip(reading.depending, row[width + 1 :], strict=True)}
            rights = _known_strongest(work, declared, reading, held, True)
            found[int(str(row[at_id]))] = Permitted(row[:width], rights)
    return found


def _permitted_tree(
    work: Work, reading: Allow, acting: Allow, columns: Sequence[str], many: bool = False
) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    compilation, rows = _one_row(work, reading, False)
    expressions = [named(rows.own(name), f"c{at}") for at, name in enumerate(columns)]
    expressions.append(named(_standing(compilation, acting, rows.alias), "allowed"))
    expressions += _held_expressions(compilation, rows, reading, reading.depending)
    mine = among(rows.alias, compilation.dialect) if many else _is_record(rows)
    tree = rows.select(expressions, mine)
    if compilation.dialect == "postgres":
        tree.set("locks", [exp.Lock(update=True, key=True, expressions=[exp.to_table(rows.alias)])])
    return tree, RecordDecoder(reading.entity, (), compilation.dialect), compilation


def _standing(compilation: Compilation, access: Allow, alias: str) -> exp.Expression:
    """1 where the decision reaches the row at `alias`, else 0."""
    return nodes.case([(nodes.all_of(policy(compilation, access, alias)), nodes.number(1))], nodes.number(0))


def writable_fields(work: Work, entity: str, record: int, action: Action = Action.UPDATE) -> frozenset[str]:
    """The fields of a row that may be written by hand."""
    rights = field_rights(work, entity, record, action)
    return frozenset(name for name, right in rights.items() if right is FieldRight.WRITE)


def reads(work: Work, entity: str, record: int, field: str) -> bool:
    """Whether a field of a row may be read as it is; False for a row out of scope."""
    try:
        return field_rights(work, entity, record)[field] in {FieldRight.READ, FieldRight.WRITE}
    except NotFound:
        return False


def reads_everywhere(work: Work, entity: str, field: str) -> bool:
    """Whether a field may be read as it is on every row."""
    decision = decide(work.model, work.context, entity, Action.READ)
    return isinstance(decision, Allow) and decision.field(field).plain


def not_written_by_right(work: Work, entity: str, record: int, fields: Iterable[str]) -> frozenset[str]:
    """Those of the fields, written in a new row, whose right to write does not hold on the row as it now stands.

    None for a row that may not be created at all: that is the caller's first question.
    """
    decision = decide(work.model, work.context, entity, Action.CREATE)
    if not isinstance(decision, Allow):
        return frozenset()
    asked = tuple((name, "writable") for name in sorted(fields) if isinstance(decision.field(name).writable, When))
    if not asked:
        return frozenset()
    declared = work.model.entities[entity]
    statement = prepared(work, ("new_row", entity, asked), lambda: _rights_tree(work, declared, decision, asked))
    found = rows_of(work, statement, {"record": record})
    return frozenset(name for at, (name, _) in enumerate(asked, start=1) if found and found[0][at] != 1)


def some_not_written_by_right(work: Work, entity: str, records: Sequence[int], fields: Iterable[str]) -> frozenset[int]:
    """Of many new rows those of which `not_written_by_right` names one of the fields."""
    decision = decide(work.model, work.context, entity, Action.CREATE)
    if not isinstance(decision, Allow):
        return frozenset()
    asked = tuple((name, "writable") for name in sorted(fields) if isinstance(decision.field(name).writable, When))
    if not asked:
        return frozenset()

    def build() -> tuple[exp.Expression, RecordDecoder, Compilation]:
        compilation, rows = _one_row(work, decision, False)
        expressions = [rows.own("id"), *_held_expressions(compilation, rows, decision, asked)]
        tree = rows.select(expressions, among(rows.alias, compilation.dialect))
        return tree, RecordDecoder(entity, (), compilation.dialect), compilation

    statement = prepared(work, ("new_rows", entity, asked), build)
    found = rows_of(work, statement, {"records": list_parameter(records, work.session.dialect)})
    return frozenset(int(str(row[0])) for row in found if any(held != 1 for held in row[1:]))


Held = Mapping[tuple[str, str], bool]
_STRONGEST = StatementCache()
"""The rights on all fields: the same for everybody with the same roles, on all rows on which the same conditions hold."""


def _known_strongest(
    work: Work, entity: Entity, allowed: Allow, held: Held | None, may_write: bool
) -> Mapping[str, FieldRight]:
    principal = work.context.principal
    on_row = None if held is None else tuple(held.values())
    key = (work.model.fingerprint, principal.roles, principal.token_scopes, entity.name, on_row, may_write)
    return _STRONGEST.get(key, lambda: _all_strongest(entity, allowed, held, may_write))


def _all_strongest(entity: Entity, allowed: Allow, held: Held | None, may_write: bool) -> Mapping[str, FieldRight]:
    return MappingProxyType(
        {name: _strongest(entity, name, decision, held, may_write) for name, decision in allowed.fields.items()}
    )


def _strongest(entity: Entity, name: str, decision: FieldDecision, held: Held | None, may_write: bool) -> FieldRight:
    def holds(kind: str, right: Right) -> bool:
        return right == ALWAYS or (isinstance(right, When) and (held is None or held[name, kind]))

    field = entity.fields.get(name)
    by_hand = field is not None and not (field.computed or field.read_only or field.kind is FieldKind.STATE)
    if may_write and by_hand and holds("writable", decision.writable):
        return FieldRight.WRITE
    if holds("readable", decision.readable):
        return FieldRight.READ
    return FieldRight.MASK if holds("masked", decision.masked) else FieldRight.NONE


def _held_on(work: Work, entity: Entity, access: Allow, record: int) -> Held:
    """Which of the rights that depend on the row hold on it."""
    asked = access.depending
    statement = prepared(work, ("field_rights", entity.name), lambda: _rights_tree(work, entity, access, asked))
    found = rows_of(work, statement, {"record": record})
    if not found:
        raise NotFound
    return {key: found[0][at] == 1 for at, key in enumerate(asked, start=1)}


def _rights_tree(
    work: Work, entity: Entity, access: Allow, asked: tuple[tuple[str, str], ...]
) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    compilation, rows = _one_row(work, access, False)
    found = named(nodes.number(1), "found")
    tree = rows.select([found, *_held_expressions(compilation, rows, access, asked)], _is_record(rows))
    return tree, RecordDecoder(entity.name, (), compilation.dialect), compilation


def _held_expressions(
    compilation: Compilation, rows: SecuredRows, access: Allow, asked: tuple[tuple[str, str], ...]
) -> list[exp.Expression]:
    """For each right on a field whether it holds on the row: 1 or 0."""
    expressions: list[exp.Expression] = []
    for at, (name, kind) in enumerate(asked):
        right: Right = getattr(access.field(name), kind, NEVER)
        condition = right_condition(right, lambda formula: rule(compilation, rows.entity, rows.alias, formula))
        expressions.append(named(nodes.case([(condition, nodes.number(1))], nodes.number(0)), f"h{at}"))
    return expressions


def _row_tree(work: Work, allowed: Sequence[Allow], deleted: bool) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    first, *others = allowed
    compilation, rows = _one_row(work, first, deleted)
    also = [condition for one in others for condition in policy(compilation, one, rows.alias, deleted)]
    tree = rows.select([named(nodes.number(1), "found")], _is_record(rows), *also)
    return tree, RecordDecoder(first.entity, (), compilation.dialect), compilation


def _one_row(work: Work, access: Allow, deleted: bool) -> tuple[Compilation, SecuredRows]:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    return compilation, secure(compilation, access.entity, access, deleted)


def _is_record(rows: SecuredRows) -> exp.Expression:
    return nodes.compare(exp.EQ, rows.own("id"), nodes.parameter("record"))
