"""Lines of the inbox: what waits, in the words that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.diagnostics import Message
from engine.model.inbox import InboxKind
from engine.model.requests import Record
from engine.model.twofold import told_in
from engine.runtime.identifiers import encode_id
from engine.runtime.inbox.entries import APPROVAL, FLOW, Entry
from engine.runtime.instants import from_micros
from engine.runtime.work import Work
from engine.runtime.workflow.flow_formulas import SCALE
from engine.runtime.workflow.flow_reading import Subject, with_subjects
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind
from engine.web.flow_views import due_words, step_words
from engine.widgets.cells import cell
from engine.widgets.contract import Scene
from engine.widgets.formats import format_date, format_instant, format_money, in_sentence
from engine.widgets.identifiers import record_link
from engine.widgets.inbox_parts import InboxAct, InboxLine

_TASKS = {
    TaskKind.APPROVAL: Message("审批", "Approval"),
    TaskKind.TASK: Message("办理", "Task"),
    TaskKind.REVISE: Message("退回修改", "Revise"),
    TaskKind.PICK: Message("指定处理人", "Choose who answers"),
    TaskKind.COPY: Message("抄送", "Copy"),
}
_OUTCOMES = {
    "approved": (Message("已同意", "Approved"), "success"),
    "rejected": (Message("已拒绝", "Rejected"), "danger"),
    "picked": (Message("已指定", "Chosen"), "success"),
    "read": (Message("已读", "Read"), "neutral"),
    "dropped": (Message("无需处理", "No longer asked"), "neutral"),
}
_DECISIONS = (
    ("approve", Message("同意", "Approve"), "success", "a"),
    ("reject", Message("拒绝", "Reject"), "danger", "r"),
)
_KEYS = "adcf"


def kind_label(work: Work, scene: Scene, name: str, kind: InboxKind | None = None) -> str:
    """What a kind is called: those of flows have names of ours."""
    if name in {APPROVAL, FLOW}:
        return _TASKS[TaskKind.APPROVAL if name == APPROVAL else TaskKind.TASK].text(scene.language)
    return scene.words(kind.label) if kind is not None else name


def entry_lines(work: Work, scene: Scene, entries: Iterable[Entry]) -> list[InboxLine]:
    """Lines of what waits."""
    return [one for entry in entries if (one := _entry_line(work, scene, entry)) is not None]


def task_lines(work: Work, scene: Scene, tasks: Sequence[FlowTask]) -> list[InboxLine]:
    """Lines of tasks of flows that somebody was told or has answered; a flow that is not theirs to see any more is left out."""
    told = ((one, subject) for one, subject in with_subjects(work, tasks) if subject.readable)
    return [task_line(work, scene, one, subject) for one, subject in told]


def task_line(work: Work, scene: Scene, one: FlowTask, subject: Subject) -> InboxLine:
    flow = work.model.flows.get(one.flow)
    open_now = one.closed_at is None
    due, late = due_words(one.due_at, scene) if open_now else ("", False)
    words = _OUTCOMES.get(one.outcome or "")
    decides = open_now and one.kind is TaskKind.APPROVAL
    step = step_words(flow, one.step, scene) if flow and one.step else ""
    about = (scene.words(flow.label) if flow else one.flow, step)
    return InboxLine(
        url=f"/flows/{encode_id(one.instance)}",
        title=told_in(subject.title, scene.language),
        kind=_TASKS[one.kind].text(scene.language),
        about=" · ".join(part for part in about if part),
        when=moment_words(one.closed_at or one.opened_at, scene),
        due=due,
        late=late,
        amount=amount_words(subject.amount, scene),
        badge=words[0].text(scene.language) if words else "",
        tone=words[1] if words else "neutral",
        item=f"{APPROVAL}:{encode_id(one.id)}" if decides else "",
        read=encode_id(one.id) if open_now and one.kind is TaskKind.COPY else "",
        acts=tuple(InboxAct(name, label.text(scene.language), tone, key) for name, label, tone, key in _DECISIONS)
        if decides
        else (),
    )


def moment_words(at: int, scene: Scene) -> str:
    return format_instant(from_micros(at), scene.language, scene.now, scene.zone)


def amount_words(scaled: int | None, scene: Scene) -> str:
    return "" if scaled is None else format_money(Decimal(scaled).scaleb(-SCALE), scene.language)


def _entry_line(work: Work, scene: Scene, entry: Entry) -> InboxLine | None:
    if entry.task is not None and entry.subject is not None:
        return task_line(work, scene, entry.task, entry.subject)
    return _row_line(scene, entry.row, entry.declared) if entry.row is not None and entry.declared is not None else None


def _row_line(scene: Scene, row: Record, kind: InboxKind) -> InboxLine:
    entity = scene.model.entities[kind.entity]
    due, late, soon = _due(row.cells.get(kind.due), scene) if kind.due else ("", False, False)
    amount = entity.fields[kind.amount] if kind.amount else None
    shown = [_shown(row, path, scene) for path in kind.show]
    return InboxLine(
        url=record_link(entity.name, row.id),
        title=_shown(row, (entity.title,), scene) or scene.words(entity.label),
        kind=scene.words(kind.label),
        about=" · ".join(one for one in shown if one),
        due=due,
        late=late,
        soon=soon,
        amount=cell(row, (amount.name,), amount, scene).text if amount and amount.name in row.cells else "",
        item=f"{kind.name}:{encode_id(row.id)}" if kind.acts else "",
        acts=tuple(InboxAct(one.id, scene.words(one.label), one.tone, _KEYS[at]) for at, one in enumerate(kind.acts)),
    )


def _shown(row: Record, path: tuple[str, ...], scene: Scene) -> str:
    """A cell in words; nothing for one that is empty or not the reader's."""
    name, field = ".".join(path), scene.model.field(row.entity, path)
    if field is None or row.cells.get(name) in (None, "", ()):
        return ""
    return cell(row, path, field, scene).text


def _due(at: object, scene: Scene) -> tuple[str, bool, bool]:
    """A term in words, whether it has passed, and whether it is today."""
    zh = scene.language == "zh"
    if isinstance(at, datetime):
        words = in_sentence(format_instant(at, scene.language, scene.now, scene.zone))
        late = at < scene.now
        return (
            (f"{words} 到期" if zh else f"due {words}"),
            late,
            not late and at.astimezone(ZoneInfo(scene.zone)).date() == scene.today,
        )
    if not isinstance(at, date):
        return "", False, False
    days = (at - scene.today).days
    if days < 0:
        return (f"逾期 {-days} 天" if zh else f"{-days} d overdue"), True, False
    if days == 0:
        return ("今天到期" if zh else "due today"), False, True
    if days == 1:
        return ("明天到期" if zh else "due tomorrow"), False, False
    words = format_date(at, scene.language, scene.today)
    return (f"{words} 到期" if zh else f"due {words}"), False, False
