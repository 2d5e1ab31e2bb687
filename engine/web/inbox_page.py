"""The inbox: what waits for the reader, what they have started, what they were told, what they have answered; in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.instants import from_micros
from engine.runtime.notices import mark_read, notices_for
from engine.runtime.work import Work
from engine.runtime.workflow.flow_acts import act_on_task
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_formulas import SCALE
from engine.runtime.workflow.flow_instances import instances_page
from engine.runtime.workflow.flow_reading import Subject, subjects
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind, answered_tasks, copies, open_tasks
from engine.web.calls import Call
from engine.web.flow_views import due_words, step_words
from engine.web.responses import see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.contract import Scene
from engine.widgets.formats import format_instant, format_money

LIMIT = 100
BATCH = frozenset({"approve", "reject"})
TABS = (
    ("waiting", Message("待我处理", "Waiting for me")),
    ("copies", Message("抄送我的", "Copies")),
    ("started", Message("我发起的", "Started by me")),
    ("answered", Message("我处理过的", "Answered")),
    ("notices", Message("通知", "Notices")),
)
_KINDS = {
    TaskKind.APPROVAL: Message("审批", "Approval"),
    TaskKind.TASK: Message("办理", "Task"),
    TaskKind.REVISE: Message("退回修改", "Revise"),
    TaskKind.COPY: Message("抄送", "Copy"),
}
_OUTCOMES = {
    "approved": (Message("已同意", "Approved"), "success"),
    "rejected": (Message("已拒绝", "Rejected"), "danger"),
    "read": (Message("已读", "Read"), "neutral"),
    "dropped": (Message("无需处理", "No longer asked"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One thing of the inbox, ready to be shown. `task` is set where it can be answered with others."""

    url: str
    title: str
    kind: str
    flow: str
    step: str
    when: str
    due: str = ""
    late: bool = False
    amount: str = ""
    badge: str = ""
    tone: str = "neutral"
    task: str = ""
    read: str = ""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /inbox?tab=…"""
    return _page(work, call, site, "", 200)


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /inbox: the same answer to many tasks, each for itself; or all notices read."""
    form = call.form_first()
    if form.get("act") == "read":
        mark_read(work, work.context.principal.user_id)
        return see_other("/inbox?tab=notices")
    chosen = [decode_id(text) for name, text in call.form if name == "task"]
    name = form.get("act", "")
    if not chosen or name not in BATCH:
        raise BadRequest(Message("请先勾选要处理的事项", "Tick what you want to answer"), field="task")
    refused = 0
    for identity in chosen:
        try:
            with work.session.savepoint():
                act_on_task(work, name, identity, Given(comment=form.get("comment", "")))
        except DougongError:
            refused += 1
    return see_other(f"/inbox?done={len(chosen) - refused}&left={refused}")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    scene = scene_for(work, call)
    tab = call.first.get("tab", "waiting")
    tab = tab if tab in dict(TABS) else "waiting"
    lines = _LINES[tab](work, scene)
    done, left = call.first.get("done", ""), call.first.get("left", "")
    values = {
        "title": Message("待办", "Inbox").text(scene.language),
        "tab": tab,
        "tabs": [(name, label.text(scene.language)) for name, label in TABS],
        "lines": lines,
        "message": message,
        "done": int(done) if done.isdecimal() else 0,
        "left": int(left) if left.isdecimal() else 0,
        "full": len(lines) >= LIMIT,
    }
    return page_response(work, call, site, "inbox.html", values, status=status)


def _waiting(work: Work, scene: Scene) -> list[InboxLine]:
    """What waits, first what is due first, then what was asked first."""
    tasks = open_tasks(work.session, scene.user_id, LIMIT)
    tasks.sort(key=lambda one: (one.due_at is None, one.due_at or 0, -(one.amount or 0), one.opened_at))
    return _task_lines(work, scene, tasks)


def _copies(work: Work, scene: Scene) -> list[InboxLine]:
    return _task_lines(work, scene, copies(work.session, scene.user_id, LIMIT))


def _answered(work: Work, scene: Scene) -> list[InboxLine]:
    return _task_lines(work, scene, answered_tasks(work.session, scene.user_id, LIMIT))


def _started(work: Work, scene: Scene) -> list[InboxLine]:
    found = instances_page(work.session, {"initiator": scene.user_id}, LIMIT)
    told = subjects(work, found)
    lines = []
    for row in found:
        flow = work.model.flows.get(row.flow)
        ended = {"approved": "success", "done": "success", "rejected": "danger"}.get(row.outcome or "", "neutral")
        words = _ENDS.get(row.outcome or "")
        lines.append(
            InboxLine(
                url=f"/flows/{encode_id(row.id)}",
                title=told[row.flow, row.record].title,
                kind="",
                flow=scene.words(flow.label) if flow else row.flow,
                step="",
                when=_when(row.started_at, scene),
                amount=_amount(told[row.flow, row.record].amount, scene),
                badge=words.text(scene.language) if words else Message("进行中", "Running").text(scene.language),
                tone=ended if words else "danger" if row.problem else "warning",
            )
        )
    return lines


_ENDS = {
    "approved": Message("已通过", "Approved"),
    "done": Message("已完成", "Done"),
    "rejected": Message("已拒绝", "Rejected"),
    "withdrawn": Message("已撤回", "Withdrawn"),
    "terminated": Message("已终止", "Ended"),
}


def _notices(work: Work, scene: Scene) -> list[InboxLine]:
    zh = scene.language == "zh"
    kinds = {"reminder": "催办" if zh else "Reminder", "notify": "通知" if zh else "Notice"}
    return [
        InboxLine(
            url=f"/r/{one.message.entity}/{encode_id(one.message.record)}" if one.message.entity else "/inbox",
            title=one.message.title,
            kind=kinds.get(one.message.kind, one.message.kind),
            flow="",
            step=one.message.body,
            when=_when(one.made_at, scene),
            badge="" if one.read_at else ("未读" if zh else "New"),
            tone="info",
        )
        for one in notices_for(work.session, scene.user_id, LIMIT)
    ]


def _task_lines(work: Work, scene: Scene, tasks: Sequence[FlowTask]) -> list[InboxLine]:
    told = subjects(work, tasks)
    return [_line(work, scene, one, told[one.flow, one.record]) for one in tasks]


def _line(work: Work, scene: Scene, one: FlowTask, subject: Subject) -> InboxLine:
    flow = work.model.flows.get(one.flow)
    due, late = due_words(one.due_at, scene) if one.closed_at is None else ("", False)
    words = _OUTCOMES.get(one.outcome or "")
    return InboxLine(
        url=f"/flows/{encode_id(one.instance)}",
        title=subject.title,
        kind=_KINDS[one.kind].text(scene.language),
        flow=scene.words(flow.label) if flow else one.flow,
        step=step_words(flow, one.step, scene) if flow and one.step else "",
        when=_when(one.closed_at or one.opened_at, scene),
        due=due,
        late=late,
        amount=_amount(subject.amount, scene),
        badge=words[0].text(scene.language) if words else "",
        tone=words[1] if words else "neutral",
        task=encode_id(one.id) if one.closed_at is None and one.kind is TaskKind.APPROVAL else "",
        read=encode_id(one.id) if one.closed_at is None and one.kind is TaskKind.COPY else "",
    )


def _when(at: int, scene: Scene) -> str:
    return format_instant(from_micros(at), scene.language, scene.now, scene.zone)


def _amount(scaled: int | None, scene: Scene) -> str:
    return "" if scaled is None else format_money(Decimal(scaled).scaleb(-SCALE), scene.language)


_LINES = {
    "waiting": _waiting,
    "copies": _copies,
    "started": _started,
    "answered": _answered,
    "notices": _notices,
}
