"""Grants and field rules, gathered by entity over all packs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.model.access import Action, EntityAccess, FieldRight, FieldRule, Grant


def compile_access(context: PassContext) -> Iterator[EntityAccess | Diagnostic]:
    grants: dict[str, list[Grant]] = {name: [] for name in context.symbols.entities}
    rules: dict[str, list[FieldRule]] = {name: [] for name in context.symbols.entities}
    for part in context.parts("access"):
        entity = part.text("entity", part.name)
        symbol = context.symbols.entities.get(entity)
        if symbol is None:
            if not part.has("entity"):
                yield part.problem("E301", name=entity, allowed=", ".join(sorted(context.symbols.entities)))
            continue
        if symbol.part_of and part.value.get("grants"):
            whole = symbol.fields[symbol.part_of].target if symbol.part_of in symbol.fields else ""
            yield part.key_problem("E444", "grants", entity=entity, whole=whole)
        grants[entity] += _grants(part, entity)
        rules[entity] += _rules(part, entity)
    for name in sorted(grants):
        yield EntityAccess(name, tuple(grants[name]), tuple(rules[name]))


def _grants(part: Part, entity: str) -> Iterator[Grant]:
    for grant in part.items("grants"):
        rows = grant.formula("rows")
        if grant.has("rows") and rows is None:
            continue
        actions = frozenset(Action(name) for name in grant.names("actions"))
        yield Grant(grant.id, entity, frozenset(grant.names("roles")), actions, rows, grant.place)


def _rules(part: Part, entity: str) -> Iterator[FieldRule]:
    for rule in part.items("fields"):
        when = rule.formula("when")
        if rule.has("when") and when is None:
            continue
        right = FieldRight(rule.text("right", "none"))
        yield FieldRule(rule.id, entity, rule.names("fields"), frozenset(rule.names("roles")), right, when, rule.place)
