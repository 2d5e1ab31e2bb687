"""Pages: list, free, dashboard and record pages rendered from their definitions."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from starlette.responses import Response

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.names import Label
from engine.model.pages import Item, Page, PageKind
from engine.model.requests import Record
from engine.model.sources import least_fresh
from engine.runtime.identifiers import decode_id
from engine.runtime.jobs import oldest_about
from engine.runtime.query.records import get_record
from engine.runtime.records.postponing import RECOMPUTE
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.conditions import is_visible
from engine.web.conflicts import merged_sides
from engine.web.copies import copy_url
from engine.web.headlines import headline
from engine.web.list_scenes import DATA_VIEWS, list_scene, shown_item
from engine.web.negotiation_pages import offered_negotiations
from engine.web.page_filters import disobeying, offered_filters
from engine.web.papers.composing import offered
from engine.web.past import looking_back, past_of, staying
from engine.web.record_offers import titled
from engine.web.reports.rhythms import CHOICES
from engine.web.responses import see_other
from engine.web.scenes import scene_for
from engine.web.shell import home_page, page_response
from engine.web.site import Site
from engine.web.watches import Answerer, Watch
from engine.widgets.cells import title_of
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.default_items import record_items
from engine.widgets.formats import format_instant, in_sentence
from engine.widgets.listing import address


def home(work: Work, call: Call, site: Site) -> Response:
    """To the reader's home page."""
    name = home_page(work.model, work.context.principal.roles)
    if name is None:
        return page_response(work, call, site, "no_pages.html", {})
    return see_other(f"/app/{name}")


def show_page(work: Work, call: Call, site: Site) -> Response:
    """A page by name; one that the reader's roles may not open does not exist for them."""
    page = work.model.pages.get(call.parameters["page"])
    if page is None or page.kind is PageKind.RECORD or not page.roles & work.context.principal.roles:
        raise NotFound
    entity = work.model.entities[page.entity] if page.entity else None
    work = looking_back(work, call, site).for_page()
    listed, answers = page.kind is PageKind.LIST, Answerer(work)
    scene = list_scene(work, call, page) if listed else scene_for(work, call, page=page, entity=entity)
    items = chosen_view(page, scene) if listed else page.items
    body = site.renderer.items(items, scene, answers, is_visible)
    past = past_of(work, call, entity, answers.left_out)
    values = {
        "page": page,
        "title": page.label.text(scene.language),
        "headline": headline(work, page, scene),
        "description": page.description.text(scene.language),
        "body": staying(body, past),
        "past": past,
        "sheets": site.renderer.sheets(page.items),
        "live": answers.shown,
        "scene": scene,
        "views": _views(page, scene) if listed else (),
        "new_url": new_url(scene, entity),
        "entity": entity,
        "computing": computing_since(work, entity, scene),
        "filters": tuple(offered_filters(work, page, scene)),
        "disobeying": disobeying(page, scene),
        "narrowed": urlencode({one.id: chosen for one in page.filters if (chosen := scene.parameters.get(one.id))}),
        "rhythms": [(name, words.text(scene.language)) for name, words in CHOICES.items()],
    }
    return page_response(work, call, site, "page.html", values, page)


def show_record(work: Work, call: Call, site: Site, filling: FormFilling | None = None, status: int = 200) -> Response:
    """The record page of one row; without a declared page a plain one is composed from the entity."""
    work, present = looking_back(work, call, site).for_page(), work
    try:
        entity, record = record_of_call(work, call)
    except NotFound:
        if work.context.as_of is None:
            raise
        return _not_there_then(work, call, site, record_of_call(present, call))
    page = work.model.record_page(entity.name, work.context.principal.roles)
    scene = scene_for(work, call, page=page, entity=entity, record=record, filling=filling)
    items, answers = record_items(page, entity, scene), Answerer(work, Watch(entity.name, row=record.id))
    areas = site.renderer.by_area(items, scene, answers, is_visible)
    past = past_of(work, call, entity, answers.left_out)
    values = {
        "page": page,
        "title": title_of(entity, record, scene),
        "areas": {area: staying(body, past) for area, body in areas.items()},
        "past": past,
        "sheets": site.renderer.sheets(items),
        "live": answers.shown,
        "scene": scene,
        "entity": entity,
        "record": record,
        "record_id": call.parameters["record"],
        "stamp": site.renderer.stamp(least_fresh([scene.fresh.get(entity.name)]), scene),
        "papers": () if past else offered(work, entity),
        "negotiations": () if past else offered_negotiations(work, entity, record.id, call.parameters["record"]),
        "copy_url": "" if past else copy_url(work, entity, call.parameters["record"]),
        "may_edit": Action.UPDATE in scene.allowed[entity.name],
        "may_delete": Action.DELETE in scene.allowed[entity.name],
        "list_page": list_page(work, entity),
        "computing": computing_since(work, entity, scene),
        "merged_parts": call.first.get("merged") is not None and call.first.get("parts") == "1",
        "merged": merged_sides(work, entity, record.id, call.first.get("merged", ""), scene),
    }
    return page_response(work, call, site, "record.html", values, page, status)


def _not_there_then(work: Work, call: Call, site: Site, now: tuple[Entity, Record]) -> Response:
    """The page of a record that its reader may read now and that was not there, or not theirs, at that moment."""
    entity, record = now
    scene = scene_for(work, call, entity=entity, record=record)
    values = {
        "title": title_of(entity, record, scene),
        "past": past_of(work, call, None, False),
        "entity": entity,
        "list_page": list_page(work, entity),
        "parameters": call.first,
    }
    return page_response(work, call, site, "not_there_then.html", values, status=404)


def record_of_call(work: Work, call: Call) -> tuple[Entity, Record]:
    """The entity and the row that a record address names; NotFound for anything else."""
    entity = work.model.entities.get(call.parameters["entity"])
    if entity is None:
        raise NotFound
    return entity, titled(work, get_record(work, entity.name, decode_id(call.parameters["record"])))


def record_title(entity: Entity, record: Record) -> str:
    return str(record.cells.get(entity.title) or "—")


def list_page(work: Work, entity: Entity) -> Page | None:
    """The list page of an entity that the reader may open."""
    roles = work.context.principal.roles
    return next(
        (
            p
            for p in work.model.pages.values()
            if p.kind is PageKind.LIST and p.entity == entity.name and p.roles & roles
        ),
        None,
    )


def computing_since(work: Work, entity: Entity | None, scene: Scene) -> str | None:
    """Since when a job has been computing stored formulas of the entity's rows, as people read it; None when none is."""
    if entity is None or not entity.computed_fields:
        return None
    since = oldest_about(work.session, entity.name, RECOMPUTE)
    return in_sentence(format_instant(since, scene.language, scene.now, scene.zone)) if since else None


def new_url(scene: Scene, entity: Entity | None) -> str | None:
    """Where a new row is entered, if the reader may create one."""
    if entity is None or Action.CREATE not in scene.allowed[entity.name]:
        return None
    return f"/r/{entity.name}/new"


VIEW_LABELS = {
    "table": Label({"zh": "表格", "en": "Table"}),
    "cards": Label({"zh": "卡片", "en": "Cards"}),
    "kanban": Label({"zh": "看板", "en": "Board"}),
    "calendar": Label({"zh": "日历", "en": "Calendar"}),
    "gantt": Label({"zh": "排期", "en": "Plan"}),
    "timeline": Label({"zh": "时间线", "en": "Timeline"}),
    "map": Label({"zh": "地图", "en": "Map"}),
}


def chosen_view(page: Page, scene: Scene) -> tuple[Item, ...]:
    """A list page's data views are alternatives: the one the address chooses, else the first; other items stay."""
    chosen = shown_item(page, scene)
    return tuple(
        replace(item, span=12) if item is chosen else item
        for item in page.items
        if item is chosen or item.widget not in DATA_VIEWS
    )


def _views(page: Page, scene: Scene) -> tuple[tuple[str, str, str, bool], ...]:
    shown = shown_item(page, scene)
    return tuple(
        (
            address(scene, {"view": item.id}),
            item.label.text(scene.language) or VIEW_LABELS[item.widget].text(scene.language),
            DATA_VIEWS[item.widget],
            item is shown,
        )
        for item in page.items
        if item.widget in DATA_VIEWS
    )
