"""Exporting a list as its reader sees it: the same rows in the same order, the same columns, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from engine.model.entities import Entity, FieldKind
from engine.model.errors import NotFound
from engine.model.levels import UNKNOWN, level_of_paths, tags_of_paths
from engine.model.pages import PageKind
from engine.model.requests import QueryRequest
from engine.runtime.access.rights import readable_fields
from engine.runtime.demo.marking import mark_of
from engine.runtime.sovereignty.cargo import EXPORT, Cargo
from engine.runtime.transfer.exporting import Arranged, export_rows
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call
from engine.web.grouped_sheets import arranged_by
from engine.web.list_scenes import list_scene, shown_item
from engine.web.records_api import api_entity
from engine.web.site import Site
from engine.widgets.listing import columns_of, request_for

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def export(work: Work, call: Call, site: Site) -> Taken:
    """GET /export/{entity}?kind=xlsx|csv: every field that the reader may read; with `page` and the parameters of its
    address what that list shows."""
    entity = api_entity(work, call)
    kind = "csv" if call.first.get("kind") == "csv" else "xlsx"
    shown = _shown(work, call, entity) if "page" in call.first else _everything(work, entity)
    found = export_rows(work, shown.request, kind, shown.header, shown.arranged)
    words = (mark_of(work.session, language := work.context.language), entity.label.text(language))
    name = quote("-".join((*filter(None, words), f"{work.context.today:%Y%m%d}.{kind}")), safe="")
    answer = Taken(
        found.content, media_type=TYPES[kind], headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )
    page = call.first.get("page")
    answer.told = (*((("page", page),) if page else ()), ("rows", str(found.rows)))
    return taken(answer, _cargo(work, entity, shown.request, found.rows))


def _cargo(work: Work, entity: Entity, request: QueryRequest, rows: int) -> Cargo:
    """What a sheet is for the gate: the fields in its columns and their levels, and how many records."""
    fields = tuple(".".join(path) for path in request.columns)
    level, tags = level_of_paths(work.model, entity.name, fields), tags_of_paths(work.model, entity.name, fields)
    return Cargo(EXPORT, max(UNKNOWN, level), f"export:{entity.name}", rows, fields, tags)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is exported: rows, the labels of their columns, and how they are told apart into groups."""

    request: QueryRequest
    header: Sequence[str] = ()
    arranged: Arranged | None = None


def _everything(work: Work, entity: Entity) -> _Sheet:
    readable = readable_fields(work.model, work.context, entity.name)
    columns = tuple(
        (name,) for name, field in entity.fields.items() if name in readable and field.kind is not FieldKind.ATTACHMENT
    )
    return _Sheet(QueryRequest(entity.name, columns))


def _shown(work: Work, call: Call, entity: Entity) -> _Sheet:
    """What the list page shows at its address. Raises NotFound for a page that the reader may not open."""
    page = work.model.pages.get(call.first["page"])
    if page is None or page.kind is not PageKind.LIST or page.entity != entity.name:
        raise NotFound
    scene = list_scene(work, call, page)
    item = shown_item(page, scene)
    if item is None:
        raise NotFound
    columns = columns_of(item, scene, entity)
    paths = [one.path for one in columns]
    arranged = arranged_by(item, scene, entity)
    behind = [one for one in arranged.paths if one not in paths] if arranged is not None else []
    request = replace(request_for(item, scene, entity), columns=(*paths, *behind), cursor=None)
    return _Sheet(request, [one.label for one in columns], arranged)
