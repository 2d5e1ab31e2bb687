"""Listed rows: the request behind a list at its address, for what is done with all that it finds."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.pages import PageKind
from engine.model.requests import QueryRequest
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.list_scenes import list_scene, shown_item
from engine.widgets.listing import request_for


def listed_rows(work: Work, call: Call, entity: Entity, address: str, limit: int) -> QueryRequest:
    """The rows that a list finds at an address such as `page=deals&f.stage=won`, by their ids alone.

    Raises NotFound for a page that is no list of the entity, or that the reader may not open.
    """
    listed = replace(call, query=tuple(parse_qsl(address, max_num_fields=100)))
    page = work.model.pages.get(listed.first.get("page", ""))
    if page is None or page.kind is not PageKind.LIST or page.entity != entity.name:
        raise NotFound
    scene = list_scene(work, listed, page)
    item = shown_item(page, scene)
    if item is None:
        raise NotFound
    return replace(request_for(item, scene, entity, limit=limit), columns=(("id",),), cursor=None, count=False)


def list_address(work: Work, address: str) -> str:
    """Where the list stands, for a link back to it; home where it is none that the reader may open."""
    asked = parse_qsl(address, max_num_fields=100)
    page = work.model.pages.get(dict(asked).get("page", ""))
    if page is None or not page.roles & work.context.principal.roles:
        return "/"
    rest = urlencode([(name, value) for name, value in asked if name != "page"])
    return f"/app/{page.name}?{rest}" if rest else f"/app/{page.name}"
