"""Comments of records: what the widget sends, and the interface to the same."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.errors import BadRequest, ValidationFailed
from engine.runtime.comments.mentions import nameable
from engine.runtime.comments.reading import MOST, PAGE, Comment, comment_of, comments_of, may_write
from engine.runtime.comments.writing import add_comment, delete_comment, edit_comment
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.parameters import page_limit
from engine.runtime.query.rights import check_permitted
from engine.runtime.storage.times import instant_text
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.pages import show_record
from engine.web.records_api import api_entity
from engine.web.responses import json_response, record_url, see_other
from engine.web.site import Site
from engine.widgets.contract import FormFilling

LIST_KEYS = frozenset({"before", "limit"})
PEOPLE_KEYS = frozenset({"q"})


def add(work: Work, call: Call, site: Site) -> Response:
    """POST /r/{entity}/{record}/comments"""
    entity, record, form = call.parameters["entity"], decode_id(call.parameters["record"]), call.form_first()
    made = add_comment(work, entity, record, form.get("body", ""), form.get("@key") or None)
    return see_other(f"{record_url(entity, record)}#comment-{encode_id(made)}")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The record with what was written and why it was not taken."""
    text = call.form_first().get("body", "")
    filling = FormFilling(values={"comment": text}, problems={"comment": (_words(work, error),)})
    return show_record(work, call, site, filling, error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /comments/{comment}: change or take away one's own."""
    identity, form = decode_id(call.parameters["comment"]), call.form_first()
    found = comment_of(work, identity)
    if form.get("act") == "edit":
        edit_comment(work, identity, form.get("body", ""))
    elif form.get("act") == "delete":
        delete_comment(work, identity)
    else:
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{record_url(found.entity, found.record)}#comment-{encode_id(identity)}")


def list_comments(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/comments?before=…&limit=…: newest first."""
    entity, record = api_entity(work, call).name, decode_id(call.parameters["record"])
    before = decode_id(call.first["before"]) if call.first.get("before") else 0
    found = comments_of(work, entity, record, before, page_limit(call.first.get("limit", str(PAGE)), MOST))
    oldest = encode_id(found.comments[-1].id) if found.more else None
    return json_response({"data": [_body(one) for one in found.comments], "next": oldest, "writable": found.writable})


def create_comment(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}/{record}/comments; an Idempotency-Key makes a repeat harmless."""
    entity, record = api_entity(work, call).name, decode_id(call.parameters["record"])
    key = call.headers.get("idempotency-key")
    made = add_comment(work, entity, record, _text(work, call, entity, record), key)
    return json_response({"data": _body(comment_of(work, made))}, status=201)


def update_comment(work: Work, call: Call, site: Site) -> Response:
    """PATCH /api/comments/{comment}"""
    identity = decode_id(call.parameters["comment"])
    found = comment_of(work, identity)
    edit_comment(work, identity, _text(work, call, found.entity, found.record))
    return json_response({"data": _body(comment_of(work, identity))})


def remove_comment(work: Work, call: Call, site: Site) -> Response:
    """DELETE /api/comments/{comment}"""
    delete_comment(work, decode_id(call.parameters["comment"]))
    return Response(status_code=204)


def people(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/people?q=…: who can be named in a comment on it."""
    entity, record = api_entity(work, call).name, decode_id(call.parameters["record"])
    check_permitted(work, entity, record, Action.READ)
    found = nameable(work, entity, record, call.first.get("q", "")[:100]) if may_write(work, entity) else []
    rows = [{"id": encode_id(one.user.id), "label": one.user.label, "written": one.written} for one in found]
    return json_response({"data": rows})


def _body(one: Comment) -> dict[str, object]:
    return {
        "id": encode_id(one.id),
        "author": encode_id(one.user),
        "name": one.author,
        "body": one.body,
        "mentions": [{"start": m.start, "end": m.end, "user": encode_id(m.user)} for m in one.mentions],
        "made_at": instant_text(one.made_at),
        "edited_at": instant_text(one.edited_at) if one.edited_at else None,
        "deleted": one.deleted_at is not None,
        "changeable": one.changeable,
    }


def _text(work: Work, call: Call, entity: str, record: int) -> str:
    """The text of a call. Raises NotFound first, so that a wrong body tells nothing of a record out of reach."""
    check_permitted(work, entity, record, Action.READ)
    given = call.json if isinstance(call.json, dict) else {}
    body = given.get("body", "")
    if set(given) - {"body"} or not isinstance(body, str):
        raise BadRequest(Message('请求体应为 {"body": "…"}', 'The body is {"body": "…"}'), field="body")
    return body


def _words(work: Work, error: DougongError) -> str:
    if isinstance(error, ValidationFailed):
        return error.problems[0].message.text(work.context.language)
    return error.message.text(work.context.language)
