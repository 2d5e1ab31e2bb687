"""Search over everything that the reader may read: pages by name, records by their searched fields."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.entities import Entity, Field, FieldKind
from engine.model.requests import QueryRequest, Sort
from engine.runtime.query.lists import list_records
from engine.runtime.records.removal import pointing_at
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import record_url
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.cells import Shown, cell
from engine.widgets.contract import Scene

HITS_AN_ENTITY = 6
TELLING = (
    frozenset({FieldKind.STATE}),
    frozenset({FieldKind.RELATION}),
    frozenset({FieldKind.USER}),
    frozenset({FieldKind.MONEY}),
)


def search(work: Work, call: Call, site: Site) -> Response:
    text = call.first.get("q", "").strip()[:100]
    language = work.context.language
    values = {
        "title": Message("搜索", "Search").text(language),
        "query": text,
        "pages": _pages(work, text) if text else [],
        "groups": _records(work, call, text) if text else [],
    }
    return page_response(work, call, site, "search.html", values)


def _pages(work: Work, text: str) -> list[tuple[str, str, str]]:
    language, folded = work.context.language, text.casefold()
    return [
        (f"/app/{page.name}", page.label.text(language), page.icon)
        for page in work.model.pages.values()
        if page.kind != "record"
        and page.roles & work.context.principal.roles
        and folded in page.label.text(language).casefold()
    ]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found: where it is, its title, and a few facts that tell it from others of that name."""

    url: str
    title: str
    facts: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one entity that were found, newest change first; `url` shows all of them where there are more."""

    label: str
    hits: tuple[Hit, ...]
    url: str


def _records(work: Work, call: Call, text: str) -> list[Group]:
    scene = scene_for(work, call)
    searched = [one for one in work.model.entities.values() if _searched(one, scene)]
    searched.sort(key=lambda one: -sum(1 for _ in pointing_at(work.model, one.name)))  # customers before activities
    return [found for entity in searched if (found := _group(work, scene, entity, text)).hits]


def _searched(entity: Entity, scene: Scene) -> bool:
    declared = any(field.search for field in entity.fields.values())
    may_read = Action.READ in scene.allowed[entity.name] and entity.title in scene.readable[entity.name]
    return declared and may_read and entity.part_of is None


def _group(work: Work, scene: Scene, entity: Entity, text: str) -> Group:
    telling = _telling(entity, scene)
    columns = ((entity.title,), *((field.name,) for field in telling))
    order = (Sort(("updated_at",), descending=True),)
    page = list_records(work, QueryRequest(entity.name, columns, search=text, sort=order, limit=HITS_AN_ENTITY))
    hits = tuple(
        Hit(
            record_url(entity.name, one.id),
            str(one.cells.get(entity.title) or "—"),
            tuple(shown for field in telling if (shown := cell(one, (field.name,), field, scene)).kind != "empty"),
        )
        for one in page.records
    )
    lists = (one for one in work.model.pages.values() if one.kind == "list" and one.entity == entity.name)
    mine = next((one.name for one in lists if one.roles & scene.roles), "")
    more = f"/app/{mine}?{urlencode({'q': text, 'v': ''})}" if mine and page.next_cursor else ""
    return Group(scene.words(entity.label), hits, more)


def _telling(entity: Entity, scene: Scene) -> list[Field]:
    """The first state, relation, person and amount that the reader may read."""
    readable = [field for field in entity.fields.values() if field.name in scene.readable[entity.name] - {entity.title}]
    firsts = (next((field for field in readable if field.kind in kinds), None) for kinds in TELLING)
    return [field for field in firsts if field is not None]
