"""Contexts: who acts with which roles and unit sets, under which circumstances, as every act needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.errors import Forbidden
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.organisation.standings import Standing, standing_in, standing_of
from engine.runtime.organisation.units import UnitTree


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and where an act happens."""

    now: datetime
    locale: str
    zone: str
    request_id: str = ""

    @property
    def day(self) -> date:
        """The business date."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


def context_for(
    session: Session, model: AppModel, user: User, at: Circumstances, scopes: frozenset[str] | None = None
) -> Context:
    """The context of a user, from what the database says of them now."""
    return context_of(user, standing_of(session, model, user.id, at.day), at, scopes)


def context_of_person(session: Session, model: AppModel, person: int, at: Circumstances) -> Context:
    """The context of somebody by id, for what goes on without them. Raises Forbidden when they may not sign in any more."""
    user = user_by_id(session, person)
    if user is None or user.disabled:
        raise Forbidden(Message("发起的人已停用", "Who began it may not sign in any more"))
    return context_for(session, model, user, at)


def context_in(tree: UnitTree, session: Session, model: AppModel, user: User, at: Circumstances) -> Context:
    """`context_for` with the units of that day, for those who ask for many people."""
    return context_of(user, standing_in(tree, session, model, user.id, at.day), at)


def context_of(user: User, standing: Standing, at: Circumstances, scopes: frozenset[str] | None = None) -> Context:
    """The context of a user whose standing is known; an API token's `scopes` narrow it."""
    principal = Principal(
        user_id=user.id,
        name=user.label,
        roles=standing.roles,
        administrator=standing.administrator,
        designer=standing.designer and scopes is None,
        token_scopes=scopes,
    )
    return Context(
        principal=principal,
        now=at.now,
        seats=standing.seats,
        scopes=standing.scopes,
        locale=at.locale,
        zone=at.zone,
        request_id=at.request_id,
        posts=standing.posts,
        post=standing.post,
    )
