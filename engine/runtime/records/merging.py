"""Merging: a write made from an older version of a row meets what others have changed since.

A field that only one side changed keeps that change. What both changed is a conflict that shows both values. State and
money are compare-and-set: who changes one of them must have seen the latest of all of them. What the writer may not read
takes no part: it is neither told nor refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.diagnostics import Message
from engine.model.access import READABLE, Action
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.errors import BadRequest, Outdated, ValidationFailed
from engine.model.requests import Clash, TheirChange
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import from_micros
from engine.runtime.query.picker import pick
from engine.runtime.query.rights import field_rights
from engine.runtime.records.stored import StoredRow, stored_row
from engine.runtime.rows import select
from engine.runtime.sealing.rows import version_values
from engine.runtime.storage.json import parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

Values = Mapping[str, object]
Since = Mapping[str, TheirChange]
NOTHING: Since = {}
NO_NAMES: frozenset[str] = frozenset()
COMPARED = frozenset({FieldKind.MONEY, FieldKind.STATE})


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person decided a conflict that was shown to them: at which version, and the fields that keep their own value."""

    seen: int | None = None
    mine: frozenset[str] = NO_NAMES


@dataclass(frozen=True, slots=True)
class Decided:
    """A choice against what happened after it: `fresh` are the fields changed since."""

    mine: frozenset[str]
    fresh: frozenset[str] | None

    def leaves(self, name: str, written: bool) -> bool:
        """Whether a clash over a field is settled: the writer's value was chosen, or it was only to be seen."""
        return self.fresh is not None and name not in self.fresh and (name in self.mine or not written)


UNDECIDED = Choice()
NOT_DECIDED = Decided(NO_NAMES, None)


@dataclass(slots=True)
class Merge:
    """What one write met over a row and its parts: what of others stays beside it, and what clashes with it."""

    merged: list[TheirChange] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    compares: bool = False
    """Whether the write changes money or a state, of the row or of a part."""

    def check(self, work: Work, entity: Entity, row: StoredRow) -> None:
        """Raises Outdated when anything clashes."""
        if self.clashes:
            raise Outdated([_titled(work, entity, one) for one in self.clashes], row.version)

    def told(self, work: Work, entity: Entity) -> tuple[TheirChange, ...]:
        """What of others stays, with the titles of rows that are pointed at."""
        return tuple(titled(work, entity, one) for one in self.merged)


def changes_since(work: Work, entity: Entity, row: StoredRow, version: int, prefix: str = "") -> Since:
    """What others changed of a row since a version, by field, as far as the caller may read it: what it was then, what
    it is now, who changed it last and when. A field that was changed back is left out.

    Raises BadRequest for a version that never was, Outdated when the history no longer goes back that far.
    """
    if not 1 <= version <= row.version:
        raise BadRequest(Message("版本号不正确", "There is no such version"))
    if version == row.version:
        return NOTHING
    found = changes_between(work, entity, row, version, row.version + 1)
    if found is None:
        raise Outdated([], row.version)
    return {name: replace(one, path=f"{prefix}{name}") for name, one in found.items()} if prefix else found


def changes_between(work: Work, entity: Entity, row: StoredRow, since: int, until: int) -> Since | None:
    """What was changed after one version and before another, as far as the caller may read it; None when the history no
    longer holds it.
    """
    columns = ("changed", "before", "after", "actor", "valid_from")
    where = {"record": row.id, "version >": since, "version <": until}
    versions = select(work.session, version_table_name(entity.name), columns, where, ("version",))
    if len(versions) != until - since - 1:
        return None
    known = _readable(work, entity, row)
    found: dict[str, TheirChange] = {}
    for changed, before, after, actor, at in versions:
        who = _who(work, actor, at)
        was, then = (version_values(work, entity, row.id, one) for one in (before, after))
        for name in json.loads(str(changed)):
            if name in entity.fields and name in known:
                declared = entity.fields[name]
                first = found[name].base if name in found else parse_json(was.get(name), declared)
                found[name] = TheirChange(name, declared, first, parse_json(then.get(name), declared), *who)
    return {name: one for name, one in found.items() if one.base != one.theirs}


def _readable(work: Work, entity: Entity, row: StoredRow) -> frozenset[str]:
    """Fields of the row that the caller may read; of a deleted one, those that they may read on every row."""
    if row.deleted_at is None:
        return frozenset(name for name, one in field_rights(work, entity.name, row.id).items() if one in READABLE)
    decision = decide(work.model, work.context, entity.name, Action.READ)
    return (
        frozenset(name for name, one in decision.fields.items() if one.plain)
        if isinstance(decision, Allow)
        else NO_NAMES
    )


def decided_on(work: Work, entity: Entity, row: StoredRow, choice: Choice) -> Decided:
    """A choice as far as it still holds: what was changed after it was made has to be shown again."""
    if choice.seen is None:
        return NOT_DECIDED
    return Decided(choice.mine, frozenset(changes_since(work, entity, row, choice.seen)))


def merge_values(
    merge: Merge, entity: Entity, row: StoredRow, given: Values, since: Since, decided: Decided
) -> dict[str, object]:
    """The given values that are a change of the writer's; what was sent back as it had been read is left to others."""
    read = {**row.values, **{name: one.base for name, one in since.items()}}
    mine = {name: value for name, value in given.items() if value != read.get(name)}
    compared = [name for name in mine if entity.fields[name].kind in COMPARED]
    merge.compares = merge.compares or bool(compared)
    clashing = {name for name in mine if name in since and (mine[name] != since[name].theirs or name in compared)}
    if compared:
        clashing |= {name for name in since if is_compared(entity.fields[name])}
    clashing = {name for name in clashing if not decided.leaves(name, name in mine)}
    for name, theirs in since.items():
        if name in clashing:
            merge.clashes.append(Clash(theirs, mine.get(name, theirs.base), row.version, name in mine))
        elif name not in mine and not theirs.declared.computed:
            merge.merged.append(theirs)
    return {name: value for name, value in mine.items() if name not in clashing}


def is_compared(declared: Field) -> bool:
    """Whether a field is compare-and-set: money that people write, and a state."""
    return declared.kind in COMPARED and not declared.computed


def compare_moving(merge: Merge, since: Since, row: StoredRow, state: str, target: str) -> None:
    """A transition is decided on the state and the money that its taker saw, money that is computed included."""
    for name, theirs in since.items():
        if theirs.declared.kind in COMPARED:
            _clash_too(merge, Clash(theirs, target if name == state else theirs.base, row.version, name == state))


def compare_parts(merge: Merge, since: Since, row: StoredRow, decided: Decided) -> None:
    """Money of a part is written for the state that its whole had."""
    for name, theirs in since.items() if merge.compares else ():
        if theirs.declared.kind is FieldKind.STATE and not decided.leaves(name, written=False):
            _clash_too(merge, Clash(theirs, theirs.base, row.version, False))


def _clash_too(merge: Merge, clash: Clash) -> None:
    if all(one.change.path != clash.change.path for one in merge.clashes):
        merge.clashes.append(clash)
        merge.merged = [one for one in merge.merged if one.path != clash.change.path]


def sent_back(work: Work, entity: Entity, row: StoredRow, since: Since, given: Values) -> frozenset[str]:
    """Fields that a stale form merely sends back: what stands there now, or stood there when it was read."""
    rights = field_rights(work, entity.name, row.id)
    found = set()
    for name, one in given.items():
        declared = entity.fields.get(name)
        if declared is None or rights.get(name) not in READABLE:
            continue
        try:
            value = parse_json(one, declared, work.context.zone)
        except ValidationFailed:
            continue
        if value == row.values.get(name) or (name in since and value == since[name].base):
            found.add(name)
    return frozenset(found)


def deletion_of(work: Work, entity: Entity, record: int) -> tuple[str, datetime | None]:
    """Who deleted a row, and when."""
    where = {"record": record, "action": "delete"}
    columns = ("actor", "valid_from")
    found = select(work.session, version_table_name(entity.name), columns, where, ("-version",), 1)
    return _who(work, *found[0]) if found else ("—", None)


def actor_name(work: Work, user: object) -> str:
    """The name of who did something; nobody is the system."""
    if user is None:
        return "系统" if work.context.language == "zh" else "System"
    found = select(work.session, "dougong_user", ("name",), {"id": user})
    return str(found[0][0]) if found else "—"


def _who(work: Work, actor: object, at: object) -> tuple[str, datetime | None]:
    return actor_name(work, actor), from_micros(int(str(at)))


def titled(work: Work, entity: Entity, change: TheirChange) -> TheirChange:
    """A change with the titles of the rows that it points at, as far as the reader may see them."""
    values = (change.base, change.theirs)
    titles = title_of(work, entity, change, values)
    return TheirChange(
        change.path, change.declared, *values, change.actor, change.at, titles.get(values[0]), titles.get(values[1])
    )


def told_between(work: Work, entity: Entity, record: int, since: int, last: int) -> tuple[TheirChange, ...]:
    """What others had changed when a write was merged: after the version that its writer read, to the last of theirs."""
    row = stored_row(work, entity, record)
    if not 1 <= since < last <= row.version:
        return ()
    found = changes_between(work, entity, row, since, last + 1) or NOTHING
    return tuple(titled(work, entity, one) for one in found.values() if not one.declared.computed)


def _titled(work: Work, entity: Entity, clash: Clash) -> Clash:
    titles = title_of(work, entity, clash.change, (clash.yours,))
    return replace(clash, change=titled(work, entity, clash.change), yours_title=titles.get(clash.yours))


def title_of(work: Work, entity: Entity, change: TheirChange, values: Iterable[object]) -> Mapping[object, str | None]:
    """Titles of rows by id, for a field that points at rows."""
    if change.declared.kind not in REFERENCE_KINDS:
        return {}
    parts = change.path.split(".")
    holder = entity.collections[parts[0]].entity if len(parts) > 1 else entity.name
    found: dict[object, str | None] = {}
    for value in values:
        if isinstance(value, int):
            picked = pick(work, holder, change.declared.name, "", 1, only=encode_id(value))
            found[value] = picked[0].label if picked else None
    return found
