"""Mentions: `@name` or `@account` in a text, found by the longest name that fits; only who may read the record can be named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.identity.users import User, all_users
from engine.runtime.notifying.readers import may_read, readers_among
from engine.runtime.query.filters import folded
from engine.runtime.work import Work

MOST = 20
"""People that one comment names at most."""
LOOKED_AT = 60
"""People whose rights one search of the picker looks up at most."""
_WORD = re.compile(r"[A-Za-z0-9_]")
_BEFORE = re.compile(r"[A-Za-z0-9._%+-]$")
_ACCOUNT = re.compile(r"[(（]([a-z][a-z0-9_.-]{1,47})[)）]")


@dataclass(frozen=True, slots=True)
class Mention:
    """Where in a text somebody is named."""

    start: int
    end: int
    user: int


@dataclass(frozen=True, slots=True)
class Nameable:
    """Somebody who can be named, and what is written after the @ so that it means them alone."""

    user: User
    written: str


def mentions_in(work: Work, text: str, entity: str, record: int) -> tuple[Mention, ...]:
    """Whom a text names. What is nobody's name stays a text. Raises ValidationFailed where somebody cannot be named."""
    if "@" not in text:
        return ()
    people = [one for one in all_users(work.session) if not one.disabled]
    found = tuple(_found(text, people))
    by_id = {one.id: one for one in people}
    named = list(dict.fromkeys(one.user for one in found))
    if len(named) > MOST:
        raise _refused("too_many", Message(f"一条评论最多提到 {MOST} 人", f"A comment names {MOST} people at most"))
    blind = [by_id[user] for user in named if not may_read(work, by_id[user], entity, record)]
    if blind:
        who = "、".join(one.label for one in blind)
        words = Message(
            f"{who} 看不到这条记录，不能在这里提到；请去掉 @，或先让对方有权查看",
            f"{who} may not read this record and cannot be named here; take the @ away, or let them read it first",
        )
        raise _refused("mention_unreadable", words)
    return found


def nameable(work: Work, entity: str, record: int, text: str, most: int = 8) -> list[Nameable]:
    """Others whose name or account holds a text and who may read the record, by name."""
    wanted = folded(text.strip())
    people = [one for one in all_users(work.session) if not one.disabled]
    me = work.context.principal.user_id
    fitting = [one for one in people if one.id != me and any(wanted in folded(name) for name in _names(one))]
    fitting.sort(key=lambda one: (not any(folded(name).startswith(wanted) for name in _names(one)), one.label, one.id))
    readers = readers_among(work, fitting[:LOOKED_AT], entity, record, most)
    bearers = Counter(name for one in people for name in {folded(name) for name in _names(one)})
    return [
        Nameable(one, f"{one.label}({one.account})" if bearers[folded(one.label)] > 1 else one.label) for one in readers
    ]


def _found(text: str, people: Sequence[User]) -> Iterator[Mention]:
    names: dict[str, list[User]] = {}
    for one in people:
        for name in _names(one):
            names.setdefault(folded(name), []).append(one)
    lengths = sorted({len(name) for name in names}, reverse=True)
    low, at = folded(text), 0
    while (at := low.find("@", at)) >= 0:
        end = at + 1
        if not _BEFORE.search(text[:at]):
            length = next((n for n in lengths if low[end : end + n] in names and _ends(text, end, end + n)), 0)
            if length:
                user, end = _one_of(text, end + length, names[low[end : end + length]])
                yield Mention(at, end, user.id)
        at = end


def _ends(text: str, start: int, end: int) -> bool:
    """Whether a name stops where it ends: one of letters is not the beginning of a longer word."""
    return end >= len(text) or not (_WORD.match(text[end - 1]) and _WORD.match(text[end])) if end > start else False


def _one_of(text: str, end: int, people: Iterable[User]) -> tuple[User, int]:
    """Who is meant of those who bear a name, and where the mention ends. Raises ValidationFailed when it may be several."""
    bearers = {one.id: one for one in people}
    account = _ACCOUNT.match(text, end)
    for one in bearers.values():
        if account is not None and account.group(1) == one.account:
            return one, account.end()
    if len(bearers) > 1:
        ways = "、".join(f"@{one.label}({one.account})" for one in bearers.values())
        raise _refused(
            "mention_ambiguous",
            Message(f"有几位同名，请写明是谁：{ways}", f"Several bear this name; say which: {ways}"),
        )
    return next(iter(bearers.values())), end


def _names(one: User) -> frozenset[str]:
    return frozenset(name for name in (one.name, one.name_en, one.account) if name)


def _refused(code: str, words: Message) -> ValidationFailed:
    return ValidationFailed((FieldProblem("body", code, words),))
