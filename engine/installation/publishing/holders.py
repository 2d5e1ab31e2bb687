"""Holders: who gets a role that comes with a publication, given in its own transaction. Roles that are there already are given
where people are administered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.refusals import bad
from engine.installation.publishing.plan import PublishPlan
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import User, all_users, roles_of, set_roles

Holders = Mapping[str, Sequence[int]]
"""Users by role."""
MOST = 2_000
"""People that are offered."""


def new_roles(plan: PublishPlan) -> list[str]:
    """The roles that nobody can have yet, since they come with this plan. One that administers, designs or publishes is
    given by administrators, among the people."""
    there = plan.before.model.roles
    found = ((name, one) for name, one in plan.after.model.roles.items() if name not in there)
    return [name for name, one in found if not (one.administers or one.designs or one.publishes)]


def people(session: Session) -> list[User]:
    """Who may be given a role."""
    return [one for one in all_users(session) if not one.disabled][:MOST]


def holders_in(given: object, plan: PublishPlan, users: Sequence[User]) -> Holders:
    """Who is to have which role, out of JSON (accounts by role). Raises BadCommand for a role or an account that is not there."""
    if given is None:
        return {}
    ids, roles = {one.account: one.id for one in users}, new_roles(plan)
    if not isinstance(given, Mapping):
        raise bad("holders 须是一个对象", "`holders` is an object")
    found: dict[str, Sequence[int]] = {}
    for role, accounts in given.items():
        if role not in roles:
            raise bad(f"角色 {role} 不是这次发布新增的", f"The role {role} does not come with this publication")
        listed = accounts if isinstance(accounts, list) else [accounts]
        unknown = [str(one)[:80] for one in listed if not isinstance(one, str) or one not in ids]
        if unknown:
            raise bad(f"没有账号 {unknown[0]}", f"There is no account {unknown[0]!r}")
        found[str(role)] = [ids[one] for one in listed]
    return found


def give(session: Session, holders: Holders) -> None:
    """Roles besides those that people have."""
    for role, users in holders.items():
        for user in users:
            set_roles(session, user, [*roles_of(session, user), role])
