"""Exceptions of the services: each has a stable code, an HTTP status, and words for people in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.diagnostics import DougongError, Message
from engine.model.requests import Clash


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Something wrong with one field of a written row; `field` may be a path into a sub-table (`lines.2.quantity`)."""

    field: str
    code: str
    message: Message


class ValidationFailed(DougongError):
    """A row does not obey its definition; every problem at once."""

    code = "validation_failed"
    status = 422

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(Message("有内容需要修改", "Some fields need attention"))
        self.problems = problems


class NotFound(DougongError):
    """The row does not exist or may not be seen: both look the same."""

    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Message("没有找到，或你无权查看", "Not found, or not yours to see"))


class Forbidden(DougongError):
    """The principal may see the row and may not do this to it."""

    code = "forbidden"
    status = 403

    def __init__(self, message: Message | None = None, **details: object) -> None:
        super().__init__(message or Message("你没有权限进行此操作", "You may not do this"), **details)


class NotSignedIn(DougongError):
    """There is no valid session or token."""

    code = "not_signed_in"
    status = 401

    def __init__(self) -> None:
        super().__init__(Message("请先登录", "Please sign in"))


class UnknownField(DougongError):
    """A name in a request that does not exist for this principal."""

    code = "unknown_field"
    status = 400

    def __init__(self, name: str) -> None:
        super().__init__(Message(f"没有名为 {name} 的字段", f"There is no field named {name}"), field=name)


class BadRequest(DougongError):
    """The request cannot be understood; the message names the part and the remedy."""

    code = "bad_request"
    status = 400

    def __init__(self, message: Message, **details: object) -> None:
        super().__init__(message, **details)


class Conflict(DougongError):
    """The record does not stand where this needs it; `version` is the one it stands at."""

    code = "conflict"
    status = 409

    def __init__(self, clashes: Sequence[Clash], version: int) -> None:
        super().__init__(Message("这条记录已被他人修改", "Somebody else has changed this record"))
        self.clashes = tuple(clashes)
        self.version = version


class Outdated(Conflict):
    """Since the version that was read, somebody else changed what is changed now: both values are shown."""

    status = 412


class DeletedMeanwhile(DougongError):
    """Somebody deleted the record after it was read, and the caller may see who and when."""

    code = "deleted"
    status = 410

    def __init__(self, actor: str, at: datetime | None, may_restore: bool) -> None:
        super().__init__(
            Message(f"{actor} 已删除这条记录，没有保存", f"{actor} has deleted this record; nothing was saved")
        )
        self.actor, self.at, self.may_restore = actor, at, may_restore


class StillReferenced(DougongError):
    """The row cannot be deleted because rows of `entity` point at it; empty where the caller has no right to those."""

    code = "still_referenced"
    status = 409

    def __init__(self, entity: str, message: Message) -> None:
        super().__init__(message, entity=entity)


class KeyReused(DougongError):
    """An idempotency key came back with another request."""

    code = "idempotency_key_reused"
    status = 409

    def __init__(self) -> None:
        super().__init__(Message("同一幂等键对应了不同的请求", "This idempotency key was used for another request"))


class TooManyRequests(DougongError):
    """A limit on tries or requests was reached; `retry_after` is in seconds."""

    code = "too_many_requests"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            Message(f"请求过于频繁，请 {retry_after} 秒后再试", f"Too many requests; try again in {retry_after} s"),
            retry_after=retry_after,
        )
