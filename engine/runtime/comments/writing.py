"""Writing comments: adding one, changing or taking away one's own for a while; who is named is told, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.errors import FieldProblem, Forbidden, ValidationFailed
from engine.model.requests import Outcome
from engine.runtime.comments.mentions import Mention, mentions_in
from engine.runtime.comments.reading import Comment, comment_of, may_write
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.idempotency import once
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import to_micros
from engine.runtime.links import record_link
from engine.runtime.notices import forget_bodies, tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.telling import Telling
from engine.runtime.query.rights import check_permitted
from engine.runtime.rows import delete, insert, update
from engine.runtime.storage.texts import clean_text
from engine.runtime.work import Work
from engine.runtime.workflow.flow_rows import title_of

LONGEST = 4000
EXCERPT = 200


class TooLate(DougongError):
    """A comment can be changed no more."""

    code = "comment_too_late"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message("评论发出 15 分钟后不能再改", "A comment can be changed for 15 minutes after it was written")
        )


def add_comment(work: Work, entity: str, record: int, text: str, key: str | None = None) -> int:
    """A new comment, once for a key; its id. Raises NotFound, Forbidden, ValidationFailed."""
    check_permitted(work, entity, record, Action.READ)
    if not may_write(work, entity):
        raise Forbidden

    def act() -> Outcome:
        body = _checked(text)
        mentions = mentions_in(work, body, entity, record)
        identity = work.ids.next()
        row = {
            "id": identity,
            "entity": entity,
            "record": record,
            "user_id": work.context.principal.user_id,
            "body": body,
            "mentions": _stored(mentions),
            "made_at": to_micros(work.context.now),
            "edited_at": None,
            "deleted_at": None,
        }
        insert(work.session, COMMENT, row)
        _tell(work, identity, entity, record, body, [one.user for one in mentions])
        tell_beside(work, entity, record, Aspect.COMMENT)
        return Outcome(entity, identity, 1)

    return once(work, key, ("comment", entity, record, text), act).id


def edit_comment(work: Work, identity: int, text: str) -> None:
    """Change one's own comment; what it said stays with it. Raises NotFound, Forbidden, TooLate, ValidationFailed."""
    found = _own(work, identity)
    body = _checked(text)
    if body == found.body:
        return
    mentions = mentions_in(work, body, found.entity, found.record)
    now = to_micros(work.context.now)
    trace = {
        "id": work.ids.next(),
        "comment": identity,
        "entity": found.entity,
        "record": found.record,
        "user_id": found.user,
        "body": found.body,
        "at": now,
    }
    insert(work.session, TRACE, trace)
    update(work.session, COMMENT, {"body": body, "mentions": _stored(mentions), "edited_at": now}, {"id": identity})
    named_before = {one.user for one in found.mentions}
    newly = [one.user for one in mentions if one.user not in named_before]
    _tell(work, identity, found.entity, found.record, body, newly)
    tell_beside(work, found.entity, found.record, Aspect.COMMENT)


def delete_comment(work: Work, identity: int) -> Comment:
    """Take one's own comment away: that it was there stays, what it said is gone. Raises NotFound, Forbidden, TooLate."""
    found = _own(work, identity)
    gone = {"body": "", "mentions": "[]", "deleted_at": to_micros(work.context.now)}
    update(work.session, COMMENT, gone, {"id": identity})
    delete(work.session, TRACE, {"comment": identity})
    forget_bodies(work.session, found.entity, found.record, _link(found.entity, found.record, identity))
    tell_beside(work, found.entity, found.record, Aspect.COMMENT)
    return found


def _own(work: Work, identity: int) -> Comment:
    """A comment that its writer may still change: who could not write it now changes it no more either."""
    found = comment_of(work, identity, lock=True)
    own = found.user == work.context.principal.user_id and found.deleted_at is None
    if not own or not may_write(work, found.entity):
        raise Forbidden
    if not found.changeable:
        raise TooLate
    return found


def _checked(text: str) -> str:
    body = _cleaned(text)
    if not body:
        raise _refused("required", Message("请写点什么", "Write something"))
    if len(body) > LONGEST:
        raise _refused("too_long", Message(f"最多 {LONGEST} 个字", f"At most {LONGEST} characters"))
    return body


def _cleaned(text: str) -> str:
    try:
        return clean_text(text).strip()
    except ValueError:
        words = Message("文本含有不允许的字符", "The text holds characters that are not allowed")
        raise _refused("bad_text", words) from None


def _refused(code: str, words: Message) -> ValidationFailed:
    return ValidationFailed((FieldProblem("body", code, words),))


def _tell(work: Work, identity: int, entity: str, record: int, body: str, users: Iterable[int]) -> None:
    """Tell who is named: who wrote, on which record; the words themselves in the app alone."""
    me = work.context.principal
    declared = work.model.entities[entity]
    telling = Telling(
        kind=NoticeKind.MENTION.value,
        title=f"{me.name} · {title_of(work, entity, record)}",
        body=body[:EXCERPT],
        entity=entity,
        record=record,
        link=_link(entity, record, identity),
        made_of=(declared.title,),
        level=declared.fields[declared.title].level,
    )
    tell(work, [user for user in users if user != me.user_id], telling)


def _link(entity: str, record: int, comment: int) -> str:
    return f"{record_link(entity, record)}#comment-{encode_id(comment)}"


def _stored(mentions: Iterable[Mention]) -> str:
    return json.dumps([astuple(one) for one in mentions])
