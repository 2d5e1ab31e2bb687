"""Search over everything that the reader may read: pages by name, records by their searched fields."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.requests import QueryRequest
from engine.runtime.access.rights import allowed_actions, readable_fields
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import record_url
from engine.web.shell import page_response
from engine.web.site import Site

HITS_AN_ENTITY = 6


def search(work: Work, call: Call, site: Site) -> Response:
    text = call.first.get("q", "").strip()[:100]
    language = work.context.language
    values = {
        "title": Message("搜索", "Search").text(language),
        "query": text,
        "pages": _pages(work, text) if text else [],
        "groups": _records(work, text) if text else [],
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


def _records(work: Work, text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for entity in work.model.entities.values():
        searched = any(field.search for field in entity.fields.values())
        if entity.part_of or not searched or Action.READ not in allowed_actions(work.model, work.context, entity.name):
            continue
        if entity.title not in readable_fields(work.model, work.context, entity.name):
            continue
        request = QueryRequest(entity.name, ((entity.title,),), search=text, limit=HITS_AN_ENTITY)
        hits = [
            (record_url(entity.name, one.id), str(one.cells.get(entity.title) or "—"))
            for one in list_records(work, request).records
        ]
        if hits:
            found.append((entity.label.text(work.context.language), hits))
    return found
