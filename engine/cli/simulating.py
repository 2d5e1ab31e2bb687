"""`dougong simulate`: a flow tried on a record that is never committed; the course that it takes, and nothing sent."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import yaml

from engine.application import Installation, bring_up_to_date
from engine.cli.console import Console
from engine.cli.opening import opened
from engine.cli.other_sides import serve_simulator
from engine.cli.people import NoSuchAccount
from engine.diagnostics import DougongError, Message
from engine.installation.demo import service_context
from engine.model.context import Context
from engine.model.flows import Flow
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import User, all_users, user_by_account, user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_simulation import Answer, Simulation, Trial, simulate
from engine.web.flow_courses import CourseLine, course_lines, ending_words

_KEYS = frozenset({"act", "comment", "values", "people", "step", "straight"})


def simulate_flow(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Try a flow; 1 when it fails or does not end. Without a record: the other side of the connector of that name."""
    if given.record is None and given.row is None:
        return serve_simulator(given, settings, console)
    values = _read(given.row) if given.row else {}
    said = _read(given.answers) if given.answers else {}
    with opened(settings) as installation:
        bring_up_to_date(installation)
        flow = installation.models.current().flows.get(given.flow)
        if flow is None:
            raise DougongError(Message(f"没有流程 {given.flow}", f"There is no flow {given.flow}"))
        record = decode_id(given.record) if given.record else None
        context = service_context(installation.workplace, installation.clock.now(), settings.zone)

        def act(work: Work) -> tuple[Simulation, tuple[CourseLine, ...]]:
            users = {user.account: user.id for user in all_users(work.session)}
            answers = {str(step): _answers(step, one, users) for step, one in said.items()}
            starter = _starter(installation, work, flow, given.starter, record, settings.zone)
            found = simulate(work, Trial(flow, starter, record, values, answers))
            names = {user.id: user.label for user in all_users(work.session)}
            return found, course_lines(found, work.model, lambda user: names.get(user, "—"), console.language)

        found, lines = installation.workplace.write(context, act)
    for line in lines:
        about = " · ".join(filter(None, (line.step, ", ".join(line.people), ", ".join(line.more))))
        console.line(f"{line.at.isoformat(timespec='minutes')}  {line.what}  {about}")
    console.line(ending_words(found, flow.name, installation.models.current(), console.language)[0])
    console.result(
        {
            "outcome": found.outcome,
            "standing": list(found.standing),
            "problem": found.problem,
            "course": [
                {"at": one.at.isoformat(), "kind": one.kind, "step": one.step, "entity": one.entity, "words": one.words}
                for one in found.happenings
            ],
        }
    )
    return 0 if found.outcome and not found.problem else 1


def _starter(
    installation: Installation, work: Work, flow: Flow, account: str | None, record: int | None, zone: str
) -> Context:
    """The context of the account named, else of whoever made the record. Raises NoSuchAccount."""
    user = user_by_account(work.session, account) if account else _maker(work.session, flow, record)
    if user is None:
        raise NoSuchAccount(
            Message(
                f"没有账号 {account or ''}，用 --as 写明由谁发起",
                f"There is no account {account or ''}; say with --as who starts it",
            )
        )
    return context_for(work.session, work.model, user, Circumstances(installation.clock.now(), "zh", zone))


def _maker(session: Session, flow: Flow, record: int | None) -> User | None:
    rows = select(session, flow.entity, ("created_by",), {"id": record}) if record else []
    return user_by_id(session, int(str(rows[0][0]))) if rows and rows[0][0] is not None else None


def _read(path: Path) -> Mapping[str, object]:
    """A file of the caller's own: names with values."""
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DougongError(Message(f"读不了 {path}", f"Cannot read {path}")) from error
    if not isinstance(found, Mapping):
        raise DougongError(Message(f"{path} 应为「名称: 值」", f"{path} should be names with values"))
    return found


def _answers(step: object, written: object, users: Mapping[str, int]) -> tuple[Answer, ...]:
    """The answers at a step: one, or several that are given one after the other."""
    found = []
    for one in written if isinstance(written, list) else [written]:
        if not isinstance(one, Mapping) or not one.keys() <= _KEYS:
            keys = ", ".join(sorted(_KEYS))
            raise DougongError(Message(f"步骤 {step} 可写：{keys}", f"The step {step} takes {keys}"))
        people = [users[str(name)] for name in one.get("people", []) if str(name) in users]
        given = Given(
            comment=str(one.get("comment", "")),
            values=one.get("values", {}),
            people=tuple(people),
            step=str(one.get("step", "")),
            straight=one.get("straight") is True,
        )
        found.append(Answer(str(one.get("act", "")), given))
    return tuple(found)
