"""Running one app test inside one transaction: given rows are loaded as they are, steps act with their users' rights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.model.access import Action
from engine.model.context import Context, Principal
from engine.model.entities import REFERENCE_KINDS, Entity
from engine.model.errors import BadRequest, ValidationFailed
from engine.model.formula import Formula
from engine.model.names import Place
from engine.model.requests import AggregateRequest, QueryRequest, Record
from engine.model.tests import AppTest, GivenRow, TestStep
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.instants import to_micros
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.query.lists import list_records
from engine.runtime.query.records import get_record
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.rows import select
from engine.runtime.storage.json import json_of, parse_json
from engine.runtime.testing.coverage import Coverage
from engine.runtime.testing.flow_steps import answer, flow_failures, later
from engine.runtime.testing.tracing import TracedSession
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.written import RecordLink

SINCE = timedelta(days=3650)
Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that did not hold."""

    step: str
    place: Place
    message: Message


class _Made(dict[str, Named], Generic[Named]):
    """What a test has made, by name; a step that did not make it as it should is no reason for the next to fall over."""

    def __missing__(self, name: str) -> Named:
        raise BadRequest(
            Message(f"没有 @{name}：之前的步骤没有建成", f"There is no @{name}: no step before has made it")
        )


@dataclass(slots=True)
class _Stage:
    """What a test has made so far: ids by name, the contexts of its users."""

    work: Work
    coverage: Coverage
    follow: Callable[[Work], None]
    names: _Made[int] = field(default_factory=_Made)
    kinds: _Made[str] = field(default_factory=_Made)
    contexts: dict[str, Context] = field(default_factory=dict)


def run_test(
    workplace: Workplace, session: TracedSession, test: AppTest, clock: Clock, coverage: Coverage
) -> list[Failure]:
    """The failures of a test. Its transaction is the caller's to undo."""
    principal = Principal(0, "test", frozenset(), service="test")
    work = workplace.open(session, Context(principal=principal, now=clock.now()))
    stage = _Stage(work, coverage, workplace.follow)
    _units(stage, test)
    _users(stage, test)
    for row in test.rows:
        _row(stage, row)
    with session.unnoted():
        finish_loading(stage.work, set(stage.kinds.values()))
    failures: list[Failure] = []
    for step in test.steps:
        failures += _step(stage, step)
    coverage.ran(stage.work)
    return failures


def _units(stage: _Stage, test: AppTest) -> None:
    work, since = stage.work, stage.work.context.today - SINCE
    for given in test.units:
        name = str(given["id"])
        stage.names[name] = work.ids.next()
        parent = stage.names.get(str(given.get("parent"))) if given.get("parent") else None
        add_unit(
            work.session, work.model, Unit(stage.names[name], name, str(given["kind"]), name, None, parent, since, None)
        )


def _users(stage: _Stage, test: AppTest) -> None:
    work, now = stage.work, stage.work.context.now
    for given in test.users:
        stage.names[given.name] = work.ids.next()
        account = f"t-{given.name.replace('_', '-')}"
        direct = _direct_roles(stage, given.roles, given.unit)
        create = NewUser(stage.names[given.name], account, given.name, to_micros(now), roles=direct)
        create_user(work.session, create)
        _sit(stage, given.roles, given.unit, stage.names[given.name])
        user = user_by_account(work.session, account)
        if user is not None:
            stage.contexts[given.name] = context_for(
                work.session, work.model, user, Circumstances(now, "en", work.context.zone)
            )


def _direct_roles(stage: _Stage, roles: tuple[str, ...], unit: str | None) -> tuple[str, ...]:
    """The roles that no seat of the unit gives: those are given directly."""
    given = {role for _, held in _seats(stage, unit) if set(held) <= set(roles) for role in held}
    return tuple(role for role in roles if role not in given)


def _sit(stage: _Stage, roles: tuple[str, ...], unit: str | None, user: int) -> None:
    """Take seats of the unit that give the roles; without such a seat any seat, so that the user belongs to the unit."""
    if unit is None:
        return
    work, since = stage.work, stage.work.context.today - SINCE
    seats = _seats(stage, unit)
    chosen = [name for name, given in seats if set(given) & set(roles) and set(given) <= set(roles)] or [
        name for name, given in seats if not given
    ]
    for name in chosen[:1] or [seats[0][0]] if seats else []:
        take_seat(work.session, work.model, Membership(work.ids.next(), user, stage.names[unit], name, since, None))


def _seats(stage: _Stage, unit: str | None) -> list[tuple[str, tuple[str, ...]]]:
    if unit is None or unit not in stage.names:
        return []
    kind = str(select(stage.work.session, "dougong_unit", ("kind",), {"id": stage.names[unit]})[0][0])
    declared = stage.work.model.unit_kinds.get(kind)
    return [(seat.name, seat.roles) for seat in declared.seats] if declared else []


def _row(stage: _Stage, given: GivenRow) -> None:
    """A row as given: formulas computed, checks and rights not asked."""
    entity = stage.work.model.entities[given.entity]
    values = {name: _given(stage, entity, name, value) for name, value in given.values.items() if name in entity.fields}
    workflow = stage.work.model.workflow_of(entity.name)
    if workflow is not None:
        values.setdefault(workflow.field, workflow.initial)
    for one in entity.fields.values():
        if one.default is not None:
            values.setdefault(one.name, one.default)
    record = stage.work.ids.next()
    stage.names[given.name], stage.kinds[given.name] = record, entity.name
    load_rows(stage.work, entity, [(record, values)])


def _given(stage: _Stage, entity: Entity, name: str, value: object) -> object:
    if isinstance(value, str) and value.startswith("@"):
        return _linked(stage, value) if "/" in value else stage.names[value[1:]]
    if entity.fields[name].kind in REFERENCE_KINDS and isinstance(value, int):
        return value
    return parse_json(_plain(value), entity.fields[name], stage.work.context.zone)


def _linked(stage: _Stage, value: str) -> str:
    """`@deal/` is a link to a row, `@deal/budget` to one field of it."""
    name, _, field = value[1:].partition("/")
    return RecordLink(stage.kinds[name], stage.names[name], field).text


def _named(value: object) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _plain(value: object) -> object:
    """Values as a caller would send them: numbers as text."""
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)), "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _sent(stage: _Stage, values: object) -> dict[str, object]:
    """Values of a step as they go over the interface: references as public ids."""
    found: dict[str, object] = {}
    if not isinstance(values, Mapping):
        return found
    for name, value in values.items():
        if isinstance(value, str) and value.startswith("@") and value[1:] in stage.names:
            found[str(name)] = encode_id(stage.names[value[1:]])
        elif isinstance(value, str) and value.startswith("@") and value[1:].partition("/")[0] in stage.kinds:
            found[str(name)] = _linked(stage, value)
        elif isinstance(value, list | tuple):
            found[str(name)] = [_sent(stage, one) if isinstance(one, Mapping) else one for one in value]
        else:
            found[str(name)] = _plain(value)
    return found


def _step(stage: _Stage, step: TestStep) -> list[Failure]:
    work = stage.work.under(stage.contexts[step.actor]) if step.actor in stage.contexts else _stranger(stage)
    try:
        with stage.work.savepoint():
            outcome: object = _ACTS[step.act](stage, work, step)
            stage.follow(work)
    except DougongError as error:
        _touch_refused(stage, work, step)
        return list(_refused(step, error))
    _touch_fields(stage, work, step)
    wanted = step.expect.get("error")
    if wanted is not None:
        return [_failure(step, f"应当被拒绝({wanted})，却成功了", f"should be refused ({wanted}) and was not")]
    try:
        return list(_judged(stage, work, step, outcome))
    except DougongError as error:
        return list(_refused(step, error))


def _stranger(stage: _Stage) -> Work:
    """Somebody without any role or seat."""
    return stage.work.under(
        Context(principal=Principal(1, "stranger", frozenset()), now=stage.work.context.now, locale="en")
    )


def _refused(step: TestStep, error: DougongError) -> Iterator[Failure]:
    wanted = step.expect.get("error")
    if wanted != error.code:
        detail = (
            "; ".join(f"{one.field}: {one.message.en}" for one in error.problems)
            if isinstance(error, ValidationFailed)
            else ""
        )
        yield _failure(
            step,
            f"被拒绝：{error.code} {error.message.zh} {detail}",
            f"refused: {error.code} {error.message.en} {detail}",
        )
        return
    fields = step.expect.get("fields")
    if isinstance(fields, list | tuple) and isinstance(error, ValidationFailed):
        found = {one.field for one in error.problems}
        if not set(fields) <= found:
            yield _failure(
                step, f"应指出字段 {fields}，实际 {sorted(found)}", f"should name {fields}, named {sorted(found)}"
            )


def _record(stage: _Stage, step: TestStep) -> tuple[str, int]:
    name = str(step.arguments.get("row", "")).removeprefix("@")
    if name not in stage.kinds:
        raise BadRequest(Message(f"没有行 @{name}", f"There is no row @{name}"))
    return stage.kinds[name], stage.names[name]


def _create(stage: _Stage, work: Work, step: TestStep) -> object:
    entity = work.model.entities[str(step.arguments["entity"])]
    sent = _sent(stage, step.arguments.get("values"))
    children = {name: value for name, value in sent.items() if name in entity.collections and isinstance(value, list)}
    outcome = create(
        work, entity.name, {name: one for name, one in sent.items() if name not in children}, children=children
    )
    _touch(stage, work, entity.name, outcome.id, Action.CREATE)
    saved = step.arguments.get("save_as")
    if saved:
        stage.names[str(saved)], stage.kinds[str(saved)] = outcome.id, entity.name
    return outcome


def _update(stage: _Stage, work: Work, step: TestStep) -> object:
    entity, record = _record(stage, step)
    sent = _sent(stage, step.arguments.get("values"))
    declared = work.model.entities[entity]
    children = {name: value for name, value in sent.items() if name in declared.collections and isinstance(value, list)}
    outcome = update(
        work, entity, record, {name: one for name, one in sent.items() if name not in children}, children=children
    )
    _touch(stage, work, entity, record, Action.UPDATE)
    return outcome


def _delete(stage: _Stage, work: Work, step: TestStep) -> object:
    entity, record = _record(stage, step)
    outcome = delete(work, entity, record)
    _touch(stage, work, entity, record, Action.DELETE)
    return outcome


def _restore(stage: _Stage, work: Work, step: TestStep) -> object:
    return restore(work, *_record(stage, step))


def _transition(stage: _Stage, work: Work, step: TestStep) -> object:
    entity, record = _record(stage, step)
    move = str(step.arguments["transition"])
    outcome = transition(work, entity, record, move, values=_sent(stage, step.arguments.get("values")))
    workflow = work.model.workflow_of(entity)
    if workflow is not None:
        stage.coverage.transitions.add((workflow.name, move))
    _touch(stage, work, entity, record, Action.TRANSITION)
    return outcome


def _get(stage: _Stage, work: Work, step: TestStep) -> object:
    entity, record = _record(stage, step)
    found = get_record(work, entity, record)
    _touch(stage, work, entity, record, Action.READ)
    return found


def _list(stage: _Stage, work: Work, step: TestStep) -> object:
    entity = str(step.arguments["entity"])
    where = step.arguments.get("where")
    request = QueryRequest(
        entity,
        tuple(
            (name,)
            for name in work.model.entities[entity].fields
            if name in readable_fields(work.model, work.context, entity)
        ),
        formula_filter=where if isinstance(where, Formula) else None,
        limit=200,
        count=True,
    )
    found = list_records(work, request)
    _touch_listed(stage, work, step)
    return found


def _metric(stage: _Stage, work: Work, step: TestStep) -> object:
    period = step.arguments.get("period")
    span = period if isinstance(period, Mapping) else {}
    since, until = (date.fromisoformat(str(span[one])) if one in span else None for one in ("since", "until"))
    split = tuple(str(one) for one in _listed(step.arguments.get("by")))
    return aggregate(work, AggregateRequest((str(step.arguments["metric"]),), split, since=since, until=until))


def _answer(stage: _Stage, work: Work, step: TestStep) -> object:
    """Somebody answers the flow about a row."""
    entity, record = _record(stage, step)
    given = Given(
        comment=str(step.arguments.get("comment", "")),
        values=_sent(stage, step.arguments.get("values")),
        people=tuple(stage.names[str(one).removeprefix("@")] for one in _listed(step.arguments.get("people", ()))),
        step=str(step.arguments.get("step", "")),
        straight=step.arguments.get("straight") is True,
    )
    answer(work, entity, record, str(step.arguments.get("act", "")), given)
    return _Written(entity, record)


def _later(stage: _Stage, work: Work, step: TestStep) -> object:
    """Time passes for everybody."""
    stage.work = later(stage.work, str(step.arguments.get("passes", "0m")))
    now = stage.work.context.now
    stage.contexts = {name: replace(context, now=now) for name, context in stage.contexts.items()}
    entity, record = _record(stage, step)
    return _Written(entity, record)


@dataclass(frozen=True, slots=True)
class _Written:
    """A row that an act was about."""

    entity: str
    id: int


_ACTS: Mapping[str, Callable[[_Stage, Work, TestStep], object]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "restore": _restore,
    "transition": _transition,
    "get": _get,
    "list": _list,
    "metric": _metric,
    "answer": _answer,
    "later": _later,
}


def _touch(stage: _Stage, work: Work, entity: str, record: int, action: Action) -> None:
    """Note what an act used."""
    stage.coverage.acted(work, entity, action)
    stage.coverage.met(work, entity, (record,))


def _touch_listed(stage: _Stage, work: Work, step: TestStep) -> None:
    """A list of which the test says what it shows speaks of every given row, shown or not."""
    entity = str(step.arguments["entity"])
    stage.coverage.acted(work, entity, Action.READ)
    if "rows" in step.expect:
        stage.coverage.met(work, entity, [stage.names[name] for name, kind in stage.kinds.items() if kind == entity])


def _touch_refused(stage: _Stage, work: Work, step: TestStep) -> None:
    """A refusal on a given row speaks of the role in the row's state."""
    name = str(step.arguments.get("row", "")).removeprefix("@")
    if name in stage.kinds:
        stage.coverage.met(work, stage.kinds[name], (stage.names[name],))


def _touch_fields(stage: _Stage, work: Work, step: TestStep) -> None:
    """Note the fields that a step writes, or of which it says whether they are seen."""
    name = str(step.arguments.get("row", "")).removeprefix("@")
    entity = stage.kinds.get(name, str(step.arguments.get("entity", "")))
    spoken = [step.arguments.get("values"), *(step.expect.get(key) for key in ("values", "shown", "absent", "masked"))]
    told = {str(one) for part in spoken for one in (part if isinstance(part, Mapping) else _listed(part))}
    stage.coverage.told(work, entity, told)


def _judged(stage: _Stage, work: Work, step: TestStep, outcome: object) -> Iterator[Failure]:
    expect = step.expect
    yield from _flows(stage, step)
    if not expect.keys().isdisjoint(("values", "shown", "absent", "masked")):
        yield from _cells(stage, work, step, outcome)
    if "value" in expect and isinstance(outcome, tuple):
        values = [row.values.get(str(step.arguments["metric"])) for row in outcome]
        split = bool(step.arguments.get("by"))
        yield from _same(step, "value", expect["value"], values if split else values[0])
    if "rows" in expect:
        ids = [one.id for one in getattr(outcome, "records", ())]
        wanted = [stage.names[str(one).removeprefix("@")] for one in _listed(expect["rows"])]
        if sorted(ids) != sorted(wanted):
            yield _failure(
                step,
                f"应列出 {len(wanted)} 行，实际 {len(ids)} 行",
                f"should list {len(wanted)} rows, listed {len(ids)}",
            )
    if "count" in expect:
        found = (
            getattr(outcome, "total", None)
            if hasattr(outcome, "records")
            else len(outcome)
            if isinstance(outcome, tuple)
            else None
        )
        yield from _same(step, "count", expect["count"], found)


def _flows(stage: _Stage, step: TestStep) -> Iterator[Failure]:
    """What a step says of the flow about its row."""
    wanted = step.expect.get("flow")
    if not isinstance(wanted, Mapping):
        return
    saved = step.arguments.get("save_as")
    entity, record = (stage.kinds[str(saved)], stage.names[str(saved)]) if saved else _record(stage, step)
    users = {name: stage.names[name] for name in stage.contexts}
    for part, said, found in flow_failures(stage.work, entity, record, wanted, users):
        yield _failure(
            step, f"流程的 {part} 应为 {said}，实际 {found}", f"{part} of the flow should be {said}, is {found}"
        )


def _cells(stage: _Stage, work: Work, step: TestStep, outcome: object) -> Iterator[Failure]:
    record = outcome if isinstance(outcome, Record) else _reread(work, outcome)
    if record is None:
        yield _failure(step, "读不到这条记录", "the record cannot be read")
        return
    values = step.expect.get("values", {})
    for name, wanted in values.items() if isinstance(values, Mapping) else ():
        field_ = work.model.field(record.entity, tuple(str(name).split(".")))
        resolved = _given(stage, work.model.entities[record.entity], str(name), wanted) if _named(wanted) else wanted
        found = record.cells.get(str(name))
        shown = json_of(found, field_) if field_ is not None and not isinstance(resolved, int) else found
        yield from _same(step, str(name), resolved, shown)
    for name in _listed(step.expect.get("shown", ())):
        if str(name) not in record.cells or str(name) in record.masked:
            yield _failure(step, f"{name} 应当可见", f"{name} should be readable")
    for name in _listed(step.expect.get("absent", ())):
        if str(name) in record.cells:
            yield _failure(step, f"{name} 不应可见", f"{name} should not be visible")
    for name in _listed(step.expect.get("masked", ())):
        if str(name) not in record.masked:
            yield _failure(step, f"{name} 应当脱敏", f"{name} should be masked")


def _reread(work: Work, outcome: Any) -> Record | None:
    try:
        return get_record(work, outcome.entity, outcome.id)
    except DougongError:
        return None


def _same(step: TestStep, name: str, wanted: object, found: object) -> Iterator[Failure]:
    if _canonical(wanted) != _canonical(found):
        yield _failure(step, f"{name} 应为 {wanted}，实际 {found}", f"{name} should be {wanted}, is {found}")


def _canonical(value: object) -> object:
    """Values made comparable: numbers by value, days as text, lists in order."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal | float):
        return Decimal(str(value)).normalize()
    if isinstance(value, str):
        try:
            return Decimal(value).normalize() if value.strip() and value[0] in "-0123456789" else value
        except ArithmeticError:
            return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return json.dumps([str(_canonical(one)) for one in value])
    return value


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,) if value else ()


def _failure(step: TestStep, zh: str, en: str) -> Failure:
    return Failure(step.id, step.place, Message(zh, en))
