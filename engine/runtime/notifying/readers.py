"""Readers: what somebody else may read, decided with their rights of today."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model.access import Action
from engine.model.context import Context
from engine.runtime.identity.users import User
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.rights import permitted
from engine.runtime.work import Work


def context_of_reader(work: Work, person: User) -> Context:
    """The context in which somebody would read now."""
    context = work.context
    at = Circumstances(context.now, person.locale or context.locale, person.zone or context.zone)
    return context_for(work.session, work.model, person, at)


def may_read(work: Work, person: User, entity: str, record: int) -> bool:
    """Whether somebody may read a record."""
    return not person.disabled and permitted(work.under(context_of_reader(work, person)), entity, record, Action.READ)


def readers_among(work: Work, people: Iterable[User], entity: str, record: int, most: int) -> list[User]:
    """The first of people who may read a record, so many at most."""
    found: list[User] = []
    for person in people:
        if len(found) >= most:
            break
        if may_read(work, person, entity, record):
            found.append(person)
    return found
