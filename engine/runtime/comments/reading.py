"""Reading comments: newest first, page by page, by who may read their record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.errors import NotFound
from engine.model.pages import PageKind
from engine.runtime.access.decide import scope_allows
from engine.runtime.comments.mentions import Mention
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import from_micros
from engine.runtime.query.rights import check_permitted
from engine.runtime.rows import select
from engine.runtime.work import Work

WIDGET = "comments"
PAGE, MOST = 20, 100
CHANGEABLE = timedelta(minutes=15)
"""How long whoever wrote a comment may change it or take it away."""
COLUMNS = ("id", "entity", "record", "user_id", "body", "mentions", "made_at", "edited_at", "deleted_at")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a comment said before it was changed, and until when."""

    body: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a record; one that was taken away has no body. `changeable`: its reader wrote it and may still change it.

    `earlier` is told by `comments_of` alone.
    """

    id: int
    entity: str
    record: int
    user: int
    author: str
    body: str
    mentions: tuple[Mention, ...]
    made_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    changeable: bool
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Comments, newest first; `more` when there are older ones. `writable`: the reader may add one."""

    comments: tuple[Comment, ...]
    more: bool
    writable: bool


def commented(model: AppModel) -> frozenset[tuple[str, str]]:
    """The entities and roles whose record pages have a thread of comments, as pairs."""
    return frozenset(
        (page.entity, role)
        for page in model.pages.values()
        if page.kind is PageKind.RECORD and page.entity
        for item in page.items
        for one in item.walk()
        if one.widget == WIDGET
        for role in page.roles & (one.roles if one.roles is not None else page.roles)
    )


def may_write(work: Work, entity: str) -> bool:
    """Whether a page of the reader has a thread for records of an entity."""
    pairs = work.model.derived(commented)
    me = work.context.principal
    return any((entity, role) in pairs for role in me.roles) and scope_allows(me.token_scopes, entity, Action.UPDATE)


def comments_of(work: Work, entity: str, record: int, before: int = 0, limit: int = PAGE) -> CommentPage:
    """The comments on a record before the one of an id. Raises NotFound for a record that may not be read."""
    check_permitted(work, entity, record, Action.READ)
    where: dict[str, object] = {"entity": entity, "record": record}
    if before:
        where["id <"] = before
    limit = max(1, min(limit, MOST))
    rows = select(work.session, COMMENT, COLUMNS, where, ("-id",), limit + 1)
    earlier = _earlier(work, entity, record, [int(str(row[0])) for row in rows[:limit]])
    found = tuple(_comment(work, row, earlier) for row in rows[:limit])
    return CommentPage(found, len(rows) > limit, may_write(work, entity))


def comment_of(work: Work, identity: int, lock: bool = False) -> Comment:
    """One comment. Raises NotFound when it is not there or its record may not be read."""
    rows = select(work.session, COMMENT, COLUMNS, {"id": identity}, lock=lock)
    if not rows:
        raise NotFound
    found = _comment(work, rows[0], {})
    check_permitted(work, found.entity, found.record, Action.READ)
    return found


def _comment(work: Work, row: Sequence[object], earlier: Mapping[int, Sequence[Earlier]]) -> Comment:
    identity, entity, record, user, body, mentions, made_at, edited_at, deleted_at = row
    made = from_micros(int(str(made_at)))
    author = work.read_once(f"user:{user}", lambda session: user_by_id(session, int(str(user))))
    mine = int(str(user)) == work.context.principal.user_id and deleted_at is None
    return Comment(
        id=int(str(identity)),
        entity=str(entity),
        record=int(str(record)),
        user=int(str(user)),
        author=author.label if author is not None else "—",
        body=str(body),
        mentions=tuple(Mention(*one) for one in json.loads(str(mentions))),
        made_at=made,
        edited_at=None if edited_at is None else from_micros(int(str(edited_at))),
        deleted_at=None if deleted_at is None else from_micros(int(str(deleted_at))),
        changeable=mine and work.context.now <= made + CHANGEABLE,
        earlier=tuple(earlier.get(int(str(identity)), ())),
    )


def _earlier(work: Work, entity: str, record: int, comments: Sequence[int]) -> Mapping[int, Sequence[Earlier]]:
    """What the comments of a page said before, by comment: those that were taken away say nothing, here neither."""
    if not comments:
        return {}
    page = {"entity": entity, "record": record, "comment >=": min(comments), "comment <=": max(comments)}
    found: dict[int, list[Earlier]] = {}
    for comment, body, at in select(work.session, TRACE, ("comment", "body", "at"), page, ("id",)):
        found.setdefault(int(str(comment)), []).append(Earlier(str(body), from_micros(int(str(at)))))
    return found
