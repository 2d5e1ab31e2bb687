"""Threads of comments as the widget gets them."""

from __future__ import annotations

from engine.runtime.comments.reading import Comment, CommentPage, comments_of
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.widgets.comment_parts import CommentView, Thread
from engine.widgets.contract import CommentThread, Scene


def thread_of(work: Work, scene: Scene, need: CommentThread) -> Thread | tuple[()]:
    """What a widget asked for."""
    if scene.entity is None or scene.record is None:
        return ()
    before = decode_id(need.before) if need.before else 0
    found = comments_of(work, scene.entity.name, scene.record.id, before, need.limit)
    return _thread(found, work.context.request_id)


def _thread(found: CommentPage, key: str) -> Thread:
    return Thread(tuple(_view(one) for one in found.comments), found.more, found.writable, key)


def _view(one: Comment) -> CommentView:
    parts: list[tuple[str, bool]] = []
    at = 0
    for mention in one.mentions:
        parts += [(one.body[at : mention.start], False), (one.body[mention.start : mention.end], True)]
        at = mention.end
    parts.append((one.body[at:], False))
    return CommentView(
        id=one.id,
        author=one.author,
        made_at=one.made_at,
        edited_at=one.edited_at,
        deleted=one.deleted_at is not None,
        body=one.body,
        parts=tuple(part for part in parts if part[0]),
        changeable=one.changeable,
        earlier=tuple((old.body, old.until) for old in one.earlier),
    )
