"""Flows as one reader is shown them: built from the stored instance, its log and the reader's own task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.model.flows import START, Approval, Branches, Flow, Step, Task
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import from_micros
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import asked_now, stands_at
from engine.runtime.workflow.flow_events import Added, Decided, Failed, Picked, Returned, Transferred
from engine.runtime.workflow.flow_instances import Instance, LogEntry, flow_of, instances_of, log_of
from engine.runtime.workflow.flow_offers import may_take_back, may_withdraw, offers, removable, returns
from engine.runtime.workflow.flow_picking import pickable
from engine.runtime.workflow.flow_reading import Sight
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_signatures import verified
from engine.runtime.workflow.flow_state import UNPICKED, SlotStatus, Token
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind
from engine.runtime.workflow.phrases import phrases_of
from engine.runtime.workflow.reaching import people_in_reach
from engine.widgets.contract import Scene
from engine.widgets.flow_parts import AddedPerson, Choice, FlowMoment, FlowStage, FlowTurn, FlowView
from engine.widgets.formats import format_instant, in_sentence

MOST_SHOWN = 20
"""Flows of a record that its page shows."""
_OUTCOMES = {
    "approved": ("已通过", "Approved", "success"),
    "done": ("已完成", "Done", "success"),
    "rejected": ("已拒绝", "Rejected", "danger"),
    "withdrawn": ("已撤回", "Withdrawn", "neutral"),
    "terminated": ("已终止", "Ended", "neutral"),
}
_WORDS: Mapping[str, tuple[str, str, str]] = {
    "started": ("发起", "started it", "info"),
    "removed": ("减签", "took somebody out", "neutral"),
    "resubmitted": ("重新提交", "submitted it again", "info"),
    "takenback": ("撤回了自己的审批", "took the decision back", "warning"),
    "withdrawn": ("撤回", "withdrew it", "warning"),
    "terminated": ("终止", "ended it", "danger"),
    "jumped": ("跳转", "moved it", "warning"),
    "failed": ("出错", "failed", "danger"),
    "retried": ("重试", "tried again", "info"),
    "resent": ("再次发送", "sent it again", "info"),
    "passed": ("放行", "let it pass", "warning"),
    "rung": ("超时处理", "was late", "warning"),
    "reminded": ("到期提醒", "was reminded", "neutral"),
    "urged": ("催办", "reminded", "neutral"),
    "copied": ("抄送", "sent copies", "neutral"),
    "commented": ("评论", "commented", "neutral"),
}
_ADDED = {
    "before": ("前加签", "asked before"),
    "after": ("同意并后加签", "approved, then asked"),
    "parallel": ("并加签", "asked beside"),
}


def record_flows(work: Work, scene: Scene) -> tuple[FlowView, ...]:
    """The flows about the scene's record, newest first."""
    if scene.entity is None or scene.record is None:
        return ()
    found = instances_of(work.session, scene.entity.name, scene.record.id, MOST_SHOWN)
    names, telling = Names(work), Telling(Sight.WHOLE)
    views = (
        flow_view(work, scene, row, names, telling if at == 0 or row.ended_at is None else SHORT)
        for at, row in enumerate(found)
    )
    return tuple(view for view in views if view is not None)


@dataclass(frozen=True, slots=True)
class Telling:
    """How much of a flow is told: what the reader sees of it, its course of events or not, signatures checked or not."""

    sight: Sight
    moments: bool = True
    checked: bool = False


SHORT = Telling(Sight.WHOLE, moments=False)


class Names:
    """The names of people, each looked up once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[int, str] = {}

    def of(self, user: int | None) -> str:
        if not user:
            return "系统" if self._work.context.language == "zh" else "System"
        if user not in self._known:
            found = user_by_id(self._work.session, user)
            self._known[user] = found.called(self._work.context.language) if found is not None else "—"
        return self._known[user]

    def all(self, users: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.of(one) for one in users))


def flow_view(work: Work, scene: Scene, row: Instance, names: Names, telling: Telling) -> FlowView | None:
    """One flow, as much as the reader sees of it; None where its text no longer fits and nothing can be said of its steps."""
    flow = flow_of(work, row)
    if flow is None:
        return None
    zh = scene.language == "zh"
    words = _OUTCOMES.get(row.outcome or "")
    tasks = asked_now(work, row) if row.ended_at is None else []
    mine = [one for one in tasks if one.user == scene.user_id]
    failed = next((one for one in row.state.tokens if one.broken), None)
    waiting = [one.user for one in tasks]
    log = log_of(work.session, row.id) if telling.moments else []
    return FlowView(
        id=encode_id(row.id),
        label=scene.words(flow.label),
        words=(words[0] if zh else words[1]) if words else _stage_words(flow, row, scene),
        tone=words[2] if words else "danger" if failed else "warning",
        running=row.ended_at is None,
        waiting=names.all(waiting),
        stages=_stages(flow, row, scene, names),
        moments=_moments(work, flow, row, log, scene, names, telling),
        acts=_acts(flow, row, scene.user_id, failed is not None),
        added=tuple(
            AddedPerson(token.id, slot.id, names.of(slot.user))
            for token in row.state.tokens
            for slot in removable(flow, token, scene.user_id)
        ),
        turn=_turn(work, flow, row, mine[0], scene, names) if mine else None,
        problem=_problem(failed, scene, log, telling.sight) if failed else "",
        failed_token=failed.id if failed else 0,
        started=format_instant(from_micros(row.started_at), scene.language, scene.now, scene.zone),
        initiator=names.of(row.initiator),
    )


def step_words(flow: Flow, step: str, scene: Scene) -> str:
    """What a step is called."""
    if step == START:
        return "发起人修改" if scene.language == "zh" else "Revising"
    found = step_of(flow, step)
    return scene.words(found.label) if found else step


def due_words(due: int | None, scene: Scene) -> tuple[str, bool]:
    """When something is due, in words, and whether that has passed."""
    if due is None:
        return "", False
    at = from_micros(due)
    late = at < scene.now
    when = in_sentence(format_instant(at, scene.language, scene.now, scene.zone))
    return (f"已超时 {when}" if late else f"{when} 前") if scene.language == "zh" else (
        f"late since {when}" if late else f"by {when}"
    ), late


def _stage_words(flow: Flow, row: Instance, scene: Scene) -> str:
    at = [step_words(flow, one, scene) for one in stands_at(row)]
    return "、".join(at) if scene.language == "zh" else ", ".join(at)


def _acts(flow: Flow, row: Instance, user: int, failed: bool) -> tuple[str, ...]:
    if row.ended_at is not None:
        return ()
    found = []
    if may_take_back(flow, row.state, user):
        found.append("take_back")
    if may_withdraw(flow, row.state, user):
        found.append("withdraw")
    waits = any(slot.status is SlotStatus.ACTIVE for token in row.state.tokens for slot in token.slots)
    if user == row.initiator and waits:
        found.append("urge")
    if failed and user == row.initiator:
        found.append("retry")
    return tuple(found)


def _stages(flow: Flow, row: Instance, scene: Scene, names: Names) -> tuple[FlowStage, ...]:
    """The steps that people answer: those done, those at which it stands, those to come outside of forks."""
    done = {one.step for one in row.state.finished}
    at = {token.step: token for token in row.state.tokens}
    found = []
    for step in _asking(flow.steps, done | at.keys()):
        token = at.get(step.id)
        position = "current" if token else "done" if step.id in done or row.outcome in {"approved", "done"} else "ahead"
        waiting = [slot.user for slot in token.slots if slot.status is SlotStatus.ACTIVE] if token else []
        found.append(FlowStage(scene.words(step.label), position, names.all(waiting)))
    revising = START in at
    begun = step_words(flow, START, scene) if revising else "发起" if scene.language == "zh" else "Started"
    first = FlowStage(begun, "current" if revising else "done", names.all([row.initiator]))
    return (first, *found)


def _asking(steps: tuple[Step, ...], met: set[str] | frozenset[str]) -> Iterable[Step]:
    for step in steps:
        if isinstance(step.action, Approval | Task):
            yield step
        elif isinstance(step.action, Branches):
            for branch in step.action.branches:
                yield from (one for one in _asking(branch.steps, met) if one.id in met)


def _turn(work: Work, flow: Flow, row: Instance, task: FlowTask, scene: Scene, names: Names) -> FlowTurn | None:
    token = row.state.token(task.token)
    if token is None:
        return None
    step = step_of(flow, token.step)
    due, late = due_words(task.due_at, scene)
    if task.kind is TaskKind.PICK:
        choices = tuple(Choice(encode_id(one), names.of(one)) for one in pickable(work, step))
        return FlowTurn(
            encode_id(task.id), task.kind, step_words(flow, token.step, scene), "", due, late, ("pick",), people=choices
        )
    action = step.action if step is not None else None
    slot = token.slot(task.slot)
    offered = offers(flow, row.state, token, scene.user_id)
    asking = action if isinstance(action, Approval) else None
    reaches = asking is not None and bool({"transfer", "add_before", "add_after", "add_parallel"} & set(offered))
    people = people_in_reach(work, asking.reach) if asking is not None and reaches else ()
    writable = (*action.write, *action.require) if isinstance(action, Approval | Task) else ()
    fields = scene.entity.fields if scene.entity is not None else {}
    return FlowTurn(
        task=encode_id(task.id),
        kind=task.kind,
        step=step_words(flow, token.step, scene),
        hint=scene.words(action.hint) if isinstance(action, Task) else "",
        due=due,
        late=late,
        offers=offered,
        fields=tuple(fields[name] for name in dict.fromkeys(writable) if name in fields),
        required=frozenset(action.require) if isinstance(action, Approval | Task) else frozenset(),
        returns=tuple(Choice(one, step_words(flow, one, scene)) for one in returns(flow, row.state, token)),
        chooses_way=asking is not None and asking.resume == "choose",
        people=tuple(Choice(encode_id(one), names.of(one)) for one in people),
        comment=str(asking.comment) if asking is not None else "",
        attachment=str(asking.attachment) if asking is not None else "never",
        phrases=phrases_of(work.session, scene.user_id, scene.language),
        behalf=names.of(slot.behalf) if slot is not None and slot.behalf else "",
    )


def _problem(token: Token, scene: Scene, log: Sequence[LogEntry], sight: Sight) -> str:
    """What went wrong, in the words of the error where the log has them and the reader sees them."""
    for entry in reversed(log) if sight is Sight.WHOLE else ():
        if entry.kind == "failed" and entry.step == token.step and entry.comment:
            return entry.comment
    zh = {"nobody": "找不到处理人"}.get(token.problem, token.problem)
    en = {"nobody": "nobody could be found to answer"}.get(token.problem, token.problem)
    return f"这一步没有完成：{zh}" if scene.language == "zh" else f"This step did not succeed: {en}"


def _moments(
    work: Work, flow: Flow, row: Instance, log: Sequence[LogEntry], scene: Scene, names: Names, telling: Telling
) -> tuple[FlowMoment, ...]:
    found = []
    for entry in log:
        told = _moment(flow, entry, scene, names)
        if told is not None:
            verdict = verified(work, row, entry) if telling.checked else None
            comment = told.comment if telling.sight is Sight.WHOLE else ""
            found.append(replace(told, comment=comment, verdict=verdict or ""))
    return tuple(found)


def _moment(flow: Flow, entry: LogEntry, scene: Scene, names: Names) -> FlowMoment | None:
    """An entry of the log as people read it; steps that the flow takes by itself are left out."""
    zh = scene.language == "zh"
    match entry.event:
        case Decided(approved=approved):
            words = ("同意", "approved", "success") if approved else ("拒绝", "rejected", "danger")
        case Added(where=where, people=people):
            who = ("、" if zh else ", ").join(names.all(people))
            words = (f"{_ADDED[where][0]} {who}", f"{_ADDED[where][1]} {who}", "info")
        case Transferred(user=user, reassigned=reassigned):
            to = names.of(user)
            words = (
                f"{'改派' if reassigned else '转交'}给 {to}",
                f"{'reassigned' if reassigned else 'passed'} it to {to}",
                "info",
            )
        case Picked(people=people):
            who = ("、" if zh else ", ").join(names.all(people))
            words = (f"指定由 {who} 处理", f"chose {who} to answer", "info")
        case Failed(problem=problem) if problem == UNPICKED:
            return None
        case Returned(step=step):
            to = step_words(flow, step, scene)
            words = (f"退回到 {to}", f"returned it to {to}", "warning")
        case _:
            found = _WORDS.get(entry.kind)
            if found is None:
                return None
            words = found
    at: datetime = from_micros(entry.at)
    who = names.of(entry.actor)
    if entry.behalf:
        who = f"{who}（代 {names.of(entry.behalf)}）" if zh else f"{who} (for {names.of(entry.behalf)})"
    return FlowMoment(
        who=who,
        what=words[0] if zh else words[1],
        step=step_words(flow, entry.step, scene) if entry.step else "",
        when=format_instant(at, scene.language, scene.now, scene.zone),
        exact=at.isoformat(),
        comment=entry.comment or "",
        tone=words[2],
        seal=(entry.signature or "")[:16],
    )
