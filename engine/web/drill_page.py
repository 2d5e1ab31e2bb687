"""The rows behind a figure: what a metric counts, as far as the reader may see them, with the figure above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import FollowUp, Metric
from engine.model.requests import AggregateRequest, Path, QueryRequest, Record
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.metrics.drill import drill_through
from engine.runtime.metrics.sources import base_metrics, check_nameable, dimension_of
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.runtime.written import RecordLink
from engine.web.calls import Call
from engine.web.dimension_keys import key_of
from engine.web.figure_trees import figure_tree
from engine.web.past import looking_back, past_of
from engine.web.record_offers import with_link_titles
from engine.web.responses import json_response, record_url
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.value_trees import part_body
from engine.widgets.cells import cell
from engine.widgets.contract import Scene
from engine.widgets.drill_links import NOTHING
from engine.widgets.figures import exact_text, figure_text

BUCKETS = frozenset({"day", "week", "month", "quarter", "year"})
PAGE = 50
KEYS = frozenset({"since", "until", "bucket", "at", "cursor", "d."})
"""What the address of a group takes; `d.` is followed by the name of a dimension."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /figures/{metric}/rows?since=…&until=…&bucket=…&at=…&d.<dimension>=…&cursor=…"""
    metric = work.model.metrics.get(call.parameters["metric"])
    base = next(iter(base_metrics(work.model, (metric.name,))), None) if metric else None
    if metric is None or base is None or base.entity is None:
        raise NotFound
    work = looking_back(work, call, site)
    reader = Reader(work.model, work.context)
    check_nameable(reader, base)
    request, keys = _asked(work, base, call.first)
    asked = replace(drill_through(work, request, keys), limit=PAGE, cursor=call.first.get("cursor"), count=True)
    rows = with_link_titles(work, list_records(work, asked))
    scene = scene_for(work, call, entity=work.model.entities[base.entity])
    columns = _columns(reader, scene, base, drill_through(work, request, keys))
    value = _figure(work, metric, request, keys)
    following = {**call.first, "cursor": rows.next_cursor or ""}
    values = {
        "title": metric.label.text(scene.language),
        "past": past_of(work, call, work.model.entities[base.entity], False),
        "metric": metric.name,
        "figure": figure_text(metric, value, scene.language),
        "exact": exact_text(metric, value, scene.language),
        "description": metric.description.text(scene.language),
        "tree": figure_tree(work, metric, request, keys, _address(call.first)),
        "given": _given(work, base, request, keys, scene),
        "columns": [(label, numeric) for label, numeric, _, _ in columns],
        "rows": [_row(base.entity, one, columns, scene) for one in rows.records],
        "made": _made(work, base, rows.records, scene),
        "make": scene.words(base.follow_up.label) if base.follow_up else "",
        "total": f"{rows.total:,}{'+' if rows.total_capped else ''}" if rows.total is not None else "",
        "next_url": f"{call.path}?{urlencode(following)}" if rows.next_cursor else "",
        "entity": work.model.entities[base.entity],
    }
    return page_response(work, call, site, "drill.html", values)


def explained(work: Work, call: Call, site: Site) -> Response:
    """GET /api/metrics/{metric}/explain, with the parameters of the rows' page: what the figure is made of."""
    metric = work.model.metrics.get(call.parameters["metric"])
    base = next(iter(base_metrics(work.model, (metric.name,))), None) if metric else None
    if metric is None or base is None or base.entity is None:
        raise NotFound
    check_nameable(Reader(work.model, work.context), base)
    request, keys = _asked(work, base, call.first)
    return json_response({"data": part_body(figure_tree(work, metric, request, keys, _address(call.first)))})


def _address(given: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in given.items() if name != "cursor"}


def _asked(work: Work, base: Metric, given: Mapping[str, str]) -> tuple[AggregateRequest, tuple[object, ...]]:
    """The request whose group is looked into, and the group's keys. Raises BadRequest."""
    names = tuple(name.removeprefix("d.") for name in given if name.startswith("d."))
    bucket = given.get("bucket") if given.get("at") else None
    if bucket is not None and bucket not in BUCKETS:
        raise BadRequest(Message("没有这种时间粒度", "There is no such bucket"))
    keys = [key_of(work, base, name, given[f"d.{name}"]) for name in names]
    at = [None if given["at"] == NOTHING else _day(given["at"])] if bucket else []
    request = AggregateRequest(
        metrics=(base.name,),
        dimensions=names,
        since=_day(given["since"]) if given.get("since") else None,
        until=_day(given["until"]) if given.get("until") else None,
        bucket=bucket,
    )
    return request, (*at, *keys)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise BadRequest(Message("日期应写成 2026-03-02", "Dates are written 2026-03-02")) from None


def _figure(work: Work, metric: Metric, request: AggregateRequest, keys: tuple[object, ...]) -> object:
    """The figure of the group: the same request, answered, and its row with these keys."""
    rows = aggregate(work, replace(request, metrics=(metric.name,)))
    return next((row.values.get(metric.name) for row in rows if not keys or tuple(row.keys) == keys), None)


def _columns(reader: Reader, scene: Scene, base: Metric, request: QueryRequest) -> list[tuple[str, bool, Path, Field]]:
    """Label, whether it is a number, path and field of every column; the title's label is the entity's."""
    found = []
    entity: Entity = scene.model.entities[base.entity or ""]
    for path in request.columns:
        resolved = find(reader, entity.name, path)
        if resolved is not None:
            label = entity.label if path == (TITLE,) else resolved.field.label
            words = " · ".join(scene.words(one.label) for one in resolved.steps[-1:]) if len(path) > 1 else ""
            told = f"{words} · {scene.words(label)}" if words and path[-1] != TITLE else words or scene.words(label)
            numeric = resolved.field.scale > 0 and path != (TITLE,)
            found.append((told, numeric, path, resolved.field))
    return found


def _row(
    entity: str, record: Record, columns: list[tuple[str, bool, Path, Field]], scene: Scene
) -> tuple[str, list[object]]:
    return record_url(entity, record.id), [cell(record, path, field, scene) for _, _, path, field in columns]


def _made(work: Work, base: Metric, records: tuple[Record, ...], scene: Scene) -> list[str]:
    """For each row the form of what can be made of it, filled beforehand with what its reader sees; none without the right."""
    made = base.follow_up
    if made is None or Action.CREATE not in scene.allowed[made.entity]:
        return []
    entity = work.model.entities[made.entity]
    return [f"/r/{made.entity}/new?{urlencode(_filled(made, entity, one, scene))}" for one in records]


def _filled(made: FollowUp, entity: Entity, record: Record, scene: Scene) -> dict[str, str]:
    """The address's fields; texts are cut to what the field holds."""
    filled: dict[str, str] = {}
    for one in made.fill:
        field, name = entity.fields[one.field], ".".join(one.path)
        if one.row:
            value: object = RecordLink(record.entity, record.id).text
        elif one.days is not None:
            value = scene.today + timedelta(days=one.days)
        else:
            value = record.cells.get(name) if one.path and name not in record.masked else one.value
        written = json_of(value, field)
        if written is not None:
            filled[one.field] = str(written)[: field.bounds.max_length]
    return filled


def _given(
    work: Work, base: Metric, request: AggregateRequest, keys: tuple[object, ...], scene: Scene
) -> list[tuple[str, str]]:
    """The period and the group in words."""
    told = []
    if request.since or request.until:
        told.append(
            (Message("期间", "Period").text(scene.language), f"{request.since or '…'} – {request.until or '…'}")
        )
    if request.bucket:
        told.append((Message("时间", "Time").text(scene.language), str(keys[0] or "—")))
    rows = aggregate(work, request) if request.dimensions else ()
    row = next((one for one in rows if tuple(one.keys) == keys), None)
    for at, name in enumerate(request.dimensions, start=1 if request.bucket else 0):
        label = dimension_of(Reader(work.model, work.context), base, name).label.text(scene.language)
        title = row.titles[at] if row else None
        told.append((label, title or str(keys[at] if keys[at] is not None else "—")))
    return told
