"""Handing over: of a unit to another, or of one person to others; looked at first, then done in one act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import Membership, members_of, seat_of
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.records.handing_over import Extent, HandOver, extent_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_hand_over import hand_over_all
from engine.web.calls import Call, whole_number
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/admin/hand-over"
SUCCESSOR = "successor_"


@dataclass(frozen=True, slots=True)
class Successor:
    """Who hands over: seats and number of open records in words, and who may take over (id, name, whether proposed)."""

    id: str
    name: str
    seats: str
    records: int
    choices: tuple[tuple[str, str, bool], ...]


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, call.first, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, call.form_first(), error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Hand over what the form says. Raises BadRequest, NotFound."""
    form = call.form_first()
    order = _order(form, unit_tree(work.session, work.context.today))
    if order is None:
        raise NotFound
    done = hand_over_all(work, order)
    return see_other(f"{PATH}?moved={sum(done.moved.values())}&given={sum(done.given.values())}")


def _order(form: Mapping[str, str], tree: UnitTree) -> HandOver | None:
    """What is handed over to where; None while no unit was chosen. Raises NotFound for what is no id."""
    if not form.get("unit"):
        return None
    unit = decode_id(form["unit"])
    to_unit = decode_id(form["to_unit"]) if form.get("to_unit") else unit
    if unit not in tree.units or to_unit not in tree.units:
        raise NotFound
    successors = {
        decode_id(name.removeprefix(SUCCESSOR)): decode_id(value)
        for name, value in form.items()
        if name.startswith(SUCCESSOR) and value
    }
    person = decode_id(form["person"]) if form.get("person") else 0
    return HandOver(unit, to_unit, successors, person, form.get("leaves") == "on")


def _page(work: Work, call: Call, site: Site, given: Mapping[str, str], message: str, status: int) -> Response:
    language, day = work.context.language, work.context.today
    tree = unit_tree(work.session, day)
    order = _order(given, tree)
    names = {user.id: user.label for user in all_users(work.session)}
    extent = extent_of(work, order) if order and (order.person or order.unit != order.to_unit) else None
    values = {
        "title": Message("交接", "Hand-over").text(language),
        "message": message,
        "done": _done(work, call) if call.method == "GET" else "",
        "units": [(encode_id(one.id), one.label(language)) for one in tree.units.values()],
        "people": _people(work, order, names),
        "given": {name: given.get(name, "") for name in ("unit", "to_unit", "person", "leaves")},
        "ready": extent is not None,
        "moved": _moved(work, extent),
        "successors": _successors(work, order, tree, names, extent) if order and extent else [],
    }
    return page_response(work, call, site, "administration/hand_over.html", values, status=status)


def _done(work: Work, call: Call) -> str:
    moved, given = (whole_number(call.first.get(name, "")) for name in ("moved", "given"))
    if moved is None or given is None:
        return ""
    zh = f"交接完成：{moved} 条记录换了单元，{given} 条换了负责人"
    en = f"Handed over: {moved} records came to another unit, {given} to another person"
    return Message(zh, en).text(work.context.language)


def _people(work: Work, order: HandOver | None, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """(id, name) of the members of the unit."""
    held = members_of(work.session, order.unit, work.context.today) if order else []
    return [(encode_id(user), names.get(user, "—")) for user in dict.fromkeys(one.user for one in held)]


def _moved(work: Work, extent: Extent | None) -> list[tuple[str, int]]:
    language = work.context.language
    counts = extent.moved if extent else {}
    return [(work.model.entities[name].label.text(language), count) for name, count in counts.items()]


def _successors(
    work: Work, order: HandOver, tree: UnitTree, names: Mapping[int, str], extent: Extent
) -> list[Successor]:
    """Those who answer for anything, with who may take it over: proposed is who holds the same seat."""
    mine = members_of(work.session, order.unit, work.context.today)
    others = members_of(work.session, order.to_unit, work.context.today)
    leaving = {order.person} if order.unit == order.to_unit else {one.user for one in mine}
    found = []
    for user in sorted(leaving & extent.answered.keys(), key=lambda one: names.get(one, "")):
        if order.unit != order.to_unit and user in {one.user for one in others}:
            continue
        seats = [one for one in mine if one.user == user]
        takers = [one for one in others if one.user != user]
        chosen = order.successors.get(user) or _proposed(seats, takers)
        choices = tuple(
            (encode_id(one), names.get(one, "—"), one == chosen) for one in dict.fromkeys(one.user for one in takers)
        )
        words = "、".join(_seat(work, tree, one) for one in seats)
        found.append(Successor(encode_id(user), names.get(user, "—"), words, extent.answered[user], choices))
    return found


def _proposed(seats: list[Membership], takers: list[Membership]) -> int:
    """Who holds the same seat, else the first there is; 0 for nobody."""
    same = [one.user for one in takers if one.seat in {held.seat for held in seats}]
    return next(iter([*same, *(one.user for one in takers)]), 0)


def _seat(work: Work, tree: UnitTree, one: Membership) -> str:
    seat = seat_of(work.model, tree, one.unit, one.seat)
    return seat.label.text(work.context.language) if seat else one.seat
