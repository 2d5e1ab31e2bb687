"""Themes to name: groups of sentences that fit none, for those who may add one; each shows only what its reader may read."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.entities import TEXT_KINDS, Entity, Field
from engine.model.errors import NotFound
from engine.model.requests import Condition, QueryRequest
from engine.runtime.access.rights import writable_fields
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import to_micros
from engine.runtime.query.lists import list_records
from engine.runtime.records.writing import create
from engine.runtime.themes.leftovers import LEAST
from engine.runtime.themes.naming import nameable
from engine.runtime.themes.tables import LeftoverState, about_of, decide_leftover, leftovers, put_rows
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import record_url, see_other
from engine.web.shell import page_response
from engine.web.site import Site

MOST_GROUPS = 30
MOST_READ = 100
SHOWN = 5
"""Sentences of a group that stand on the page, the most typical."""


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A group as its reader sees it: the rows that they may read, with what the first ones say."""

    id: int
    entity: Entity
    field: Field
    target: Entity
    rows: tuple[int, ...]
    sentences: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        return encode_id(self.id)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /themes"""
    return _page(work, call, site)


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /themes: a group gets a name, which makes a theme that starts with its sentences; or it is put aside."""
    form = call.form_first()
    group = next((one for one in _unnamed(work) if one.key == form.get("group")), None)
    if group is None:
        raise NotFound
    who = (work.context.principal.user_id, to_micros(work.context.now))
    if form.get("act") == "dismiss":
        decide_leftover(work.session, group.id, LeftoverState.DISMISSED, who)
        return see_other("/themes?done=dismissed")
    target = group.target
    values = {name: form.get(f"f.{name}", "").strip() for name in _asked(work, target)}
    made = create(work, target.name, values)
    decide_leftover(work.session, group.id, LeftoverState.NAMED, who, made.id)
    put_rows(work.session, group.id, group.rows)
    return see_other("/themes?done=named")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error)


def _page(work: Work, call: Call, site: Site, error: DougongError | None = None) -> Response:
    language = work.context.language
    known = list(nameable(work.model, work.context))
    if not known:
        raise NotFound
    form = call.form_first() if error is not None else {}
    values = {
        "title": Message("待命名的主题", "Themes to name").text(language),
        "message": error.message.text(language) if error is not None else "",
        "done": call.first.get("done", ""),
        "typed": form,
        "groups": [_shown(work, one) for one in _unnamed(work)],
        "targets": [
            page.name
            for _, _, target in known
            for page in work.model.pages.values()
            if page.kind == "list" and page.entity == target.name and page.roles & work.context.principal.roles
        ],
    }
    return page_response(work, call, site, "themes.html", values, status=error.status if error is not None else 200)


def _shown(work: Work, group: Unnamed) -> dict[str, object]:
    language, target = work.context.language, group.target
    return {
        "key": group.key,
        "kind": group.entity.label.text(language),
        "count": len(group.rows),
        "sentences": group.sentences,
        "asked": [
            (name, target.fields[name].label.text(language), target.fields[name].bounds.max_length)
            for name in _asked(work, target)
        ],
        "target": target.label.text(language),
    }


def _asked(work: Work, target: Entity) -> tuple[str, ...]:
    """What says what a theme is, as far as the reader may write it."""
    writable = writable_fields(work.model, work.context, target.name)
    return tuple(
        one.name for one in target.fields.values() if one.search and one.kind in TEXT_KINDS and one.name in writable
    )


def _unnamed(work: Work) -> list[Unnamed]:
    """The open groups of which the reader may read enough to make one; others are not there for them."""
    found: list[Unnamed] = []
    for entity, field, target in nameable(work.model, work.context):
        for one in leftovers(work.session, about_of(entity.name, field.name), LeftoverState.OPEN, MOST_GROUPS):
            group = Unnamed(one.id, entity, field, target, *_as_read(work, entity, field, one.rows[:MOST_READ]))
            if len(group.rows) >= LEAST:
                found.append(group)
    return sorted(found, key=lambda one: (-len(one.rows), one.id))


def _as_read(
    work: Work, entity: Entity, field: Field, rows: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[tuple[str, str], ...]]:
    """The rows that the reader may read and that still have none, and what the first ones say."""
    assert field.proposed is not None
    source = field.proposed.source
    request = QueryRequest(
        entity.name, (("id",), (source,), (field.name,)), Condition(("id",), "in", rows), limit=MOST_READ
    )
    page = list_records(work, request).records if rows else ()
    said = {
        row.id: str(row.cells[source]) for row in page if row.cells.get(source) and row.cells.get(field.name) is None
    }
    kept = tuple(row for row in rows if row in said)
    sentences = tuple((said[row], record_url(entity.name, row)) for row in kept)
    return kept, tuple(dict(sentences).items())[:SHOWN]
