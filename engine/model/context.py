"""Context: who acts, for what, when and from where. Every read and write takes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.model.names import Label, empty_map
from engine.model.replacing import replaced


@dataclass(frozen=True, slots=True)
class SeatHeld:
    """A seat that the principal holds on the context's date, by membership or by delegation."""

    unit: int
    seat: str
    roles: frozenset[str]
    head: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """What one may choose to work as alone: a seat in a unit, or a role that was given directly (without a unit)."""

    key: str
    label: Label
    unit: Label | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a user with roles, or a declared service. `token_scopes` narrows an API token's rights (None: all)."""

    user_id: int
    name: str
    roles: frozenset[str]
    administrator: bool = False
    designer: bool = False
    service: str | None = None
    token_scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One act's circumstances, fixed for the request.

    `now` is an aware UTC instant; `zone` an IANA name; `as_of` reads the past when set; `scopes` are the principal's
    resolved unit sets by variable name (`user.units`, `user.subtree`, `user.reports`). Of somebody who holds several
    `posts`, `post` names the one that they work as: the context then has its seat, roles and scopes alone.
    `confirmed` is what somebody at a form has confirmed ("": nothing yet); None where nobody can be asked.
    """

    principal: Principal
    now: datetime
    seats: tuple[SeatHeld, ...] = ()
    scopes: Mapping[str, frozenset[int]] = field(default_factory=empty_map)
    purpose: str = "operation"
    as_of: datetime | None = None
    locale: str = "zh-CN"
    zone: str = "Asia/Shanghai"
    run: str | None = None
    cause: str | None = None
    reason: str | None = None
    viewing_as: str | None = None
    request_id: str = ""
    posts: tuple[Post, ...] = ()
    post: str = ""
    confirmed: str | None = None

    @property
    def moment(self) -> datetime:
        """The instant that is looked at: the past one, else now."""
        return self.as_of or self.now

    @property
    def today(self) -> date:
        """The business day that is looked at."""
        return self.moment.astimezone(ZoneInfo(self.zone)).date()

    @property
    def language(self) -> str:
        return self.locale.split("-", 1)[0]

    @property
    def main_unit(self) -> int | None:
        return self.seats[0].unit if self.seats else None

    def confirming(self, confirmed: str) -> Context:
        return replaced(self, confirmed=confirmed)

    def caused_by(self, cause: str, run: str | None = None) -> Context:
        return replaced(self, cause=cause, run=run or self.run)
