"""Handing over: what a unit owns, or what one person answers for in it, passes to others in one transaction; nothing is left behind.

An act of the organisation: no right on the records is asked, and nothing of them is told but how many they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identity.users import may_sign_in
from engine.runtime.list_views import pass_on_views
from engine.runtime.organisation.members import leave_seat, members_of, memberships_of
from engine.runtime.organisation.units import Unit, unit_tree
from engine.runtime.records.changes import ChangeSet, Key, settle
from engine.runtime.records.checks import holding
from engine.runtime.records.owners import keeps_owners
from engine.runtime.records.ownership import owner_dependents
from engine.runtime.records.stored import StoredRow, encoded, locked_row, update_row
from engine.runtime.rows import select
from engine.runtime.work import Work

CAUSE = "hand_over"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is handed over: all of a unit, or only what `person` answers for in it, to `to_unit`, which may be the same.

    `successors` says who takes over from whom; with `leaves`, `person` gives up every seat in the unit today. Where
    `records` are named, it is they alone, with what is owned along them.
    """

    unit: int
    to_unit: int
    successors: Mapping[int, int]
    person: int = 0
    leaves: bool = False
    records: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was done, by entity: records that came to another unit, and records that somebody else answers for now."""

    moved: Mapping[str, int]
    given: Mapping[str, int]
    records: tuple[Key, ...] = ()


@dataclass(slots=True)
class _Hands:
    """One hand-over under way."""

    work: Work
    order: HandOver
    members: frozenset[int]
    """Who had a seat in the unit before."""
    changes: ChangeSet = field(default_factory=ChangeSet)
    given: Counter[str] = field(default_factory=Counter)


def hand_over(work: Work, order: HandOver) -> HandedOver:
    """Hand over. Raises BadRequest when a unit or successor does not fit, or anything would be left with nobody to answer for it."""
    _check(work, order)
    day = work.context.today
    hands = _Hands(
        work.under(work.context.caused_by(CAUSE)),
        order,
        frozenset(one.user for one in members_of(work.session, order.unit, day)),
    )
    roots = [(entity.name, record) for entity, record in _roots(hands)]
    keys = _reached(hands, roots)
    if order.to_unit != order.unit:
        for entity, record in roots:
            _move(hands, work.model.entities[entity], record)
    for entity, record in keys:
        _give(hands, work.model.entities[entity], record)
    finished = settle(hands.work, hands.changes)
    if order.leaves:
        _leave(work, order)
    _refuse_orphans(hands, keys)
    moved = Counter(
        one.entity
        for one in finished
        if one.before and one.after and one.before["scope_unit"] != one.after["scope_unit"]
    )
    return HandedOver(dict(moved), dict(hands.given), tuple(keys))


@dataclass(frozen=True, slots=True)
class Extent:
    """What a hand-over would reach, by entity: records that come to another unit, and open ones by who answers for them."""

    moved: Mapping[str, int]
    answered: Mapping[int, int]


def extent_of(work: Work, order: HandOver) -> Extent:
    """Look at what a hand-over would do, without doing it."""
    hands = _Hands(work, order, frozenset())
    keys = _reached(hands, [(entity.name, record) for entity, record in _roots(hands)])
    answered: Counter[int] = Counter()
    for name, record in keys:
        entity = work.model.entities[name]
        names = entity.hand_over.fields if entity.hand_over else ()
        row = select(work.session, name, ("deleted_at", *names), {"id": record})[0]
        held = {int(str(one)) for one in row[1:] if one is not None}
        if held and row[0] is None and (not order.person or order.person in held) and _open(work, entity, record):
            answered.update(held if not order.person else (order.person,))
    return Extent(Counter(name for name, _ in keys) if order.to_unit != order.unit else {}, answered)


def order_for_record(work: Work, record: Key, to_unit: int | None, successor: int, giver: int = 0) -> HandOver:
    """The order that hands one record over with what is owned along it, to a unit or within its own.

    The successor takes over from everybody who has no seat in the unit that takes it, and from `giver`. Raises NotFound.
    """
    entity, identity = record
    row = select(work.session, entity, ("scope_unit",), {"id": identity, "deleted_at is null": None})
    if not row or row[0][0] is None:
        raise NotFound
    unit = int(str(row[0][0]))
    order = HandOver(unit, to_unit or unit, {}, records=(record,))
    seated = {one.user for one in members_of(work.session, order.to_unit, work.context.today)}
    giving = (extent_of(work, order).answered.keys() - seated) | ({giver} if giver else set())
    return replace(order, successors={one: successor for one in giving if one != successor})


def _check(work: Work, order: HandOver) -> None:
    tree = unit_tree(work.session, work.context.today)
    if order.unit not in tree.units or order.to_unit not in tree.units:
        raise BadRequest(Message("没有这个单元", "There is no such unit"), field="unit")
    if order.leaves and not order.person:
        raise BadRequest(Message("请选择离开的人", "Choose who leaves"), field="person")
    if order.unit == order.to_unit and not order.person and not order.records:
        raise BadRequest(Message("请选择交接的人或另一个单元", "Choose a person or another unit"), field="to_unit")
    seated = {one.user for one in members_of(work.session, order.to_unit, work.context.today)}
    for successor in order.successors.values():
        if successor not in seated or not may_sign_in(work.session, successor):
            raise BadRequest(
                Message("接手人须在接手单元有席位且能登录", "A successor needs a seat in the unit that takes over"),
                field="successors",
            )
    if order.leaves and order.person in order.successors.values():
        raise BadRequest(Message("离开的人不能接手", "Who leaves cannot take over"), field="successors")
    _check_kinds(work, tree.units[order.unit], tree.units[order.to_unit])


def _check_kinds(work: Work, unit: Unit, other: Unit) -> None:
    """What is owned by the unit may be owned by units of the other's kind."""
    for entity in _owning(work):
        kinds = entity.fields[_unit_field(entity)].unit_kinds
        if kinds and unit.kind in kinds and other.kind not in kinds:
            zh, en = entity.label.text("zh"), entity.label.text("en")
            raise BadRequest(
                Message(f"{zh}不能归该类单元所有", f"{en} cannot belong to a unit of that kind"), field="to_unit"
            )


def _owning(work: Work) -> Iterator[Entity]:
    return (one for one in work.model.entities.values() if keeps_owners(one))


def _unit_field(entity: Entity) -> str:
    return entity.owned_by[0] if entity.owned_by else ""


def _roots(hands: _Hands) -> Iterator[tuple[Entity, int]]:
    """The records of the unit that are handed over by themselves: open ones, of one person where one is named."""
    work, order = hands.work, hands.order
    if order.records:
        yield from ((work.model.entities[entity], record) for entity, record in order.records)
        return
    for entity in _owning(work):
        rule = entity.hand_over
        names = rule.fields if rule else ()
        where = {"scope_unit": order.unit, "deleted_at is null": None}
        for record, *holders in select(work.session, entity.name, ("id", *names), where, ("id",)):
            identity = int(str(record))
            if order.person and order.person not in [int(str(one)) for one in holders if one is not None]:
                continue
            if _open(work, entity, identity):
                yield entity, identity


def _reached(hands: _Hands, roots: Sequence[Key]) -> list[Key]:
    """Everything that a hand-over touches."""
    work, order = hands.work, hands.order
    within = order.to_unit == order.unit and not order.records
    return _of_unit(work, order.unit) if within else _closure(work, roots)


def _closure(work: Work, roots: Sequence[Key]) -> list[Key]:
    """The roots and everything that is owned along them, each once."""
    found = dict.fromkeys(roots)
    waiting = list(roots)
    while waiting:
        entity, record = waiting.pop()
        more = [key for key in owner_dependents(work, work.model.entities[entity], record) if key not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return list(found)


def _of_unit(work: Work, unit: int) -> list[Key]:
    return [
        (entity.name, int(str(row[0])))
        for entity in work.model.entities.values()
        if entity.hand_over is not None
        for row in select(work.session, entity.name, ("id",), {"scope_unit": unit, "deleted_at is null": None}, ("id",))
    ]


def _open(work: Work, entity: Entity, record: int) -> bool:
    """Whether somebody must be answerable for the record still."""
    rule = entity.hand_over
    return rule is not None and (rule.when is None or holding(work, entity, record, (rule.when,), CAUSE) == (1,))


def _move(hands: _Hands, entity: Entity, record: int) -> None:
    before = hands.changes.row(hands.work, entity, record)
    _write(hands, entity, before, {_unit_field(entity): hands.order.to_unit})


def _give(hands: _Hands, entity: Entity, record: int) -> None:
    """Let the successors answer for a record."""
    rule = entity.hand_over
    if rule is None:
        return
    row = locked_row(hands.work, entity, record)
    values = {
        name: hands.order.successors[held]
        for name in rule.fields
        if isinstance(held := row.values.get(name), int) and held in hands.order.successors
    }
    if values and row.deleted_at is None and _open(hands.work, entity, record):
        _write(hands, entity, row, values)
        hands.given[entity.name] += 1


def _write(hands: _Hands, entity: Entity, before: StoredRow, values: Mapping[str, object]) -> None:
    hands.changes.touch(entity, before.id, before, "update")
    update_row(hands.work, entity, before.id, encoded(hands.work, entity, before, values))
    hands.changes.now.pop((entity.name, before.id), None)


def _leave(work: Work, order: HandOver) -> None:
    if order.person in order.successors:
        pass_on_views(work.session, order.person, order.successors[order.person])
    for one in memberships_of(work.session, order.person, work.context.today):
        if one.unit == order.unit:
            leave_seat(work.session, one.id, work.context.today)


def _refuse_orphans(hands: _Hands, keys: Sequence[Key]) -> None:
    """Raises BadRequest for open records that somebody answers for who was of the unit and is not where they are now."""
    work, order = hands.work, hands.order
    now = {one.user for one in members_of(work.session, order.to_unit, work.context.today)}
    gone = (hands.members | {order.person}) - now
    orphans: Counter[str] = Counter()
    for name, record in keys:
        entity = work.model.entities[name]
        row = hands.changes.row(work, entity, record)
        rule = entity.hand_over
        held = {row.values.get(one) for one in rule.fields} if rule else set[object]()
        if held & gone and row.deleted_at is None and _open(work, entity, record):
            orphans[name] += 1
    if orphans:
        zh = "、".join(f"{work.model.entities[name].label.text('zh')} {count}" for name, count in orphans.items())
        en = ", ".join(f"{work.model.entities[name].label.text('en')} {count}" for name, count in orphans.items())
        raise BadRequest(
            Message(f"还有无人负责的记录：{zh}；请指定接手人", f"Nobody would answer for: {en}; name successors"),
            field="successors",
        )
