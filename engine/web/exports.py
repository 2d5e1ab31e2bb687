"""Exporting a list as its reader sees it: the same rows in the same order, the same columns, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from engine.model.entities import Entity, FieldKind
from engine.model.errors import NotFound
from engine.model.pages import PageKind
from engine.model.requests import QueryRequest
from engine.runtime.access.rights import readable_fields
from engine.runtime.demo.marking import mark_of
from engine.runtime.transfer.exporting import export_rows
from engine.runtime.work import Work
from engine.web.auditing import Recorded
from engine.web.calls import Call
from engine.web.list_scenes import list_scene, shown_item
from engine.web.records_api import api_entity
from engine.web.site import Site
from engine.widgets.listing import columns_of, request_for

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def export(work: Work, call: Call, site: Site) -> Recorded:
    """GET /export/{entity}?kind=xlsx|csv: every field that the reader may read; with `page` and the parameters of its
    address what that list shows."""
    entity = api_entity(work, call)
    kind = "csv" if call.first.get("kind") == "csv" else "xlsx"
    request, header = _shown(work, call, entity) if "page" in call.first else _everything(work, entity)
    found = export_rows(work, request, kind, header)
    words = (mark_of(work.session, language := work.context.language), entity.label.text(language))
    name = quote("-".join((*filter(None, words), f"{work.context.today:%Y%m%d}.{kind}")), safe="")
    answer = Recorded(
        found.content, media_type=TYPES[kind], headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )
    page = call.first.get("page")
    answer.told = (*((("page", page),) if page else ()), ("rows", str(found.rows)))
    return answer


def _everything(work: Work, entity: Entity) -> tuple[QueryRequest, Sequence[str]]:
    readable = readable_fields(work.model, work.context, entity.name)
    columns = tuple(
        (name,) for name, field in entity.fields.items() if name in readable and field.kind is not FieldKind.ATTACHMENT
    )
    return QueryRequest(entity.name, columns), ()


def _shown(work: Work, call: Call, entity: Entity) -> tuple[QueryRequest, Sequence[str]]:
    """What the list page shows at its address. Raises NotFound for a page that the reader may not open."""
    page = work.model.pages.get(call.first["page"])
    if page is None or page.kind is not PageKind.LIST or page.entity != entity.name:
        raise NotFound
    scene = list_scene(work, call, page)
    item = shown_item(page, scene)
    if item is None:
        raise NotFound
    columns = columns_of(item, scene, entity)
    request = replace(request_for(item, scene, entity), columns=tuple(one.path for one in columns), cursor=None)
    return request, [one.label for one in columns]
