"""People of a provider: which person here somebody is, made when that is allowed, with the roles that their groups give."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import (
    ACCOUNT,
    NewUser,
    User,
    create_user,
    roles_of,
    set_roles,
    user_by_account,
    user_by_email,
    user_by_id,
    users_with_role,
)
from engine.runtime.instants import to_micros
from engine.runtime.openid.exchange import Proven
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.providers import BY_EMAIL, Provider
from engine.runtime.openid.tables import PROVIDER_PERSON
from engine.runtime.rows import delete, insert, select
from engine.runtime.work import Work

MOST_GROUPS = 500
_NOT_IN_ACCOUNTS = re.compile(r"[^a-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class KnownThere:
    """A subject of a provider that is a person here."""

    provider: str
    subject: str


def person_of(work: Work, provider: Provider, proven: Proven) -> User:
    """The person that somebody is: known by subject, else by what the provider says; linked from then on, given the roles of
    their groups. Raises SignInFault.
    """
    email = _email(provider, proven)
    user = _linked(work.session, provider.name, proven.subject)
    if user is None:
        user = _recognised(work.session, provider, proven, email) or _made(work, provider, proven, email)
        row = {
            "provider": provider.name,
            "subject": proven.subject,
            "user_id": user.id,
            "since": to_micros(work.context.now),
        }
        insert(work.session, PROVIDER_PERSON, row)
    if user.disabled:
        raise SignInFault("disabled", "账号已停用", "The account is disabled")
    _take_roles(work, provider, proven, user)
    return user


def known_there(session: Session, user: int) -> list[KnownThere]:
    """By which providers a person is known."""
    rows = select(session, PROVIDER_PERSON, ("provider", "subject"), {"user_id": user}, ("provider", "subject"))
    return [KnownThere(str(provider), str(subject)) for provider, subject in rows]


def forget_there(session: Session, user: int, provider: str) -> bool:
    """A person is not known by a provider any more, until they are recognised anew."""
    return delete(session, PROVIDER_PERSON, {"user_id": user, "provider": provider}) > 0


def _linked(session: Session, provider: str, subject: str) -> User | None:
    rows = select(session, PROVIDER_PERSON, ("user_id",), {"provider": provider, "subject": subject})
    return user_by_id(session, int(str(rows[0][0]))) if rows else None


def _email(provider: Provider, proven: Proven) -> str:
    """The verified address, empty when there is none. Raises SignInFault for one of a domain that is not allowed."""
    verified = proven.claims.get("email_verified") is True
    email = proven.text("email").lower() if verified else ""
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise SignInFault(
            "domain" if email else "unverified", "邮箱不在允许的域名里", "The address is of no domain that is allowed"
        )
    return email


def _recognised(session: Session, provider: Provider, proven: Proven, email: str) -> User | None:
    if provider.match == BY_EMAIL:
        if not email:
            raise SignInFault("unverified", "没有已确认的邮箱(email_verified)", "No verified address (email_verified)")
        found = user_by_email(session, email)
    else:
        claimed = proven.text(provider.account_claim).lower()
        found = user_by_account(session, claimed) if claimed else None
    if found is not None and any(one.provider == provider.name for one in known_there(session, found.id)):
        words = (
            "这个人已与该登录服务的另一个账号相连",
            "This person is linked to another account of the provider already",
        )
        raise SignInFault("unknown", *words)
    return found


def _made(work: Work, provider: Provider, proven: Proven, email: str) -> User:
    """A new person, where the provider may bring in new ones. Raises SignInFault."""
    if not provider.create:
        raise SignInFault("unknown", "没有这个人，且不允许自动建人", "There is no such person, and none is made")
    wished = proven.text(provider.account_claim) or proven.text("preferred_username") or email.partition("@")[0]
    identity, account = work.ids.next(), _account(work.session, provider, wished)
    name = (proven.text("name") or wished or account)[:120]
    taken = bool(email) and user_by_email(work.session, email) is not None
    new = NewUser(identity, account, name, to_micros(work.context.now), email=email if email and not taken else None)
    create_user(work.session, new)
    made = user_by_id(work.session, identity)
    if made is None:
        raise SignInFault("unknown", "没有建成", "It was not made")
    return made


def _account(session: Session, provider: Provider, wished: str) -> str:
    """A free account name near the wished one; where accounts are what people are recognised by, it must be that."""
    plain = _NOT_IN_ACCOUNTS.sub(".", wished.lower()).strip("._-")[:40]
    base = plain if ACCOUNT.match(plain) else f"p.{plain}".rstrip(".") if plain else "person"
    for number in range(1, 1000):
        account = base if number == 1 else f"{base}{number}"
        if user_by_account(session, account) is None:
            return account
    raise SignInFault("unknown", f"{provider.name} 的账号名都被占用了", "Every name for the account is taken")


def _take_roles(work: Work, provider: Provider, proven: Proven, user: User) -> None:
    """Give and take the roles that groups decide; others stay. The last administrator keeps administering."""
    if not provider.roles:
        return
    given = proven.claims.get(provider.groups_claim)
    groups = {str(one) for one in given[:MOST_GROUPS]} if isinstance(given, list) else {str(given)} if given else set()
    due = {role for group, role in provider.roles if group in groups and role in work.model.roles}
    held = set(roles_of(work.session, user.id))
    lost = {role for role in held & provider.mapped_roles - due if not _last_of(work, role, user)}
    after = (held - lost) | due
    if after != held:
        set_roles(work.session, user.id, sorted(after))


def _last_of(work: Work, role: str, user: User) -> bool:
    """Whether nobody else who may sign in would administer."""
    declared = work.model.roles.get(role)
    if declared is None or not declared.administers:
        return False
    administering = [one.name for one in work.model.roles.values() if one.administers]
    others = {holder for name in administering for holder in users_with_role(work.session, name)} - {user.id}
    return not any((found := user_by_id(work.session, one)) and not found.disabled for one in others)
