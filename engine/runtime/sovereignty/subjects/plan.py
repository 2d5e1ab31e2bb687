"""Plans of erasures: every store with the ids that leave it, in three buckets, frozen under a digest. Ids and codes only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.identifiers import decode_id
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.rows import select
from engine.runtime.schema.ddl import quoted
from engine.runtime.schema.live import table_names
from engine.runtime.schema.operations import TOMBSTONE, UNDONE
from engine.runtime.schema.tables import Table
from engine.runtime.sovereignty.subjects.buckets import Bucket, PlanLine
from engine.runtime.sovereignty.subjects.finding import PARTS, SubjectRows, find_rows, references_of
from engine.runtime.sovereignty.subjects.holds import held_rows
from engine.runtime.sovereignty.subjects.identifiers import Identifiers, identifiers_of
from engine.runtime.sovereignty.subjects.kept_files import file_lines
from engine.runtime.sovereignty.subjects.mentions import borne_by_staying, find_mentions, is_staying
from engine.runtime.sovereignty.subjects.tables import SUBJECT_TABLES
from engine.runtime.storage.tables import indexed_fields, search_table_name, version_table_name
from engine.runtime.stores import undeclared
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class ErasePlan:
    """What an erasure does: `rows` of the subject by entity, `parted` ones that stay without it, `links` that are cleared, by
    `entity.field`; `lines` say the same of every store. `cases` are those whose holds forbid it."""

    entity: str
    record: int
    rows: Mapping[str, tuple[int, ...]]
    parted: Mapping[str, tuple[int, ...]]
    links: Mapping[str, tuple[int, ...]]
    lines: tuple[PlanLine, ...]
    searched: int
    short: int
    shared: int
    cases: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What two persons agree on: another row, another store or another ground is another digest."""
        return hashlib.sha256(_canonical(self)).hexdigest()

    def count(self, bucket: Bucket) -> int:
        return sum(len(one.keys) for one in self.lines if one.bucket is bucket)

    def lines_of(self, store: str, act: str) -> tuple[str, ...]:
        return tuple(key for one in self.lines if one.store == store and one.act == act for key in one.keys)


class Unregistered(DougongError):
    """A table or a file stands in the installation that no store declares: what it holds nobody knows, so nothing is erased."""

    code = "unregistered_store"
    status = 409

    def __init__(self, names: Collection[str]) -> None:
        listed = ", ".join(names)
        super().__init__(
            Message(
                f"有未登记的存储:{listed}。不知道里面有什么，因此不清除；请移走它，或登记它",
                f"Stores that nobody declares: {listed}. What they hold is not known, so nothing is erased; take them away or declare them",
            )
        )


class NoSuchSubject(DougongError):
    """There is no such row, or its entity has no data subjects."""

    code = "no_such_subject"
    status = 404

    def __init__(self) -> None:
        super().__init__(Message("没有这位数据主体", "There is no such data subject"))


@dataclass(frozen=True, slots=True)
class Found:
    """A plan with what it was made of: the subject's rows and its identifiers, which no table keeps."""

    plan: ErasePlan
    rows: SubjectRows
    identifiers: Identifiers


def make_plan(work: Work, subject: tuple[str, int]) -> Found:
    """The plan as things stand; reads only. Raises NoSuchSubject, Unregistered."""
    session, model, folder = work.session, work.model, work.data_folder
    if stray := undeclared(session, model, folder):
        raise Unregistered(stray)
    rows = find_rows(session, model, *subject)
    if not rows.erased:
        raise NoSuchSubject
    identifiers = borne_by_staying(session, identifiers_of(work, rows))
    lines = _merged(
        (
            *_row_lines(session, model, rows),
            *_kernel_lines(session, rows),
            *_mention_lines(session, model, identifiers, rows),
            *_retired_lines(session, identifiers, rows),
            *_rollup_lines(model, rows),
            *file_lines(session, folder, identifiers, rows),
            *_audit_lines(session, rows),
        )
    )
    held = held_rows(session, subject, rows.erased)
    cases = [
        PlanLine(entity, Bucket.PROTECTED, "hold", _names(ids), f"hold:{case}")
        for case, found in held.items()
        for entity, ids in found.items()
    ]
    plan = ErasePlan(
        *subject,
        {name: tuple(sorted(ids)) for name, ids in rows.erased.items()},
        {name: tuple(sorted(ids)) for name, ids in rows.parted.items() if ids},
        {f"{entity}.{field}": tuple(sorted(ids)) for (entity, field), ids in rows.links.items()},
        (*lines, *sorted(cases, key=lambda one: (one.store, one.ground))),
        len(identifiers.texts),
        identifiers.short,
        identifiers.shared,
        tuple(sorted(held)),
    )
    return Found(plan, rows, identifiers)


def written(plan: ErasePlan) -> str:
    """The plan as it is kept."""
    return _canonical(plan).decode()


def read_plan(text: str) -> ErasePlan:
    """The plan that `written` wrote."""
    told = json.loads(text)
    lines = tuple(PlanLine(a, Bucket(b), c, tuple(d), e) for a, b, c, d, e in told["lines"])

    def ids(name: str) -> dict[str, tuple[int, ...]]:
        return {key: tuple(found) for key, found in told[name].items()}

    return ErasePlan(
        told["entity"],
        told["record"],
        ids("rows"),
        ids("parted"),
        ids("links"),
        lines,
        int(told["searched"]),
        int(told["short"]),
        int(told["shared"]),
        tuple(told["cases"]),
    )


def tables_of_records() -> Iterator[Table]:
    """The kernel's tables whose rows are about a record: they go with it."""
    for table in KERNEL_TABLES:
        names = {one.name for one in table.columns}
        if {"entity", "record"} <= names and not is_staying(table.name) and table.name not in _OWN:
            yield table


_OWN = frozenset(one.name for one in SUBJECT_TABLES)
BY_ID = {"dougong_leftover_row": "record", "dougong_bulk_row": "record", "dougong_import_problem": "record"}
"""Tables that name records by their id alone."""


def _row_lines(session: Session, model: AppModel, rows: SubjectRows) -> Iterator[PlanLine]:
    for name, ids in rows.erased.items():
        yield PlanLine(name, Bucket.ERASABLE, "delete", _names(ids))
        versions = _keys_in(session, version_table_name(name), ("record", "version"), "record", ids)
        yield PlanLine(version_table_name(name), Bucket.ERASABLE, "delete", versions)
        if indexed_fields(model.entities[name]):
            found = _keys_in(session, search_table_name(name), ("record",), "record", ids)
            yield PlanLine(search_table_name(name), Bucket.ERASABLE, "delete", found)
    for name, ids in rows.parted.items():
        yield PlanLine(name, Bucket.PSEUDONYMISE, "part", _names(ids), "belongs_to_others_too")
    for name, ids in rows.linked.items():
        kept = ids - rows.parted.get(name, frozenset())
        yield PlanLine(name, Bucket.PSEUDONYMISE, "unlink", _names(kept), "row_of_others")
    for name, field in references_of(model):
        referring = _referring(session, name, field, rows)
        yield PlanLine(name, Bucket.PSEUDONYMISE, "unlink", _names(referring), "row_of_others")


def _referring(session: Session, entity: str, field: str, rows: SubjectRows) -> frozenset[int]:
    own, found = rows.erased.get(entity, frozenset()), set[int]()
    for record, told in select(session, entity, ("id", field), {f"{field} is not null": None}):
        if int(str(record)) not in own and points_at(told, rows.erased):
            found.add(int(str(record)))
    return frozenset(found)


def points_at(told: object, erased: Mapping[str, Collection[int]]) -> bool:
    """Whether a field that names any record (`entity/id`, perhaps with a field) names one of these."""
    name, _, rest = str(told).partition("/")
    if not erased.get(name):
        return False
    try:
        return decode_id(rest.partition("/")[0]) in erased[name]
    except DougongError:
        return False


def _kernel_lines(session: Session, rows: SubjectRows) -> Iterator[PlanLine]:
    for table in tables_of_records():
        found: list[str] = []
        for name, ids in rows.erased.items():
            found += _keys_in(session, table.name, table.primary_key, "record", ids, {"entity": name})
        yield PlanLine(table.name, Bucket.ERASABLE, "delete", tuple(sorted(found)))
    every = rows.ids
    keys = {one.name: one.primary_key for one in KERNEL_TABLES}
    for table_name, column in BY_ID.items():
        known = _keys_in(session, table_name, keys[table_name], column, every)
        yield PlanLine(table_name, Bucket.ERASABLE, "delete", tuple(sorted(known)))


def _mention_lines(
    session: Session, model: AppModel, identifiers: Identifiers, rows: SubjectRows
) -> Iterator[PlanLine]:
    gone = {one.name for one in tables_of_records()}
    for table, found in find_mentions(session, model, identifiers, rows.erased):
        keys = [one for one in found if table.name not in gone or not _goes(session, table, one, rows)]
        yield PlanLine(
            table.name, Bucket.PSEUDONYMISE, "blot", tuple(sorted(_name(key) for key in keys)), "said_elsewhere"
        )


def _goes(session: Session, table: Table, key: tuple[object, ...], rows: SubjectRows) -> bool:
    found = select(session, table.name, ("entity", "record"), dict(zip(table.primary_key, key, strict=True)))
    return any(int(str(record)) in rows.erased.get(str(entity), ()) for entity, record in found)


def _retired_lines(session: Session, identifiers: Identifiers, rows: SubjectRows) -> Iterator[PlanLine]:
    """Tables that migrations retired and that hold the subject: nobody reads them, so they go whole."""
    every = rows.ids
    for name in sorted(one for one in table_names(session) if one.startswith((TOMBSTONE, UNDONE))):
        statement = Statement(f"SELECT * FROM {quoted(name)}", (), session.dialect)  # noqa: S608
        if any(_is_about(row, identifiers, every) for row in session.stream(statement)):
            yield PlanLine(name, Bucket.ERASABLE, "drop", (name,), "nobody_reads_it")


def _is_about(row: Sequence[object], identifiers: Identifiers, ids: Collection[int]) -> bool:
    texts = "\n".join(one for one in row if isinstance(one, str))
    return any(one in ids for one in row if isinstance(one, int)) or identifiers.found_in(texts)


def _rollup_lines(model: AppModel, rows: SubjectRows) -> Iterator[PlanLine]:
    """Figures of the entities whose rows go are counted anew from what stays."""
    rollups = rollups_of(model)
    for name in (*rows.erased, *rows.parted):
        if name in rollups:
            for table in (rollups[name].cells, rollups[name].deltas):
                yield PlanLine(table, Bucket.ERASABLE, "remake", (table,))


def _audit_lines(session: Session, rows: SubjectRows) -> Iterator[PlanLine]:
    """The audit log stays: it tells codes and ids, and that it is whole is the proof of what was done."""
    told = {f"record={one}" for ids in rows.erased.values() for one in ids}
    found = [str(row[0]) for row in select(session, "dougong_audit", ("position", "subject")) if _tells(row[1], told)]
    yield PlanLine("dougong_audit", Bucket.PROTECTED, "keep", tuple(found), "proof_of_processing")


def _tells(subject: object, told: Collection[str]) -> bool:
    return any(word in told for word in str(subject).split())


def _keys_in(
    session: Session,
    table: str,
    key: Sequence[str],
    column: str,
    ids: Iterable[int],
    also: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    ordered, found = sorted(ids), list[str]()
    for at in range(0, len(ordered), PARTS):
        where = {**(also or {}), f"{column} in": ordered[at : at + PARTS]}
        found += (_name(row) for row in select(session, table, tuple(key), where))
    return tuple(sorted(found))


def _name(key: Sequence[object]) -> str:
    return key[0] if len(key) == 1 and isinstance(key[0], str) else "/".join(str(one) for one in key)


def _names(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(one) for one in sorted(ids))


def _merged(lines: Iterable[PlanLine]) -> tuple[PlanLine, ...]:
    """One line for each store, bucket and act, without those that do nothing."""
    found: dict[tuple[str, Bucket, str, str], dict[str, None]] = {}
    for one in lines:
        found.setdefault((one.store, one.bucket, one.act, one.ground), {}).update(dict.fromkeys(one.keys))
    return tuple(
        PlanLine(store, bucket, act, tuple(keys), ground)
        for (store, bucket, act, ground), keys in sorted(found.items())
        if keys
    )


def _canonical(plan: ErasePlan) -> bytes:
    told = {
        "entity": plan.entity,
        "record": plan.record,
        "rows": {name: list(ids) for name, ids in plan.rows.items()},
        "parted": {name: list(ids) for name, ids in plan.parted.items()},
        "links": {name: list(ids) for name, ids in plan.links.items()},
        "lines": [[one.store, one.bucket.value, one.act, list(one.keys), one.ground] for one in plan.lines],
        "searched": plan.searched,
        "short": plan.short,
        "shared": plan.shared,
        "cases": list(plan.cases),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
