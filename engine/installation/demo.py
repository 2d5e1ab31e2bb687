"""Demo data: the units, people and rows that packs declare, made from one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from engine.installation.demo_flows import start_demo_flows
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.demo import Demo, DemoPerson, DemoUnit
from engine.model.uncollected import uncollected
from engine.runtime.demo.counting import expected_rows
from engine.runtime.demo.generation import Making
from engine.runtime.demo.marking import mark
from engine.runtime.demo.ordering import packs_of
from engine.runtime.demo.rows import MadeRow, MadeRows
from engine.runtime.demo.working_out import Told
from engine.runtime.identity.users import NewUser, all_users, create_user, hash_password
from engine.runtime.instants import to_micros
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.tables import UNIT
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import Loading
from engine.runtime.records.starting_rows import starting_rows
from engine.runtime.rows import select
from engine.runtime.work import Work, Workplace
from engine.web.sessions import DEMO_PASSWORD

Progress = Callable[[str], None]
SINCE = timedelta(days=3 * 365)
DRAWN = 0.65
"""How much of the work is to draw and write rows; the rest is to work out what follows from them, indexes and roll-ups."""


def service_context(workplace: Workplace, now: object, zone: str) -> Context:
    """The context of the installation itself: it loads demo rows before anybody can sign in."""
    principal = Principal(user_id=0, name="dougong", roles=frozenset(), service="installation")
    return Context(principal=principal, now=now, zone=zone)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """Which demonstration is made: from which seed, in its full size or in the small one, of one pack or (empty) of all.

    Outside demo mode no accounts are made: `owner`, who asked for it, stands for all its people.
    """

    seed: int
    full: bool = False
    pack: str = ""
    owner: int | None = None


def _unheard(share: float) -> None:
    """Nobody waits for it."""


def load_demo(
    workplace: Workplace,
    context: Context,
    order: DemoOrder,
    progress: Progress,
    reach: Callable[[float], None] = _unheard,
) -> None:
    """Make what the packs' demo files declare. One transaction: the demo is there whole or not at all.

    `progress` is told what was made, in words; `reach` how much of all is done, from 0 to 1.
    """
    with uncollected():
        workplace.write(context, lambda work: _load(work, order, progress, reach))


def _load(work: Work, order: DemoOrder, progress: Progress, reach: Callable[[float], None]) -> None:
    packs = packs_of(work.model, order.pack)
    demos = [_sized(one, order.full) for one in work.model.demos.values() if one.pack in packs]
    demos.sort(key=lambda one: (one.order, one.name))
    units = _units(work, demos)
    progress(f"{len(units)} units")
    if order.owner is None:
        people, seats = _people(work, demos, units)
        progress(f"{len(people)} accounts")
    else:
        people, seats = _in_their_stead(demos, units, order.owner)
    kinds: dict[str, list[str]] = {}
    for demo in demos:
        for unit in demo.units:
            kinds.setdefault(unit.kind, []).append(unit.name)
    made = MadeRows(units, kinds, people, seats, _sought(work.model, demos))
    for entity, record, values in starting_rows(work):
        made.add(MadeRow(record, entity, values))
    expected = expected_rows((one for demo in demos for one in demo.rows), work.context.today)
    making = Making(
        work,
        made,
        Loading(work),
        Told(work.model),
        lambda count: reach(min(count / max(expected, 1), 1.0) * DRAWN),
    )
    for demo in demos:
        chance = Random(f"{order.seed} {demo.pack}/{demo.name}")
        for generator in demo.rows:
            making.generate(generator, chance)
        progress(f"{demo.pack}/{demo.name}: {made.count} rows")
    progress("owners, numbers, formulas")
    making.loading.finish(made.by_entity)
    if order.owner is None:
        progress(f"{start_demo_flows(work, demos)} flows")
    mark(work.session, work.context.now)


def _sized(demo: Demo, full: bool) -> Demo:
    return replace(demo, rows=tuple(one.sized(full) for one in demo.rows))


def _sought(model: AppModel, demos: list[Demo]) -> frozenset[str]:
    """The entities of whose rows others are made: those that relations lead to, and those that recipes name."""
    relations = (one.relation for entity in model.entities.values() for one in entity.fields.values())
    found = {one.entity for one in relations if one is not None}
    for generator in (one for demo in demos for top in demo.rows for one in top.walk()):
        if isinstance(generator.count, Mapping) and "per" in generator.count:
            found.add(str(generator.count["per"]))
        for recipe in generator.fields.values():
            found |= _named(recipe)
    return frozenset(found)


def _named(recipe: Mapping[str, object]) -> set[str]:
    """The entities that a recipe chooses rows of."""
    inner = recipe.get("then")
    found = {str(recipe[key]) for key in ("reference", "record") if key in recipe}
    return found | (_named(inner) if isinstance(inner, Mapping) else set())


def _units(work: Work, demos: list[Demo]) -> dict[str, int]:
    declared: list[DemoUnit] = [unit for demo in demos for unit in demo.units]
    codes = {unit.name for unit in declared}
    known = select(work.session, UNIT, ("code", "id"))
    ids = {str(code): int(str(identity)) for code, identity in known if code in codes}
    waiting = [unit for unit in declared if unit.name not in ids]
    since = work.context.today - SINCE
    while waiting:
        ready = [unit for unit in waiting if unit.parent is None or unit.parent in ids]
        for unit in ready or waiting:
            ids[unit.name] = work.ids.next()
            parent = ids.get(unit.parent) if unit.parent else None
            names = unit.label
            add_unit(
                work.session,
                work.model,
                Unit(ids[unit.name], unit.name, unit.kind, names.text("zh"), names.text("en"), parent, since, None),
            )
        waiting = [unit for unit in waiting if unit.name not in ids]
    return ids


def _people(
    work: Work, demos: list[Demo], units: dict[str, int]
) -> tuple[dict[str, int], dict[tuple[int, str | None], list[int]]]:
    hashed = hash_password(DEMO_PASSWORD)
    people = {user.account: user.id for user in all_users(work.session) if user.demo}
    for person in (one for demo in demos for one in demo.people if one.name not in people):
        people[person.name] = work.ids.next()
        _person(work, person, people[person.name], hashed, units)
    return people, _seats(demos, units, people)


def _in_their_stead(
    demos: list[Demo], units: dict[str, int], owner: int
) -> tuple[dict[str, int], dict[tuple[int, str | None], list[int]]]:
    people = {one.name: owner for demo in demos for one in demo.people}
    return people, _seats(demos, units, people)


def _seats(demos: list[Demo], units: dict[str, int], people: dict[str, int]) -> dict[tuple[int, str | None], list[int]]:
    """Who sits where: by unit and seat, and by unit alone."""
    seats: dict[tuple[int, str | None], list[int]] = {}
    for person in (one for demo in demos for one in demo.people):
        unit = units[person.unit]
        for key in ((unit, person.seat), (unit, None)):
            seats.setdefault(key, []).append(people[person.name])
    return seats


def _person(work: Work, person: DemoPerson, identity: int, hashed: str, units: dict[str, int]) -> None:
    create_user(
        work.session,
        NewUser(
            id=identity,
            account=person.name,
            name=person.label.text("zh"),
            name_en=person.label.text("en"),
            created_at=to_micros(work.context.now),
            password_hash=hashed,
            roles=person.extra_roles,
            demo=True,
        ),
    )
    if person.seat:
        since = work.context.today - SINCE
        take_seat(
            work.session,
            work.model,
            Membership(work.ids.next(), identity, units[person.unit], person.seat, since, None),
        )
