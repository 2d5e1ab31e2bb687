"""Wiping a demonstration: its rows, people and units go, the definitions and whatever real people made stay.

A row belongs to the demonstration when it was loaded with it or made by one of its accounts. Rows of real people that
point at such rows or accounts cannot stay without them: they are named first, and go only when that was agreed to.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity, Field, FieldKind
from engine.runtime.attachments import ATTACHMENT
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.demo.marking import unmark
from engine.runtime.drafts import DRAFT
from engine.runtime.events import EVENT
from engine.runtime.idempotency import KEY
from engine.runtime.identity.tables import RECOVERY_CODE, SECOND_FACTOR, SESSION, TICKET, TOKEN, USER, USER_ROLE
from engine.runtime.list_views import LIST_DEFAULT, LIST_VIEW
from engine.runtime.notices import NOTICE
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.notifying.preferences import PREFERENCE
from engine.runtime.openid.tables import PROVIDER_PERSON
from engine.runtime.organisation.tables import APPROVAL_DELEGATION, DELEGATION, MEMBERSHIP, OWNERSHIP, UNIT, UNIT_PLACE
from engine.runtime.records.computing import compute_all
from engine.runtime.records.loading import MANY, computing_order
from engine.runtime.records.numbering import SEQUENCE
from engine.runtime.rollups.keeping import build_loaded
from engine.runtime.rows import delete, select, update
from engine.runtime.schema.aside import put_back, set_aside
from engine.runtime.search.index import forget_rows
from engine.runtime.sovereignty.subjects.holds import Held, holds_of
from engine.runtime.storage.tables import entity_tables, version_table_name
from engine.runtime.work import Work
from engine.runtime.workflow.flow_forgetting import forget_flows
from engine.runtime.workflow.phrases import PHRASE

OF_USERS = (
    SESSION, TOKEN, USER_ROLE, PROVIDER_PERSON, TICKET, RECOVERY_CODE, SECOND_FACTOR, MEMBERSHIP, KEY, PREFERENCE, PHRASE, DRAFT, LIST_VIEW, LIST_DEFAULT, NOTICE, DELIVERY, COMMENT, TRACE,
)  # fmt: skip
LEFT_BEHIND = (KEY, PHRASE, DRAFT, LIST_VIEW, LIST_DEFAULT, NOTICE, DELIVERY, COMMENT, TRACE)
"""What accounts leave that stay: what they wrote and were told, not how they sign in."""
Rows = dict[str, set[int]]


class DependentRows(DougongError):
    """Rows of real people stand on rows of the demonstration."""

    code = "dependent_rows"
    status = 409

    def __init__(self, counts: Mapping[str, int]) -> None:
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        super().__init__(
            Message(
                f"有真实账号建立的记录引用了演示数据：{listed}。确认一并删除请加 --dependents",
                f"Rows that real accounts made point at demo data: {listed}. To remove them too, add --dependents",
            )
        )


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a wipe removes: rows by entity, rows of real people that stand on them, accounts."""

    rows: Mapping[str, frozenset[int]]
    dependents: Mapping[str, int]
    users: frozenset[int]

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values()))


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was removed."""

    rows: int
    users: int
    units: int
    units_kept: int


def find_demonstration(work: Work) -> Demonstration:
    """Everything that belongs to the demonstration, and what stands on it."""
    users = frozenset(_ids(select(work.session, USER, ("id",), {"demo": 1})))
    gone: Rows = {name: _made_for_it(work, name, users) for name in work.model.entities}
    own = {name: len(ids) for name, ids in gone.items()}
    while _add_dependents(work, gone, users):
        pass
    dependents = {name: len(ids) - own[name] for name, ids in gone.items() if len(ids) > own[name]}
    return Demonstration({name: frozenset(ids) for name, ids in gone.items() if ids}, dependents, users)


def wipe(work: Work, with_dependents: bool, keep_people: bool = False) -> Wiped:
    """Remove the demonstration. `keep_people` leaves its accounts, their seats and units, with which others may be signed in:
    what they made goes all the same. Raises DependentRows."""
    found = find_demonstration(work)
    if found.dependents and not with_dependents:
        raise DependentRows(found.dependents)
    for one in holds_of(work.session):
        raise Held(one.case_number)
    _remove_rows(work, found.rows)
    _remove_files(work, found.rows)
    _remove_users(work, found.users, LEFT_BEHIND if keep_people else OF_USERS)
    if not keep_people:
        for user in found.users:
            delete(work.session, USER, {"id": user})
    removed, kept = (0, 0) if keep_people else _remove_units(work)
    _restart_numbers(work)
    unmark(work.session)
    for name in computing_order(work.model)[0]:
        compute_all(work, work.model.entities[name])
    build_loaded(work.session, work.model)
    return Wiped(found.count, 0 if keep_people else len(found.users), removed, kept)


def _made_for_it(work: Work, name: str, users: frozenset[int]) -> set[int]:
    """The rows whose first version was loaded, or written by a demo account."""
    rows = select(work.session, version_table_name(name), ("record", "cause", "actor"), {"version": 1})
    return {record for record, cause, actor in rows if (cause == "load" or actor in users) and isinstance(record, int)}


def _add_dependents(work: Work, gone: Rows, users: frozenset[int]) -> bool:
    """Add the rows that point at rows or people that go; whether there were any."""
    added = False
    for name, entity in work.model.entities.items():
        if _is_whole(work, name, gone[name]):
            continue
        for field in _pointing(entity):
            targets = gone[field.relation.entity] if field.relation is not None else users
            rows = select(work.session, name, ("id", field.name), {f"{field.name} is not null": None})
            found = {int(str(row)) for row, target in rows if target in targets} - gone[name]
            gone[name] |= found
            added = added or bool(found)
    return added


def _pointing(entity: Entity) -> Iterable[Field]:
    return (one for one in entity.fields.values() if one.relation is not None or one.kind is FieldKind.USER)


def _is_whole(work: Work, name: str, ids: Collection[int]) -> bool:
    """Whether these are all rows of an entity."""
    return len(select(work.session, name, ("id",), limit=len(ids) + 1)) == len(ids)


def _remove_rows(work: Work, rows: Mapping[str, frozenset[int]]) -> None:
    """Rows that point at others go before those; where they point in a circle, that is emptied first."""
    order = _pointing_first(work, rows)
    whole = {name for name in order if _is_whole(work, name, rows[name])}
    for at, name in enumerate(order):
        gone = order[:at] if name in whole else order[: at + 1]
        pointing = [one.name for one in _pointing(work.model.entities[name]) if _is_late(one, gone)]
        if pointing:
            work.session.execute_many(_emptying(work, name, pointing), [{"id": one} for one in rows[name]])
    for name in order:
        ids = rows[name]
        forget_rows(work.session, work.model.entities[name], ids)
        forget_flows(work, name, ids)
        for table, column in ((version_table_name(name), "record"), (name, "id")):
            if name in whole:
                _empty(work, name, table, {f"{column} >=": 0}, len(ids))
            else:
                work.session.execute_many(_deleting(work, table, column), [{"id": one} for one in ids])
    events = select(work.session, EVENT, ("id", "entity", "record"))
    of_them = [{"id": identity} for identity, entity, record in events if record in rows.get(str(entity), frozenset())]
    if of_them:
        work.session.execute_many(_deleting(work, EVENT, "id"), of_them)
    for table in (OWNERSHIP, COMMENT, TRACE, NOTICE, DELIVERY):
        for identity, entity, record in select(work.session, table, ("id", "entity", "record")):
            if record in rows.get(str(entity), frozenset()):
                delete(work.session, table, {"id": identity})


def _pointing_first(work: Work, rows: Mapping[str, frozenset[int]]) -> list[str]:
    """The entities, each before those that its rows point at, as far as there is no circle."""
    targets = {
        name: {one.relation.entity for one in _pointing(work.model.entities[name]) if one.relation is not None} - {name}
        for name in rows
    }
    order: list[str] = []
    while targets:
        pointed_at = set[str]().union(*targets.values())
        free = sorted(targets.keys() - pointed_at) or sorted(targets)[:1]
        order += free
        for name in free:
            del targets[name]
    return order


def _is_late(field: Field, gone: Sequence[str]) -> bool:
    """Whether what a field points at goes before the row or with it."""
    return field.relation is not None and field.relation.entity in gone


def _empty(work: Work, name: str, table: str, every: Mapping[str, object], count: int) -> None:
    """Take every row away. Of a large table the indexes are not kept up row by row, but those by which a row is asked for
    others of its own entity that point at it."""
    declared = next(one for one in entity_tables(work.model) if one.name == table)
    own = {one.name for one in _pointing(work.model.entities[name]) if _is_late(one, (name,))}
    aside = [one for one in declared.indexes if count > MANY and one.columns[0] not in own]
    set_aside(work.session, table, aside)
    delete(work.session, table, every)
    put_back(work.session, table, aside)


def _remove_files(work: Work, rows: Mapping[str, frozenset[int]]) -> None:
    """Attachments of the rows; their folders go once the rest is committed."""
    for identity, entity, record in select(work.session, ATTACHMENT, ("id", "entity", "record")):
        if record not in rows.get(str(entity), frozenset()):
            continue
        delete(work.session, ATTACHMENT, {"id": identity})
        folder = work.data_folder / "files" / str(entity) / f"{int(str(record)):019d}"
        work.session.after_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def _remove_users(work: Work, users: frozenset[int], tables: Sequence[str]) -> None:
    """What accounts have in these tables, and what they handed to each other."""
    for user in users:
        for table in tables:
            delete(work.session, table, {"user_id": user})
        for table in (DELEGATION, APPROVAL_DELEGATION):
            delete(work.session, table, {"from_user": user})
            delete(work.session, table, {"to_user": user})


def _remove_units(work: Work) -> tuple[int, int]:
    """Remove the declared demo units that nothing which stays needs; how many went and stayed."""
    codes = {unit.name for demo in work.model.demos.values() for unit in demo.units}
    rows = select(work.session, UNIT, ("id", "code", "parent"))
    places = select(work.session, UNIT_PLACE, ("unit", "parent"))
    declared = {int(str(one)) for one, code, _ in rows if code in codes}
    staying = ({int(str(row[0])) for row in rows} - declared) | _units_in_use(work)
    above = [(one, parent) for one, _, parent in rows] + [(one, parent) for one, parent in places]
    while more := {int(str(parent)) for one, parent in above if one in staying and parent is not None} - staying:
        staying |= more
    going = declared - staying
    for unit in going:
        delete(work.session, UNIT_PLACE, {"unit": unit})
        update(work.session, UNIT, {"parent": None}, {"id": unit})
    for unit in going:
        delete(work.session, UNIT, {"id": unit})
    return len(going), len(declared) - len(going)


def _units_in_use(work: Work) -> set[int]:
    """Units that rows, seats or delegations still name."""
    found = {one for table in (MEMBERSHIP, DELEGATION) for one in _ids(select(work.session, table, ("unit",)))}
    found |= set(_ids(select(work.session, OWNERSHIP, ("unit",), {"unit is not null": None})))
    for name, entity in work.model.entities.items():
        columns = ["scope_unit", *(one.name for one in entity.fields.values() if one.kind is FieldKind.UNIT)]
        for column in columns:
            found |= set(_ids(select(work.session, name, (column,), {f"{column} is not null": None})))
    return found


def _restart_numbers(work: Work) -> None:
    """Document numbers start anew where no row is left that bears one."""
    empty = {name for name in work.model.entities if not select(work.session, name, ("id",), limit=1)}
    for (name,) in select(work.session, SEQUENCE, ("name",)):
        if str(name).partition(":")[0] in empty:
            delete(work.session, SEQUENCE, {"name": name})


def _emptying(work: Work, table: str, columns: Iterable[str]) -> Statement:
    changes = [exp.EQ(this=exp.column(name, quoted=True), expression=exp.Null()) for name in columns]
    return compile_statement(
        exp.Update(this=exp.to_table(table), expressions=changes, where=_where_is("id")), work.session.dialect
    )


def _deleting(work: Work, table: str, column: str) -> Statement:
    return compile_statement(exp.Delete(this=exp.to_table(table), where=_where_is(column)), work.session.dialect)


def _where_is(column: str) -> exp.Where:
    return exp.Where(this=exp.EQ(this=exp.column(column, quoted=True), expression=exp.Placeholder(this="id")))


def _ids(rows: Iterable[tuple[object, ...]]) -> Iterable[int]:
    return (int(str(row[0])) for row in rows)
