"""The organisation's page: its tree on a day; units added, renamed, moved, closed; seats given and ended, with dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import (
    Membership,
    coming_members,
    heads_of,
    leave_seat,
    members_of,
    take_seat,
)
from engine.runtime.organisation.units import (
    Move,
    Unit,
    UnitTree,
    add_unit,
    close_unit,
    move_unit,
    rename_unit,
    unit_tree,
)
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import day_in, required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_date

PATH = "/admin/organisation"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody on a seat: the membership, the name, from when and until when in words."""

    id: str
    name: str
    dates: str


def show(work: Work, call: Call, site: Site) -> Response:
    """The tree of units with the seats and members of the chosen one, on the day `on`, today without one."""
    return _page(work, call, site, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Add, rename, move or close a unit; give or end a seat."""
    form, act = call.form_first(), call.form_first().get("act", "")
    if act == "add":
        unit = _add(work, form)
    else:
        unit = decode_id(required_text(form, "unit"))
        _act_on(work, form, act, unit)
    return see_other(PATH if act == "close" else f"{PATH}?unit={encode_id(unit)}")


def _act_on(work: Work, form: Mapping[str, str], act: str, unit: int) -> None:
    today = work.context.today
    match act:
        case "rename":
            rename_unit(work.session, unit, required_text(form, "name"), form.get("name_en", "").strip() or None)
        case "move":
            parent = decode_id(form["parent"]) if form.get("parent") else None
            move_unit(work.session, work.model, Move(unit, parent, today, work.ids.next(), work.ids.next()))
        case "close":
            close_unit(work.session, unit, day_in(form, "until") or today)
        case "seat":
            user, since = decode_id(required_text(form, "user")), day_in(form, "since") or today
            seat, until = required_text(form, "seat"), day_in(form, "until")
            take_seat(work.session, work.model, Membership(work.ids.next(), user, unit, seat, since, until))
        case "leave":
            leave_seat(work.session, decode_id(required_text(form, "membership")), day_in(form, "until") or today)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))


def _add(work: Work, form: Mapping[str, str]) -> int:
    unit = Unit(
        id=work.ids.next(),
        code=required_text(form, "code"),
        kind=required_text(form, "kind"),
        name=required_text(form, "name"),
        name_en=form.get("name_en", "").strip() or None,
        parent=decode_id(form["parent"]) if form.get("parent") else None,
        valid_from=day_in(form, "since") or work.context.today,
        valid_to=None,
    )
    add_unit(work.session, work.model, unit)
    return unit.id


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    language = work.context.language
    day = day_in(call.first, "on") or work.context.today
    tree = unit_tree(work.session, day)
    chosen = _chosen(tree, call.first.get("unit", "") or call.form_first().get("unit", ""))
    values = {
        "title": Message("组织", "Organisation").text(language),
        "message": message,
        "on": day.isoformat(),
        "today": work.context.today.isoformat(),
        "tree": _lines(tree, None, 0, work),
        "chosen": chosen,
        "chosen_id": encode_id(chosen.id) if chosen else "",
        "kinds": [(name, one.label.text(language)) for name, one in work.model.unit_kinds.items()],
        "units": [(encode_id(unit.id), unit.label(language)) for unit in tree.units.values()],
        "people": sorted((user.label, encode_id(user.id)) for user in all_users(work.session) if not user.disabled),
        **(_unit_values(work, tree, chosen, day) if chosen else {}),
    }
    return page_response(work, call, site, "organisation.html", values, status=status)


def _unit_values(work: Work, tree: UnitTree, unit: Unit, day: date) -> dict[str, object]:
    """What the page shows of the chosen unit."""
    language = work.context.language
    names = {user.id: user.label for user in all_users(work.session)}
    kind = work.model.unit_kinds.get(unit.kind)
    now, later = members_of(work.session, unit.id, day), coming_members(work.session, unit.id, day)
    above = tree.above(unit.parent)
    heads = heads_of(work.session, work.model, tree, unit.id, day)
    managers = [head for one in above for head in heads_of(work.session, work.model, tree, one.id, day)]
    return {
        "kind_label": kind.label.text(language) if kind else unit.kind,
        "facts": [
            (Message("编码", "Code").text(language), unit.code),
            (Message("上级", "Above").text(language), above[0].label(language) if above else "—"),
            (Message("负责人", "Head").text(language), "、".join(names.get(one, "—") for one in heads) or "—"),
            (
                Message("上级负责人", "Manager").text(language),
                "、".join(names.get(one, "—") for one in managers[:2]) or "—",
            ),
            (Message("成立", "Since").text(language), format_date(unit.valid_from, language, day)),
        ],
        "seats": [
            (
                seat.name,
                seat.label.text(language),
                _holders(work, [one for one in now if one.seat == seat.name], names, day),
                _holders(work, [one for one in later if one.seat == seat.name], names, day),
            )
            for seat in (kind.seats if kind else ())
        ],
    }


def _holders(work: Work, held: Sequence[Membership], names: Mapping[int, str], day: date) -> list[Holder]:
    return [
        Holder(encode_id(one.id), names.get(one.user, "—"), span(one.valid_from, one.valid_to, work, day))
        for one in held
    ]


def span(since: date, until: date | None, work: Work, day: date) -> str:
    """From when until when, in words; `until` is the first day that no longer counts."""
    language = work.context.language
    start = format_date(since, language, day)
    if until is None:
        return f"{start} 起" if language == "zh" else f"since {start}"
    return f"{start} – {format_date(until, language, day)}"


def _chosen(tree: UnitTree, text: str) -> Unit | None:
    if text:
        if (unit := tree.units.get(decode_id(text))) is None:
            raise NotFound
        return unit
    roots = tree.children.get(None, ())
    return tree.units[roots[0]] if roots else None


def _lines(tree: UnitTree, parent: int | None, depth: int, work: Work) -> list[tuple[int, str, str, str]]:
    """(depth, id, label, kind) of every unit, in tree order."""
    found: list[tuple[int, str, str, str]] = []
    for identity in tree.children.get(parent, ()):
        unit = tree.units[identity]
        kind = work.model.unit_kinds.get(unit.kind)
        label = kind.label.text(work.context.language) if kind else unit.kind
        found.append((depth, encode_id(unit.id), unit.label(work.context.language), label))
        found += _lines(tree, identity, depth + 1, work)
    return found
