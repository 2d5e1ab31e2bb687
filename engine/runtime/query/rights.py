"""Rights on concrete rows: is this action allowed on this row, and what may be done with each of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from engine.model.access import Action, FieldRight
from engine.model.entities import Entity, FieldKind
from engine.model.errors import Forbidden, NotFound
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, NEVER, Allow, FieldDecision, Right, When
from engine.runtime.database.statements import StatementCache
from engine.runtime.query import nodes
from engine.runtime.query.cells import right_condition
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader
from engine.runtime.query.secure import SecuredRows, policy, rule, secure
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
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
        return _on_row(work, entity, record, lambda: permitted(work, entity, record, action))
    writing = decide(work.model, work.context, entity, Action.CREATE)
    allowed = reading if isinstance(reading, Allow) else writing
    if declared is None or not isinstance(allowed, Allow):
        raise NotFound
    return _known_strongest(work, declared, allowed, None, isinstance(writing, Allow))


def rights_of_permitted(work: Work, entity: str, record: int) -> Mapping[str, FieldRight]:
    """`field_rights` of a row of which the caller has just found out that it may be updated."""
    return _on_row(work, entity, record, lambda: True)


def _on_row(work: Work, entity: str, record: int, may_write: Callable[[], bool]) -> Mapping[str, FieldRight]:
    declared = work.model.entities.get(entity)
    reading = decide(work.model, work.context, entity, Action.READ)
    if declared is None or not isinstance(reading, Allow):
        raise NotFound
    held = _held_on(work, declared, reading, record)
    return _known_strongest(work, declared, reading, held, may_write())


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
    expressions = [named(nodes.number(1), "found")]
    for at, (name, kind) in enumerate(asked):
        right: Right = getattr(access.field(name), kind, NEVER)
        condition = right_condition(right, lambda formula: rule(compilation, entity, rows.alias, formula))
        expressions.append(named(nodes.case([(condition, nodes.number(1))], nodes.number(0)), f"h{at}"))
    tree = rows.select(expressions, _is_record(rows))
    return tree, RecordDecoder(entity.name, (), compilation.dialect), compilation


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
