"""Telling: an explanation as far as its asker may know it. A condition over cells that they may not read is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.model.access import Action
from engine.model.context import Context
from engine.model.errors import NotFound
from engine.model.requests import Condition, Path, QueryRequest, Record
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.access.explain import AccessExplanation, RuleExplanation
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import Reader, visible_paths
from engine.runtime.work import Work


def told(work: Work, found: AccessExplanation, asked: Context) -> AccessExplanation:
    """The explanation for the work's principal about `asked`. Of somebody else's rights not even the outcome is told
    when it hangs on what the asker may not read.
    """
    rules = told_rules(work, found.rules)
    hangs = any(one.withheld and one.for_roles & asked.principal.roles for one in rules)
    if hangs and asked.principal.user_id != work.context.principal.user_id:
        return replace(found, rules=rules, allowed=None, right="")
    return replace(found, rules=rules)


def told_rules(work: Work, rules: Iterable[RuleExplanation]) -> tuple[RuleExplanation, ...]:
    """The rules, without condition and outcome where they read what the asker may not. Definitions are no secret of
    administrators: they are told the condition, not what came of it.
    """
    rules = tuple(rules)
    readable: dict[tuple[str, int], frozenset[str]] = {}
    for row in {one.row for one in rules if one.reads}:
        paths = frozenset(path for one in rules if one.row == row for path in one.reads)
        readable[row] = readable_cells(work, *row, paths)
    defines = work.context.principal.administrator
    return tuple(
        one
        if one.reads <= readable.get(one.row, one.reads)
        else replace(one, condition=one.condition if defines else None, held=None, withheld=True)
        for one in rules
    )


def readable_cells(work: Work, entity: str, record: int, paths: frozenset[str]) -> frozenset[str]:
    """Those paths of a row that the work's principal may read on it, not masked; rows of parts when all of them are."""
    return readable_of(work, entity, {record: paths})[record]


def readable_of(work: Work, entity: str, asked: Mapping[int, frozenset[str]]) -> Mapping[int, frozenset[str]]:
    """`readable_cells` of several rows, with one statement; `asked` are the paths by row."""
    declared, every = work.model.entities[entity], frozenset[str]().union(*asked.values())
    direct = {path for path in every if path.split(".")[0] not in declared.collections}
    parts = {path for path in every - direct if plain_part(work, entity, path)}
    reader = Reader(work.model, work.context)
    visible = visible_paths(reader, entity, tuple(tuple(path.split(".")) for path in sorted(direct)))
    shown = dict.fromkeys(asked, parts) | {
        one.id: parts | ({".".join(path) for path in visible} & one.cells.keys()) - one.masked
        for one in _rows(work, entity, tuple(asked), visible)
    }
    return {record: paths & shown[record] for record, paths in asked.items()}


def _rows(work: Work, entity: str, records: tuple[int, ...], columns: tuple[Path, ...]) -> tuple[Record, ...]:
    """The rows that the work's principal may read; none where there is nothing to read on them."""
    if not columns:
        return ()
    request = QueryRequest(entity, columns, where=Condition(("id",), "in", records), limit=len(records))
    try:
        return tuple(list_records(work, request).records)
    except NotFound:
        return ()


def plain_part(work: Work, entity: str, path: str) -> bool:
    """Whether a path into a collection may be read on every row of it."""
    name, _, rest = path.partition(".")
    child = work.model.entities[entity].collections[name].entity
    decision = decide(work.model, work.context, child, Action.READ)
    return isinstance(decision, Allow) and (not rest or ("." not in rest and decision.field(rest).plain))
