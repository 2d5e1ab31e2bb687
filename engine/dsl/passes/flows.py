"""Flows: steps that follow a trigger, each turned into the action that its type says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import yaml

from engine.diagnostics import Diagnostic
from engine.dsl.flow_checks import flow_problems
from engine.dsl.flow_scopes import written_entity
from engine.dsl.part import Part, PassContext
from engine.model.flows import (
    Action,
    Approval,
    Branch,
    Branches,
    Call,
    Create,
    Empty,
    End,
    Flow,
    Fork,
    HandingOver,
    Mode,
    Move,
    Need,
    Notify,
    Own,
    People,
    PeopleKind,
    Reach,
    Repeat,
    Rung,
    RungAct,
    Step,
    Subflow,
    Task,
    Term,
    Trigger,
    TriggerKind,
    Vote,
    Wait,
    Write,
)
from engine.model.formula import Formula

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def compile_flows(context: PassContext) -> Iterator[Flow | Diagnostic]:
    for part in context.parts("workflows"):
        if part.has("steps"):
            yield from flow_problems(part)
            yield _flow(part)


def _flow(part: Part) -> Flow:
    source = yaml.safe_dump(dict(part.value), allow_unicode=True, sort_keys=False)
    return Flow(
        name=part.name,
        label=part.label(),
        place=part.place,
        pack=part.pack,
        entity=part.text("entity"),
        triggers=tuple(_trigger(one) for one in part.items("triggers")),
        steps=_steps(part, "steps"),
        rejected=_steps(part, "rejected"),
        withdrawn=_steps(part, "withdrawn"),
        terminated=_steps(part, "terminated"),
        title=part.formula("title"),
        amount=part.formula("amount"),
        order=part.formula("order"),
        view=part.text("view", "latest"),
        withdraw=part.text("withdraw", "until_decided"),
        urge_minutes=_minutes(part.text("urge", "1h")),
        fingerprint=hashlib.sha256(source.encode()).hexdigest(),
        source=source,
    )


def _trigger(part: Part) -> Trigger:
    return Trigger(
        id=part.id,
        kind=TriggerKind(part.text("type")),
        place=part.place,
        when=part.formula("when"),
        transition=part.text("transition"),
        fields=part.names("fields"),
        every=part.text("every"),
        roles=frozenset(part.names("roles")),
        form=part.text("form"),
        values=_texts(part, "values"),
        secret=part.text("secret"),
        label=part.label(),
    )


def _steps(part: Part, key: str) -> tuple[Step, ...]:
    return tuple(_step(one) for one in part.items(key))


def _step(part: Part) -> Step:
    return Step(
        id=part.id,
        label=part.label_or(part.id),
        place=part.place,
        action=_ACTIONS[part.text("type")](part),
        when=part.formula("when"),
        undo=_steps(part, "undo"),
        error=_steps(part, "error"),
    )


def _approval(part: Part) -> Approval:
    reach = part.inner("reach")
    percent = part.count("percent")
    return Approval(
        approvers=_people(part, "approvers"),
        mode=Mode(part.text("mode", "any")),
        vote=Vote(percent or 50, percent is None, _people(part, "veto")),
        empty=Empty(part.text("empty", "administrator")),
        named=_people(part, "named"),
        own=Own(part.text("own", "manager")),
        repeat=Repeat(part.text("repeat", "ask")),
        actions=frozenset(part.names("actions")),
        reach=Reach(frozenset(reach.names("roles")), reach.text("within", "all")),
        back=frozenset(part.names("back")),
        resume=part.text("resume", "rerun"),
        comment=Need(part.text("comment", "on_refusal")),
        attachment=Need(part.text("attachment", "never")),
        show=part.names("show"),
        write=part.names("write"),
        require=part.names("require"),
        copies=_people(part, "copies"),
        deadline=_term(part, "deadline"),
        ladder=_ladder(part),
    )


def _task(part: Part) -> Task:
    return Task(
        people=_people(part, "people"),
        everybody=part.flag("everybody"),
        empty=Empty(part.text("empty", "administrator")),
        named=_people(part, "named"),
        hint=part.label("hint"),
        show=part.names("show"),
        write=part.names("write"),
        require=part.names("require"),
        deadline=_term(part, "deadline"),
        ladder=_ladder(part),
    )


def _ladder(part: Part) -> tuple[Rung, ...]:
    return tuple(
        Rung(
            one.id, _term(one, "after") or Term(), RungAct(one.text("act", "remind")), one.place, _people(one, "people")
        )
        for one in part.items("ladder")
    )


def _people(part: Part, key: str) -> tuple[People, ...]:
    return tuple(
        People(
            kind=PeopleKind(one.text("type")),
            place=one.place,
            path=_path(one, "path"),
            levels=one.whole("levels", 1),
            above=one.whole("above"),
            seat=one.text("seat"),
            roles=frozenset(one.names("roles")),
            formula=one.formula("formula"),
            users=one.names("users"),
        )
        for one in part.items(key)
    )


def _branches(part: Part) -> Branches:
    return Branches(
        Fork(part.text("type")),
        tuple(
            Branch(one.id, one.label_or(one.id), one.place, one.formula("when"), _steps(one, "steps"))
            for one in part.items("branches")
        ),
    )


def _wait(part: Part) -> Wait:
    return Wait(_term(part, "for"), part.formula("until"), part.formula("holds"))


def _write(part: Part) -> Write:
    entity = written_entity(part.document, part.path, part.context.symbols)
    return Write(_path(part, "path"), entity or "", _formulas(part, "set"))


def _create(part: Part) -> Create:
    return Create(part.text("entity"), _formulas(part, "set"))


def _move(part: Part) -> Move:
    return Move(part.text("transition"))


def _handing_over(part: Part) -> HandingOver:
    entity = written_entity(part.document, part.path, part.context.symbols)
    people = part.formula("person"), part.formula("unit"), part.formula("giver")
    return HandingOver(_path(part, "path"), entity or "", *people)


def _notify(part: Part) -> Notify:
    return Notify(
        _people(part, "people"),
        part.formula("title"),
        part.formula("body"),
        part.label("subject"),
        part.names("channels") if part.has("channels") else None,
    )


def _call(part: Part) -> Call:
    return Call(
        node=part.text("node"),
        settings=part.settings("settings"),
        destination=part.text("destination"),
        method=part.text("method", "POST"),
        url_path=part.text("url", "/"),
        sign=part.text("sign"),
        values=_formulas(part, "values"),
        take=_texts(part, "take"),
    )


def _subflow(part: Part) -> Subflow:
    return Subflow(
        flow=part.text("flow"),
        path=_path(part, "path"),
        over=part.text("over"),
        where=part.formula("where"),
        one_by_one=part.flag("one_by_one"),
        attached=part.flag("attached", True),
    )


def _end(part: Part) -> End:
    return End(part.text("outcome"))


_ACTIONS: Mapping[str, Callable[[Part], Action]] = {
    "approval": _approval,
    "task": _task,
    "condition": _branches,
    "parallel": _branches,
    "inclusive": _branches,
    "wait": _wait,
    "update": _write,
    "create": _create,
    "transition": _move,
    "hand_over": _handing_over,
    "notify": _notify,
    "call": _call,
    "flow": _subflow,
    "for_each": _subflow,
    "end": _end,
}


def _formulas(part: Part, key: str) -> Mapping[str, Formula]:
    found = {name: part.context.formula(part.document, (*part.path, key, name)) for name, _ in part.entries(key)}
    return MappingProxyType({name: formula for name, formula in found.items() if formula is not None})


def _texts(part: Part, key: str) -> Mapping[str, str]:
    return MappingProxyType({name: str(value) for name, value in part.entries(key)})


def _path(part: Part, key: str) -> tuple[str, ...]:
    written = part.text(key)
    return tuple(written.split(".")) if written else ()


def _term(part: Part, key: str) -> Term | None:
    """A term as written: `30m`, `8h`, `2d` of working time, `48h always` of any."""
    written = part.text(key)
    if not written:
        return None
    length, _, always = written.partition(" ")
    number, unit = int(length[:-1]), length[-1]
    return Term(
        minutes=number if unit == "m" else 0,
        hours=number if unit == "h" else 0,
        days=number if unit == "d" else 0,
        working=not always,
    )


def _minutes(written: str) -> int:
    return int(written[:-1]) * _MINUTES[written[-1]]
