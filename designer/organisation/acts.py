"""Acts on the organisation: typed, from today on, each with the acts that take it back on the same day.

Rows are effective-dated and none is removed: what is taken back ends on the day on which it began, so that it never held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from designer.refusals import bad
from engine.diagnostics import DougongError, Message
from engine.model.errors import Forbidden
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.identity.users import may_sign_in, user_by_id
from engine.runtime.organisation.members import (
    Membership,
    end_anew,
    leave_seat,
    members_of,
    membership_of,
    seat_of,
    take_seat,
)
from engine.runtime.organisation.standings import anybody_with
from engine.runtime.organisation.units import (
    Move,
    Unit,
    add_unit,
    close_unit,
    end_unit_anew,
    move_unit,
    rename_unit,
    unit_of,
    unit_tree,
)
from engine.runtime.work import Work

KIND = "organisation"
MOST = 200
"""Acts that one command may have."""
Given = Mapping[str, object]


class Overtaken(DougongError):
    """Somebody has changed the same place of the organisation since."""

    code = "overtaken"
    status = 409


@dataclass(frozen=True, slots=True)
class Changed:
    """What an act came to: what takes it back, in words what it did, and the id of what it made."""

    inverse: Sequence[Given]
    words: Message
    made: str = ""


@dataclass(frozen=True, slots=True)
class ChangedAll:
    """What the acts of a command came to, as one."""

    inverse: Mapping[str, object]
    words: Message
    made: Mapping[str, object] | None


def is_organisational(command: Given) -> bool:
    """Whether a command is about the organisation and not about definitions."""
    return command.get("do") == KIND


def carry_out(work: Work, command: Given, taking_back: bool = False) -> ChangedAll:
    """Do the acts of a command, all or none. What takes others back may be done by undo and redo alone.

    Raises BadCommand, BadRequest, Overtaken; Forbidden for who does not administer.
    """
    if not work.context.principal.administrator:
        raise Forbidden(Message("只有管理员可以调整组织", "The organisation is changed by administrators"))
    given = command.get("acts")
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise bad(f"须有 1 到 {MOST} 个操作", f"There are 1 to {MOST} acts")
    known = {**ACTS, **TAKING_BACK} if taking_back else ACTS
    back: list[Given] = []
    words, made = Message("", ""), ""
    for at, one in enumerate(given):
        name = one.get("act") if isinstance(one, Mapping) else None
        act = known.get(name) if isinstance(name, str) else None
        if act is None:
            raise bad("不认识的操作", f"There is no act {str(name)[:40]!r}")
        done = act(work, one)
        back[:0] = done.inverse
        words, made = (done.words if at == 0 else words), done.made or made
    _still_administered(work)
    more = len(given) - 1
    if more:
        words = Message(f"{words.zh} 等 {more + 1} 项", f"{words.en} and {more} more")
    return ChangedAll({"do": KIND, "acts": back}, words, {"id": made} if made else None)


def _still_administered(work: Work) -> None:
    """Raises BadCommand when nobody would administer any more."""
    roles = frozenset(name for name, role in work.model.roles.items() if role.administers)
    if not anybody_with(work.session, work.model, work.context.today, roles):
        raise bad("这样就没有管理员了", "Nobody would administer any more")


def _move(work: Work, given: Given) -> Changed:
    """`membership`, `unit`, `seat`: a member goes to a seat of another unit, the same one where none is named."""
    today, old = work.context.today, _held(work, given)
    unit, seat = _unit(work, given), _optional(given, "seat") or old.seat
    if (unit.id, seat) == (old.unit, old.seat):
        raise bad("此人已在这个席位", "That person holds the seat already")
    leave_seat(work.session, old.id, today)
    new = Membership(work.ids.next(), old.user, unit.id, seat, today, old.valid_to)
    _sit(work, new)
    here, there = _seat_words(work, old), _seat_words(work, new)
    name = _person_words(work, old.user)
    return Changed(
        (_ending(new, new.valid_to, today), _ending(old, max(today, old.valid_from), old.valid_to)),
        Message(f"{name.zh}：{here.zh} → {there.zh}", f"{name.en}: {here.en} → {there.en}"),
        encode_id(new.id),
    )


def _appoint(work: Work, given: Given) -> Changed:
    """`user`, `unit`, `seat`: somebody takes a seat."""
    today, user = work.context.today, _id(given, "user")
    if not may_sign_in(work.session, user):
        raise bad("没有这个人，或其账号已停用", "There is no such person, or the account is disabled")
    new = Membership(work.ids.next(), user, _unit(work, given).id, _text(given, "seat"), today, None)
    _sit(work, new)
    name, where = _person_words(work, user), _seat_words(work, new)
    words = Message(f"任命 {name.zh}：{where.zh}", f"Appoint {name.en}: {where.en}")
    return Changed((_ending(new, None, today),), words, encode_id(new.id))


def _leave(work: Work, given: Given) -> Changed:
    """`membership`: somebody leaves a seat."""
    today, old = work.context.today, _held(work, given)
    leave_seat(work.session, old.id, today)
    name, where = _person_words(work, old.user), _seat_words(work, old)
    words = Message(f"{name.zh} 离席：{where.zh}", f"{name.en} leaves: {where.en}")
    return Changed((_ending(old, max(today, old.valid_from), old.valid_to),), words)


def _add_unit(work: Work, given: Given) -> Changed:
    """`code`, `kind`, `name`, `name_en`, `parent`: a new unit."""
    parent = _id(given, "parent") if given.get("parent") else None
    code, name = _text(given, "code"), _text(given, "name")
    today, english = work.context.today, _optional(given, "name_en")
    unit = Unit(work.ids.next(), code, _text(given, "kind"), name, english, parent, today, None)
    add_unit(work.session, work.model, unit)
    words = Message(f"新建单元 {name}", f"New unit {unit.label('en')}")
    return Changed(
        ({"act": "end_unit", "unit": encode_id(unit.id), "was": None, "until": _day(today)},), words, encode_id(unit.id)
    )


def _rename_unit(work: Work, given: Given) -> Changed:
    """`unit`, `name`, `name_en`; `was`, when given, is what it is called now."""
    unit, name, english = _unit(work, given), _text(given, "name"), _optional(given, "name_en")
    if "was" in given and given["was"] != [unit.name, unit.name_en]:
        raise _overtaken(unit.name)
    rename_unit(work.session, unit.id, name, english)
    back = {
        "act": "rename_unit",
        "unit": encode_id(unit.id),
        "name": unit.name,
        "name_en": unit.name_en,
        "was": [name, english],
    }
    return Changed((back,), Message(f"{unit.name} 改名为 {name}", f"Rename {unit.label('en')} to {english or name}"))


def _move_unit(work: Work, given: Given) -> Changed:
    """`unit`, `parent` (none: the top); `was`, when given, is where it stands now."""
    unit, parent = _unit(work, given), _id(given, "parent") if given.get("parent") else None
    above = encode_id(unit.parent) if unit.parent is not None else None
    if "was" in given and given["was"] != above:
        raise _overtaken(unit.name)
    move_unit(work.session, work.model, Move(unit.id, parent, work.context.today, work.ids.next(), work.ids.next()))
    back = {"act": "move_unit", "unit": encode_id(unit.id), "parent": above, "was": given.get("parent") or None}
    over = unit_of(work.session, parent) if parent is not None else None
    to = Message(over.name, over.label("en")) if over else Message("最上层", "the top")
    return Changed((back,), Message(f"{unit.name} → {to.zh}", f"{unit.label('en')} → {to.en}"))


def _close_unit(work: Work, given: Given) -> Changed:
    """`unit`: one without members, and without units below it, ends."""
    unit, today = _unit(work, given), work.context.today
    if members_of(work.session, unit.id, today):
        raise bad("请先请成员离席或移走", "Let its members leave or move first")
    until = max(today, unit.valid_from)
    close_unit(work.session, unit.id, until)
    was = _day(unit.valid_to)
    back = {"act": "end_unit", "unit": encode_id(unit.id), "was": _day(until), "until": was}
    return Changed((back,), Message(f"关闭 {unit.name}", f"Close {unit.label('en')}"))


def _end_membership(work: Work, given: Given) -> Changed:
    """`membership` ends on `until` where it ended on `was`: one comes back, or never held."""
    old = membership_of(work.session, _id(given, "membership"))
    was, until = _date(given, "was"), _date(given, "until")
    if old is None or not end_anew(work.session, old.id, was, until):
        raise _overtaken("")
    if until is None or until > work.context.today:
        _fits(work, old)
    return Changed((_ending(old, until, was),), _seat_words(work, old))


def _end_unit(work: Work, given: Given) -> Changed:
    """`unit` ends on `until` where it ended on `was`."""
    unit = unit_of(work.session, _id(given, "unit"))
    was, until = _date(given, "was"), _date(given, "until")
    if unit is None or unit.valid_to != was:
        raise _overtaken(unit.name if unit else "")
    if until is not None and until <= work.context.today:
        if members_of(work.session, unit.id, work.context.today):
            raise _overtaken(unit.name)
        close_unit(work.session, unit.id, max(until, unit.valid_from))
    elif not end_unit_anew(work.session, unit.id, was, until):
        raise _overtaken(unit.name)
    back = {"act": "end_unit", "unit": encode_id(unit.id), "was": _day(until), "until": _day(was)}
    return Changed((back,), Message(unit.name, unit.label("en")))


def _fits(work: Work, back: Membership) -> None:
    """A seat that somebody comes back to is still there and not taken. Raises Overtaken."""
    today = work.context.today
    tree = unit_tree(work.session, today)
    seat = seat_of(work.model, tree, back.unit, back.seat)
    holders = [one for one in members_of(work.session, back.unit, today) if one.seat == back.seat]
    if seat is None or (seat.count is not None and len(holders) > seat.count):
        raise _overtaken(tree.units[back.unit].name if back.unit in tree.units else "")
    if sum(one.user == back.user for one in holders) > 1:
        raise _overtaken(tree.units[back.unit].name)


ACTS: Mapping[str, Callable[[Work, Given], Changed]] = {
    "move": _move,
    "appoint": _appoint,
    "leave": _leave,
    "add_unit": _add_unit,
    "rename_unit": _rename_unit,
    "move_unit": _move_unit,
    "close_unit": _close_unit,
}
"""What somebody may do."""
TAKING_BACK: Mapping[str, Callable[[Work, Given], Changed]] = {"end": _end_membership, "end_unit": _end_unit}
"""What takes such an act back."""


def _sit(work: Work, new: Membership) -> None:
    """Take a seat. Raises BadRequest; BadCommand where somebody sits there already and nothing would be made."""
    take_seat(work.session, work.model, new)
    if membership_of(work.session, new.id) is None:
        raise bad("此人已在这个席位", "That person holds the seat already")


def _ending(one: Membership, was: date | None, until: date | None) -> Given:
    return {"act": "end", "membership": encode_id(one.id), "was": _day(was), "until": _day(until)}


def _held(work: Work, given: Given) -> Membership:
    """A membership that holds today. Raises Overtaken."""
    found = membership_of(work.session, _id(given, "membership"))
    today = work.context.today
    if found is None or found.valid_from > today or (found.valid_to is not None and found.valid_to <= today):
        raise _overtaken("")
    return found


def _unit(work: Work, given: Given) -> Unit:
    """A unit of today. Raises BadCommand."""
    found = unit_tree(work.session, work.context.today).units.get(_id(given, "unit"))
    if found is None:
        raise bad("没有这个单元", "There is no such unit")
    return found


def _overtaken(about: str) -> Overtaken:
    led = f"{about}：" if about else ""
    return Overtaken(
        Message(
            f"{led}其他人之后改过这里，请刷新后再看",
            f"{about + ': ' if about else ''}Somebody has changed this since; look again",
        )
    )


def _person_words(work: Work, user: int) -> Message:
    found = user_by_id(work.session, user)
    return Message(found.called("zh"), found.called("en")) if found else Message("—", "—")


def _seat_words(work: Work, one: Membership) -> Message:
    unit = unit_of(work.session, one.unit)
    kind = work.model.unit_kinds.get(unit.kind) if unit else None
    seat = next((declared for declared in kind.seats if declared.name == one.seat), None) if kind else None
    zh, en = (seat.label.text("zh"), seat.label.text("en")) if seat else (one.seat, one.seat)
    return Message(f"{unit.label('zh')} {zh}", f"{unit.label('en')} {en}") if unit else Message(zh, en)


def _id(given: Given, name: str) -> int:
    try:
        return decode_id(_text(given, name))
    except BadIdentifier:
        raise bad(f"{name} 不是一个标识", f"`{name}` is no id") from None


def _text(given: Given, name: str) -> str:
    found = _optional(given, name)
    if found is None:
        raise bad(f"缺少 {name}", f"`{name}` is missing")
    return found


def _optional(given: Given, name: str) -> str | None:
    found = given.get(name)
    if found is not None and (not isinstance(found, str) or len(found) > 200):
        raise bad(f"{name} 须是文字", f"`{name}` must be a text")
    return found.strip() or None if isinstance(found, str) else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(given: Given, name: str) -> date | None:
    found = given.get(name)
    return date.fromisoformat(found) if isinstance(found, str) else None
