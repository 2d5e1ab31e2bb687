"""Drafts over HTTP: kept while one types, offered on the next visit, on whichever device that is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from starlette.responses import JSONResponse, Response

from engine.model.access import Action, FieldRight
from engine.model.entities import Entity
from engine.model.errors import Forbidden
from engine.runtime.drafts import NEW, Draft, Pairs, draft_of, drop_draft, keep_draft
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.rights import check_permitted, field_rights, may
from engine.runtime.work import Work
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.form_bodies import FormBody, read_form
from engine.web.known_entities import known_entity
from engine.web.responses import record_url, see_other
from engine.web.site import Site
from engine.widgets.default_items import enterable
from engine.widgets.formats import format_instant, in_sentence

TAKEN_UP = "draft"
"""The parameter of an address that takes a draft up."""


@dataclass(frozen=True, slots=True)
class DraftOffer:
    """A draft as its form offers it: when and where it was written, and the addresses that take it up and throw it away."""

    when: str
    elsewhere: bool
    url: str
    drop: str


def keep(work: Work, call: Call, site: Site) -> Response:
    """POST /drafts/{entity}?record=…: keep the form as it stands. Raises what saving it would raise for its right."""
    entity, record = _form_of(work, call)
    pairs: Pairs = tuple((name, text) for name, text in call.form if _entered(name))
    kept = keep_draft(work, entity.name, record, pairs, _place(call), call.form_first().get("@key", ""))
    return JSONResponse({"kept": kept}, headers={"cache-control": "no-store"})


def drop(work: Work, call: Call, site: Site) -> Response:
    """POST /drafts/{entity}/drop?record=…: throw the draft away and begin with the form as it is."""
    entity, record = _form_of(work, call)
    drop_draft(work, entity.name, record)
    return see_other(_address(entity, record))


def offered_draft(work: Work, call: Call, entity: Entity, record: int) -> DraftOffer | None:
    """The draft that a form offers; None where there is none or it is taken up already."""
    draft = None if TAKEN_UP in call.first else draft_of(work, entity.name, record)
    if draft is None:
        return None
    when = in_sentence(format_instant(draft.at, work.context.language, work.context.now, work.context.zone))
    address, about = _address(entity, record), f"?record={encode_id(record)}" if record != NEW else ""
    return DraftOffer(
        when, draft.place != _place(call), f"{address}?{TAKEN_UP}=1", f"/drafts/{entity.name}/drop{about}"
    )


def taken_up(work: Work, call: Call, entity: Entity, record: int) -> FormBody | None:
    """The body of the draft that the address takes up: what of it the caller may still write."""
    draft = draft_of(work, entity.name, record) if TAKEN_UP in call.first else None
    return _body(work, call, entity, record, draft) if draft is not None else None


def draft_url(entity: Entity, record: int) -> str:
    """Where a form is kept while one types."""
    return f"/drafts/{entity.name}" + (f"?record={encode_id(record)}" if record != NEW else "")


def _body(work: Work, call: Call, entity: Entity, record: int, draft: Draft) -> FormBody:
    body = read_form(replace(call, form=draft.pairs), work.model, entity)
    writable = _writable(work, entity, record or None)
    children = {name: [_row(work, entity, name, row) for row in rows] for name, rows in body.children.items()}
    return replace(body, values={n: v for n, v in body.values.items() if n in writable}, children=children, key=None)


def _row(work: Work, entity: Entity, collection: str, row: dict[str, object]) -> dict[str, object]:
    writable = _writable(work, work.model.entities[entity.collections[collection].entity], None)
    return {name: value for name, value in row.items() if name in writable | {"id", "version", "_delete"}}


def _writable(work: Work, entity: Entity, record: int | None) -> frozenset[str]:
    rights = field_rights(work, entity.name, record)
    return frozenset(n for n, right in rights.items() if right is FieldRight.WRITE and enterable(entity.fields[n]))


def _form_of(work: Work, call: Call) -> tuple[Entity, int]:
    """The entity and the record that a form is about. Raises Forbidden, and NotFound for a record out of scope."""
    entity = known_entity(work, call.parameters["entity"])
    if "record" in call.first:
        record = decode_id(call.first["record"])
        check_permitted(work, entity.name, record, Action.UPDATE)
        return entity, record
    if not may(work, entity.name, Action.CREATE):
        raise Forbidden
    return entity, NEW


def _entered(name: str) -> bool:
    """Whether an input is part of what was entered, or says from which version it was."""
    return name in {"@version", "@at"} or name.startswith(("f.", "c."))


def _address(entity: Entity, record: int) -> str:
    return f"{record_url(entity.name, record)}/edit" if record != NEW else f"/r/{entity.name}/new"


def _place(call: Call) -> str:
    """A mark of the browser's session that tells nothing else of it."""
    return hashlib.sha256(b"draft" + call.cookies.get(SESSION_COOKIE, "").encode()).hexdigest()[:16]
