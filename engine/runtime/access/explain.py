"""Explain: which line of the definitions lets somebody at a row or a field of it, or keeps them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model.access import Action, FieldRule, Grant
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.formula import Formula
from engine.model.names import Place
from engine.runtime.access.decide import WHOLE_ACTION, scope_allows
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader, nameable
from engine.runtime.query.secure import rule
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.work import Work

UNNAMED = "…"


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule that speaks about the question, where it stands, what it says, and whether it held on the row.

    `condition` is UNNAMED where it reads something that whoever asks has no name for. `row` is the one it speaks of,
    `reads` are the paths of its condition on it. `held` is None where the outcome is `withheld`: see telling.
    """

    id: str
    place: Place
    says: str
    condition: str | None
    for_roles: frozenset[str]
    held: bool | None
    row: tuple[str, int] = ("", 0)
    reads: frozenset[str] = frozenset()
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class AccessExplanation:
    """The decision on one action or field, and every rule that was looked at. No value of the row is in it.

    `allowed` is None when it would tell what the asker may not read of the row.
    """

    entity: str
    record: int
    field: str | None
    action: Action
    allowed: bool | None
    right: str
    rules: tuple[RuleExplanation, ...]
    through: tuple[str, ...] = ()
    narrowed_by_token: bool = False


def explain_access(
    work: Work, context: Context, entity: str, record: int, field: str | None = None, action: Action = Action.READ
) -> AccessExplanation:
    """Why `context`'s principal may or may not do `action` to a row, or read and write one `field` of it.

    The caller must be allowed to explain: nothing but the text of conditions is narrowed by the caller's own rights.
    Raises NotFound for a row that does not exist.
    """
    declared = work.model.entities.get(entity)
    if declared is None or (field is not None and field not in declared.fields):
        raise NotFound
    asked = work.under(context)
    holder, holder_record, holder_action, through = _holder(asked, declared, record, action)
    caller = None if work.context.principal.administrator else Reader(work.model, work.context)
    grants = _explained_grants(asked, caller, (holder, holder_record, holder_action))
    token = scope_allows(context.principal.token_scopes, entity, action)
    reached = any(one.held for one in grants) and token
    if field is None:
        return AccessExplanation(
            entity, record, None, action, reached, str(action) if reached else "none", grants, through, not token
        )
    rules = _explained_rules(asked, caller, (declared, record, field))
    guarded = field in (work.model.access[entity].guarded_fields() if entity in work.model.access else frozenset())
    right = _strongest(rules) if guarded else "write"
    allowed = reached and right in ("read", "write")
    return AccessExplanation(
        entity, record, field, action, allowed, right if reached else "none", (*grants, *rules), through, not token
    )


def _holder(work: Work, entity: Entity, record: int, action: Action) -> tuple[Entity, int, Action, tuple[str, ...]]:
    """Whose grants decide: the entity's own, or for a part those of its whole."""
    through: list[str] = []
    while entity.part_of is not None and len(through) < 8:
        relation = entity.fields[entity.part_of].relation
        found = _stored(work, entity, record, [nodes.column("r", entity.part_of)])
        if relation is None or not isinstance(found[0], int):
            raise NotFound
        through.append(f"{entity.name}.{entity.part_of}")
        entity, record, action = work.model.entities[relation.entity], found[0], WHOLE_ACTION[action]
    return entity, record, action, tuple(through)


def _explained_grants(
    work: Work, caller: Reader | None, about: tuple[Entity, int, Action]
) -> tuple[RuleExplanation, ...]:
    entity, record, action = about
    access, roles = work.model.access.get(entity.name), work.context.principal.roles
    speaking: list[Grant] = [one for one in access.grants if action in one.actions] if access else []
    held = _held(work, entity, record, [one.rows for one in speaking])
    return tuple(
        RuleExplanation(
            work.model.acting_name(one.id, work.context.language),
            one.place,
            str(action),
            _told(caller, entity, one.rows),
            one.roles,
            truth and bool(one.roles & roles),
            (entity.name, record),
            one.rows.references if one.rows else frozenset(),
        )
        for one, truth in zip(speaking, held, strict=True)
    )


def _explained_rules(work: Work, caller: Reader | None, about: tuple[Entity, int, str]) -> tuple[RuleExplanation, ...]:
    entity, record, field = about
    access, roles = work.model.access.get(entity.name), work.context.principal.roles
    speaking: list[FieldRule] = [one for one in access.field_rules if field in one.fields] if access else []
    held = _held(work, entity, record, [one.when for one in speaking])
    return tuple(
        RuleExplanation(
            work.model.acting_name(one.id, work.context.language),
            one.place,
            str(one.right),
            _told(caller, entity, one.when),
            one.roles,
            truth and bool(one.roles & roles),
            (entity.name, record),
            one.when.references if one.when else frozenset(),
        )
        for one, truth in zip(speaking, held, strict=True)
    )


def _told(caller: Reader | None, entity: Entity, formula: Formula | None) -> str | None:
    """The text of a condition, as far as the caller has names for all that it reads; None is an administrator."""
    if formula is None or caller is None:
        return formula.source if formula else None
    return formula.source if all(nameable(caller, entity.name, one) for one in formula.references) else UNNAMED


def _strongest(rules: Sequence[RuleExplanation]) -> str:
    held = {one.says for one in rules if one.held}
    return next((right for right in ("write", "read", "mask") if right in held), "none")


def _held(work: Work, entity: Entity, record: int, formulas: list[Formula | None]) -> list[bool]:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    conditions = [exp.true() if one is None else rule(compilation, entity, "r", one) for one in formulas]
    flags = [nodes.case([(condition, nodes.number(1))], nodes.number(0)) for condition in conditions]
    return [one == 1 for one in _stored(work, entity, record, list(flags), compilation)]


def _stored(
    work: Work, entity: Entity, record: int, expressions: list[exp.Expression], compilation: Compilation | None = None
) -> Sequence[object]:
    """Expressions over the stored row, outside any policy: only for questions about the policy itself."""
    building = compilation or Compilation(Reader(work.model, work.context), work.session.dialect)

    def build() -> tuple[exp.Expression, RecordDecoder, Compilation]:
        tree = exp.Select(expressions=[named(nodes.number(1), "found")])
        tree.set("expressions", [*tree.expressions, *(named(one, f"c{at}") for at, one in enumerate(expressions))])
        tree.set("from_", exp.From(this=nodes.table(entity.name, "r")))
        here = nodes.compare(exp.EQ, nodes.column("r", "id"), nodes.parameter("record"))
        tree.set("where", exp.Where(this=here))
        return tree, RecordDecoder(entity.name, (), building.dialect), building

    shape = ("explain", entity.name, tuple(one.sql() for one in expressions))
    found = rows_of(work, prepared(work, shape, build), {"record": record})
    if not found:
        raise NotFound
    return found[0][1:]
