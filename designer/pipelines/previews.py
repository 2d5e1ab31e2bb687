"""Previews: the first rows that come out of a node of a drafted pipeline, with the rights of whoever looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from designer.pipelines.drafted import DraftedPipeline
from designer.refusals import bad
from engine.model.entities import Entity, Field, FieldKind
from engine.model.feature_plans import FeaturePlan, RowFlow
from engine.model.feature_tables import FeatureColumn, FeatureTable
from engine.model.formula import Boolean, Call, Formula
from engine.model.requests import Condition, Path, QueryRequest, Record
from engine.runtime.identifiers import encode_id
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work
from engine.widgets.cells import words_at
from engine.widgets.contract import Scene

Json = dict[str, object]
LINES, SAMPLE = 20, 200
"""Lines that are shown, and the newest rows of which it is told how many cells are empty."""
MOST_COLUMNS = 12
_UNSHOWN = frozenset({FieldKind.ATTACHMENT, FieldKind.LONG_TEXT, FieldKind.LOCATION})


def preview(work: Work, scene: Scene, drafted: DraftedPipeline, node: str) -> Json:
    """What comes out of a node: rows of a flow, lines of features, or, behind the split, the lines that a model is learnt
    from. Raises BadCommand for a node from which nothing comes yet."""
    kind = next((one.node for one in drafted.pipeline.nodes if one.id == node), None)
    if kind is None:
        raise bad(f"草稿里没有节点「{node[:48]}」", f'There is no node "{node[:48]}" in the draft')
    flow = drafted.pipeline.flows.get(node)
    if flow is not None:
        return _rows(work, scene, flow, _joined(drafted, node))
    plan = drafted.plan(work.model)
    if plan is None:
        raise bad(
            "这个节点还没有行流入：先连上数据源和特征节点",
            "No rows come here yet: lead a source and a features node to it",
        )
    return _lines(work, scene, _until(plan, kind))


def _until(plan: FeaturePlan, kind: str) -> FeaturePlan:
    """The plan as far as a node of a kind: features alone, with the outcome, or with the split."""
    if kind == "features":
        return replace(plan, outcome=None, split=None)
    return replace(plan, split=None) if kind == "label" else plan


def _joined(drafted: DraftedPipeline, node: str) -> list[str]:
    """The relations along which joins before a node have led."""
    by: list[str] = []
    at: str | None = node
    nodes = {one.id: one for one in drafted.pipeline.nodes}
    while at is not None and len(by) < len(nodes):
        found = nodes.get(at)
        if found is not None and found.node == "join":
            by.insert(0, str(found.settings.get("by", "")))
        at = next((one.source for one in drafted.pipeline.edges if one.target == at and one.port != "right"), None)
    return [one for one in by if one]


def _rows(work: Work, scene: Scene, flow: RowFlow, joined: Sequence[str]) -> Json:
    """Rows as they stand now, newest first."""
    entity = work.model.entities.get(flow.entity)
    if entity is None:
        raise bad(
            f"{flow.entity} 还没有发布，发布后才有数据",
            f"{flow.entity} is not published yet: there are rows of it once it is",
        )
    paths = _paths(scene, entity, joined)
    request = QueryRequest(flow.entity, paths, formula_filter=_all_of(flow.where), limit=SAMPLE, count=True)
    page = list_records(work, request)
    fields = {path: scene.readable_field(entity.name, path) for path in paths}
    columns = [
        {
            "name": ".".join(path),
            "label": field.label.text(scene.language) if field is not None else ".".join(path),
            "missing": _share(sum(_is_empty(one, path) for one in page.records), len(page.records)),
        }
        for path, field in fields.items()
    ]
    rows = [
        {"key": encode_id(one.id), "cells": [words_at(one, path, entity, scene) for path in paths]}
        for one in page.records[:LINES]
    ]
    hidden = [one.label.text(scene.language) for one in _shown(entity) if one.name not in scene.readable[entity.name]]
    return {
        "kind": "rows",
        "of": entity.label.text(scene.language),
        "count": page.total,
        "capped": page.total_capped,
        "sampled": len(page.records),
        "columns": columns,
        "rows": rows,
        "hidden": hidden,
    }


def _shown(entity: Entity) -> list[Field]:
    return [one for one in entity.fields.values() if one.kind not in _UNSHOWN]


def _paths(scene: Scene, entity: Entity, joined: Sequence[str]) -> tuple[Path, ...]:
    """The title and the first fields that the reader may read, and two of each joined row."""
    readable = scene.readable[entity.name]
    own = [(one.name,) for one in _shown(entity) if one.name in readable]
    ahead = sorted(own, key=lambda path: path != (entity.title,))
    beyond: list[Path] = []
    for by in joined:
        steps = tuple(by.split("."))
        field = scene.readable_field(entity.name, steps)
        target = scene.model.entities.get(field.relation.entity) if field is not None and field.relation else None
        if target is not None:
            names = [one.name for one in _shown(target) if one.name in scene.readable[target.name]]
            beyond += [(*steps, name) for name in names[:3]]
    return (*ahead[: MOST_COLUMNS - min(len(beyond), 6)], *beyond[:6])


def _all_of(where: Sequence[Formula]) -> Formula | None:
    """Conditions as one."""
    if len(where) < 2:
        return next(iter(where), None)
    return Formula(
        " and ".join(one.source for one in where),
        Call("and", tuple(one.node for one in where), Boolean()),
        Boolean(),
        frozenset().union(*(one.references for one in where)),
        frozenset().union(*(one.functions for one in where)),
        any(one.uses_now for one in where),
        any(one.uses_user for one in where),
    )


def _is_empty(record: Record, path: Path) -> bool:
    return record.cells.get(".".join(path)) in (None, "", ())


def _lines(work: Work, scene: Scene, plan: FeaturePlan) -> Json:
    """Lines of features as they are learnt from, with how many are held out, censored, and in the gap."""
    found = learning_table(work, plan)
    table = found.table
    titles = _titles(work, scene, plan.rows.entity, table.keys[-LINES:])
    lines = range(len(table.keys) - 1, max(len(table.keys) - LINES, 0) - 1, -1)
    return {
        "kind": "features",
        "of": scene.model.entities[plan.rows.entity].label.text(scene.language),
        "count": len(table.keys),
        "held_out": sum(table.held_out),
        "censored": found.censored,
        "in_gap": found.in_gap,
        "outcome": _outcome(plan, table),
        "columns": [
            _column(column, values, scene.language) for column, values in zip(table.columns, table.values, strict=True)
        ],
        "rows": [
            {
                "key": encode_id(table.keys[line]),
                "title": titles.get(table.keys[line], ""),
                "at": table.at[line].isoformat(),
                "cells": [_cell(values[line]) for values in table.values],
                "target": None if table.target is None else table.target[line],
                "held_out": table.held_out[line],
            }
            for line in lines
        ],
    }


def _outcome(plan: FeaturePlan, table: FeatureTable) -> Json | None:
    """What is foretold, and how it turned out on average."""
    if plan.outcome is None or table.target is None:
        return None
    mean = sum(table.target) / len(table.target) if table.target else None
    return {"event": plan.outcome.event, "label": dict(plan.outcome.label.texts), "mean": mean}


def _column(column: FeatureColumn, values: Sequence[object], language: str) -> Json:
    missing = sum(one is None for one in values)
    common = Counter(one for one in values if one is not None).most_common(2)
    return {
        "name": column.name,
        "label": column.label.text(language) or column.name,
        "kind": column.kind,
        "level": column.level,
        "missing": _share(missing, len(values)),
        "constant": len(common) == 1 and not missing,
    }


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def _titles(work: Work, scene: Scene, name: str, keys: Sequence[int]) -> dict[int, str]:
    """What rows are called, where the reader may read that."""
    entity = work.model.entities[name]
    if not keys or entity.title not in scene.readable[name]:
        return {}
    request = QueryRequest(name, ((entity.title,),), where=Condition(("id",), "in", tuple(keys)), limit=len(keys))
    return {one.id: words_at(one, (entity.title,), entity, scene) for one in list_records(work, request).records}


def _cell(value: float | str | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
