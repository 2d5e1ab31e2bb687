"""Three units to begin with: names and people chosen on one page, tried before they are made, made when nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest
from engine.model.flows import Approval, Flow, People, PeopleKind, Task
from engine.model.organisation import Seat, UnitKind
from engine.runtime.identity.users import all_users
from engine.runtime.reorganising.changes import PlannedChange
from engine.runtime.reorganising.minimal import Beginning, ProposedUnit, beginning, free_people
from engine.runtime.reorganising.simulation import publish
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/admin/first-units"
NAME, SEAT, ABOVE = "name_", "seat_", "above"
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Brings:
    """What a seat brings to whoever takes it, in words."""

    seat: str
    roles: str
    desk: str
    asked: str


@dataclass(frozen=True, slots=True)
class UnitForm:
    """A unit as its form shows it; seats as (input's name, label, who is chosen by account)."""

    number: int
    name: str
    seats: tuple[tuple[str, str, str], ...]


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, None, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, call.form_first(), error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Make the units. Raises BadRequest, with nothing done, for what is missing or would break something."""
    form, found = call.form_first(), beginning(work)
    publish(work, tuple(_changes(form, found)))
    return see_other(f"{PATH}?made={len(found.units)}")


def _changes(form: Mapping[str, str], found: Beginning) -> Iterator[PlannedChange]:
    """Raises BadRequest for a unit without a name."""
    codes = [one.code for one in found.above]
    above = form.get(ABOVE, codes[0] if codes else "")
    if codes and above not in codes:
        raise BadRequest(Message("上级单元不存在", "There is no such unit above"), field=ABOVE)
    for number, unit in enumerate(found.units, 1):
        name = form.get(f"{NAME}{number}", "").strip()
        if not 0 < len(name) <= LONGEST_NAME:
            words = Message(
                f"第 {number} 个单元的名称应为 1 到 {LONGEST_NAME} 个字",
                f"Unit {number} needs a name of 1 to {LONGEST_NAME} characters",
            )
            raise BadRequest(words, field=f"{NAME}{number}")
        yield PlannedChange(number, "add", unit.code, under=above, kind=found.kind.name, name=name)
        for seat, _ in unit.people:
            if person := form.get(_seat(number, seat), ""):
                yield PlannedChange(number, "give", unit.code, person=person, seat=seat.name)


def _page(work: Work, call: Call, site: Site, form: Mapping[str, str] | None, message: str, status: int) -> Response:
    language, found = work.context.language, beginning(work)
    made = call.method == "GET" and call.first.get("made")
    free = {one.id for one in free_people(work)}
    users = sorted((one for one in all_users(work.session) if not one.disabled), key=lambda one: one.id not in free)
    values = {
        "title": Message("三个单元起步", "Three units to begin with").text(language),
        "message": message,
        "made": bool(made),
        "above": [(one.code, one.label(language)) for one in found.above],
        "chosen_above": form.get(ABOVE, "") if form else "",
        "units": [_form(unit, number, form, language) for number, unit in enumerate(found.units, 1)],
        "people": [(one.account, one.called(language), one.id in free) for one in users],
        "brings": [_brings(work.model, found.kind, seat, language) for seat in found.kind.seats],
        "longest": LONGEST_NAME,
    }
    return page_response(work, call, site, "administration/first_units.html", values, status=status)


def _form(unit: ProposedUnit, number: int, form: Mapping[str, str] | None, language: str) -> UnitForm:
    """What was typed, or what is proposed."""
    names = [(seat, proposed, _seat(number, seat)) for seat, proposed in unit.people]
    seats = (
        (name, seat.label.text(language), form.get(name, "") if form else proposed) for seat, proposed, name in names
    )
    return UnitForm(number, form.get(f"{NAME}{number}", "") if form else unit.name.text(language), tuple(seats))


def _seat(number: int, seat: Seat) -> str:
    return f"{SEAT}{number}_{seat.name}"


def _brings(model: AppModel, kind: UnitKind, seat: Seat, language: str) -> Brings:
    roles = [model.roles[name] for name in seat.roles]
    homes = [model.pages.get(one.home or "") for one in roles]
    desks = [page.label.text(language) for page in homes if page is not None]
    flows = [
        one for one in model.flows.values() if _reaches(model, model.entities[one.entity], kind) and _asks(one, seat)
    ]
    asked = sorted({one.label.text(language) for one in flows})
    comma = "、" if language == "zh" else ", "
    named = comma.join(one.label.text(language) for one in roles)
    return Brings(seat.label.text(language), named, comma.join(dict.fromkeys(desks)), comma.join(asked))


def _reaches(model: AppModel, entity: Entity, kind: UnitKind) -> bool:
    """Whether records of an entity may belong to a unit of the kind."""
    found: Field | None = None
    for name in entity.owned_by or ():
        found = entity.fields.get(name)
        if found is not None and found.relation is not None:
            entity = model.entities[found.relation.entity]
    return found is None or not found.unit_kinds or kind.name in found.unit_kinds


def _asks(flow: Flow, seat: Seat) -> bool:
    """Whether a step of the flow may ask whoever sits there, because of the seat."""
    return any(_of_seat(people, seat) for step in flow.every_step() for people in _asked(step.action))


def _asked(action: object) -> tuple[People, ...]:
    if isinstance(action, Approval):
        return action.approvers
    return action.people if isinstance(action, Task) else ()


def _of_seat(people: People, seat: Seat) -> bool:
    match people.kind:
        case PeopleKind.HEAD | PeopleKind.MANAGER | PeopleKind.MANAGERS:
            return seat.head
        case PeopleKind.SEAT:
            return people.seat == seat.name
        case PeopleKind.ROLE:
            return bool(people.roles & set(seat.roles))
        case _:
            return False
