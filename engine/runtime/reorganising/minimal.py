"""The least organisation to begin with: three journey units, as planned changes that one may alter before they are tried."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.model.organisation import UnitKind
from engine.runtime.identity.users import all_users, direct_roles
from engine.runtime.organisation.members import memberships_on
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.records.owners import keeps_owners
from engine.runtime.work import Work

UNITS = (
    ("strategic", Message("战略客户单元", "Strategic unit")),
    ("long_tail", Message("长尾客户单元", "Long-tail unit")),
    ("trial", Message("试用转化单元", "Trial unit")),
)


def minimal_units(work: Work) -> str:
    """The plan of three units with their seats, given in turn to people without a seat; roles, flows and desks come with the
    seats. Raises NotFound where no kind of unit owns customers, or no unit stands above it.
    """
    tree = unit_tree(work.session, work.context.today)
    kind = _owning_kind(work)
    above = next((one for one in tree.units.values() if kind and one.kind in kind.parents), None)
    if kind is None or (above is None and kind.parents):
        raise NotFound
    return "\n".join(_lines(work, tree, kind, above.code if above else ""))


def _lines(work: Work, tree: UnitTree, kind: UnitKind, above: str) -> Iterator[str]:
    language, taken = work.context.language, {one.code for one in tree.units.values()}
    seated = {one.user for one in memberships_on(work.session, work.context.today)}
    seated |= _administering(work)
    free = iter([one.account for one in all_users(work.session) if not one.disabled and one.id not in seated])
    for name, label in UNITS:
        code = next(one for one in _codes(kind.name, name) if one not in taken)
        words = (
            f"新建 {code} 类型 {kind.name} 名称 {label.zh}"
            if language == "zh"
            else f"add {code} kind {kind.name} name {label.en}"
        )
        under = "上级" if language == "zh" else "under"
        yield f"{words} {under} {above}" if above else words
        for seat in kind.seats:
            person = next(free, None)
            if person is not None:
                zh, en = f"就座 {person} 任 {seat.name} 于 {code}", f"give {person} seat {seat.name} in {code}"
                yield zh if language == "zh" else en


def _administering(work: Work) -> set[int]:
    """Those who administer the platform: they have no business in a unit."""
    roles = {name for name, role in work.model.roles.items() if role.administers}
    return {user for user, held in direct_roles(work.session).items() if roles & set(held)}


def _codes(kind: str, name: str) -> Iterator[str]:
    yield f"{kind}_{name}"
    for number in range(2, 1000):
        yield f"{kind}_{name}_{number}"


def _owning_kind(work: Work) -> UnitKind | None:
    """The kind of unit with the most seats that records which are handed over must belong to."""
    names = {
        kind
        for entity in work.model.entities.values()
        if keeps_owners(entity) and entity.owned_by
        for kind in entity.fields[entity.owned_by[0]].unit_kinds
    }
    kinds = [work.model.unit_kinds[name] for name in sorted(names)]
    return max(kinds, key=lambda one: len(one.seats), default=None)
