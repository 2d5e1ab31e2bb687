"""What people do to flows: each act is checked against the task that was asked of them, signed, and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from engine.diagnostics import Message
from engine.model.errors import BadRequest, FieldProblem, NotFound, UnknownField, ValidationFailed
from engine.model.flows import START, Approval, Flow, Need, Step, Task
from engine.model.names import empty_map
from engine.model.replacing import replaced
from engine.runtime.attachments import NewFile, has_attached, keep_file
from engine.runtime.instants import to_micros
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.records.parsing import unseen_references
from engine.runtime.records.stored import stored_row
from engine.runtime.records.writing import update
from engine.runtime.work import Work
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_answers import Answer, note_answer
from engine.runtime.workflow.flow_driver import asked_now, go_on, locked, remark, stored_version, text_of_instance
from engine.runtime.workflow.flow_events import (
    Added,
    Decided,
    FlowEvent,
    Picked,
    Removed,
    Resubmitted,
    Returned,
    TakenBack,
    Transferred,
    Withdrawn,
)
from engine.runtime.workflow.flow_instances import Instance, Note
from engine.runtime.workflow.flow_offers import may_take_back, removable, returns
from engine.runtime.workflow.flow_picking import checked_picks
from engine.runtime.workflow.flow_reading import Sight, seen_instance
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_state import Slot, Token
from engine.runtime.workflow.flow_tasks import FlowTask, close, copy_to, task
from engine.runtime.workflow.flow_telling import announce
from engine.runtime.workflow.flow_timers import remind
from engine.runtime.workflow.reaching import check_reach, known_people

LONGEST_COMMENT = 4000
RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Given:
    """What came along with an act: words, values of fields, people, a step, a file."""

    comment: str = ""
    values: Mapping[str, object] = field(default_factory=empty_map)
    people: tuple[int, ...] = ()
    step: str = ""
    straight: bool = False
    file: NewFile | None = None
    slot: int = 0


@dataclass(frozen=True, slots=True)
class _At:
    """Where somebody acts: their task, its instance, flow, step, token and slot."""

    task: FlowTask
    row: Instance
    flow: Flow
    step: Step | None
    token: Token
    slot: Slot


def approve(work: Work, identity: int, given: Given) -> Instance:
    """Approve, or do a task. Raises NotFound, FlowRefused, ValidationFailed."""
    return _decide(work, identity, given, approved=True)


def reject(work: Work, identity: int, given: Given) -> Instance:
    return _decide(work, identity, given, approved=False)


def add(work: Work, identity: int, given: Given, where: str) -> Instance:
    """前加签, 后加签, 并加签: `where` is before, after or parallel."""
    at = _at(work, identity)
    _allowed(at, f"add_{where}")
    people = _reachable(work, at, given.people)
    return _act(work, at, Added(at.token.id, at.slot.id, _me(work), where, people), given, "added")


def remove(work: Work, identity: int, given: Given, token: int) -> Instance:
    """减签: take somebody out again whom one had added, also while one waits for them; `identity` is the instance."""
    row, flow = _instance(work, identity)
    standing = row.state.token(token)
    if standing is None:
        raise FlowRefused("stale")
    if given.slot not in {one.id for one in removable(flow, standing, _me(work))}:
        raise FlowRefused("not_added_by_you")
    note = Note(actor=_me(work), step=standing.step, comment=_words(given))
    return go_on(work, row, flow, Removed(standing.id, given.slot, _me(work)), note)


def transfer(work: Work, identity: int, given: Given) -> Instance:
    """转交: pass one's task on."""
    at = _at(work, identity)
    _allowed(at, "transfer")
    people = _reachable(work, at, given.people)
    if len(people) != 1:
        raise BadRequest(Message("请选择一个人", "Choose one person"), field="people")
    return _act(work, at, Transferred(at.token.id, at.slot.id, _me(work), people[0]), given, "transferred")


def send_back(work: Work, identity: int, given: Given) -> Instance:
    """退回: to the step before, an earlier one, or the initiator."""
    at = _at(work, identity)
    _allowed(at, "return")
    if given.step not in returns(at.flow, at.row.state, at.token):
        raise FlowRefused("not_there")
    _check_words(at, given, refusal=True)
    _keep_file(work, at, given, refusal=True)
    straight = (given.straight and _resume(at) != "rerun") or _resume(at) == "straight"
    event = Returned(at.token.id, at.slot.id, _me(work), given.step, straight)
    return _act(work, at, event, given, RETURNED)


def resubmit(work: Work, identity: int, given: Given) -> Instance:
    """The initiator hands in what was sent back, revised."""
    at = _at(work, identity)
    if at.token.step != START:
        raise FlowRefused("not_allowed")
    return _act(work, at, Resubmitted(at.token.id, _me(work)), given, "resubmitted")


def pick(work: Work, identity: int, given: Given) -> Instance:
    """Choose who answers a step; `identity` is the task that asks for it."""
    found = _own_task(work, identity)
    row, flow = locked(work, found.instance)
    token = row.state.token(found.token)
    if token is None or not token.unpicked:
        raise FlowRefused("stale")
    people = checked_picks(work, step_of(flow, token.step), given.people)
    close(work, found, "picked")
    note = Note(actor=_me(work), step=token.step, comment=_words(given))
    return go_on(work, row, flow, Picked(token.id, _me(work), people), note)


def take_back(work: Work, identity: int, given: Given) -> Instance:
    """撤回 by whoever decided last, before the next one acts; `identity` is the instance."""
    row, flow = _instance(work, identity)
    if not may_take_back(flow, row.state, _me(work)):
        raise FlowRefused("acted_since")
    return go_on(work, row, flow, TakenBack(_me(work)), Note(actor=_me(work), comment=_words(given)))


def withdraw(work: Work, identity: int, given: Given) -> Instance:
    """撤回 by the initiator; `identity` is the instance."""
    row, flow = _instance(work, identity)
    return go_on(work, row, flow, Withdrawn(_me(work)), Note(actor=_me(work), comment=_words(given)))


def urge(work: Work, identity: int, given: Given) -> Instance:
    """催办: remind those who are waited for, not more often than the flow says."""
    row, flow = _instance(work, identity)
    now = to_micros(work.context.now)
    rest = timedelta(minutes=flow.urge_minutes) // timedelta(microseconds=1)
    if row.urged_at is not None and now < row.urged_at + rest:
        raise FlowRefused("too_soon")
    if _me(work) != row.initiator and not _takes_part(work, row):
        raise FlowRefused("not_yours")
    for token in row.state.tokens:
        remind(work, row, token, NoticeKind.URGE)
    urged = replaced(row, urged_at=now)
    remark(work, urged, "urged", Note(actor=_me(work), comment=_words(given)))
    return urged


def copy(work: Work, identity: int, given: Given) -> Instance:
    """抄送: let others read; only those who may read the record get it."""
    row, _ = _instance(work, identity)
    if not _takes_part(work, row):
        raise FlowRefused("not_yours")
    people = known_people(work, given.people)
    announce(work, row, copy_to(work, row, "", people))
    remark(work, row, "copied", Note(actor=_me(work), comment=_words(given)))
    return row


def comment(work: Work, identity: int, given: Given) -> Instance:
    """A remark that everybody sees who may read the record."""
    row, _ = _instance(work, identity)
    words = _words(given)
    if not words:
        raise FlowRefused("needs_comment")
    remark(work, row, "commented", Note(actor=_me(work), comment=words))
    return row


def _decide(work: Work, identity: int, given: Given, approved: bool) -> Instance:
    at = _at(work, identity)
    if at.token.step == START or at.step is None:
        raise FlowRefused("not_allowed")
    _check_words(at, given, refusal=not approved)
    _keep_file(work, at, given, refusal=not approved)
    _write_values(work, at, given, approved)
    version = _signed_version(work, at)
    close(work, at.task, "approved" if approved else "rejected")
    note_answer(work, Answer(at.flow, at.step, at.row, at.task, "approved" if approved else "rejected"))
    event = Decided(at.token.id, at.slot.id, _me(work), approved)
    return go_on(work, at.row, at.flow, event, replaced(_note(work, at, given), version=version))


def _act(work: Work, at: _At, event: FlowEvent, given: Given, outcome: str) -> Instance:
    """Let an act happen that ends one's task, or hands it on."""
    close(work, at.task, outcome)
    if outcome == RETURNED and at.step is not None:
        note_answer(work, Answer(at.flow, at.step, at.row, at.task, outcome))
    return go_on(work, at.row, at.flow, event, _note(work, at, given))


def _at(work: Work, identity: int) -> _At:
    """Where the caller's task stands. Raises NotFound for a task of others, FlowRefused for one that is closed."""
    found = _own_task(work, identity)
    row, flow = locked(work, found.instance)
    token = row.state.token(found.token)
    slot = token.slot(found.slot) if token is not None else None
    if token is None or slot is None:
        raise FlowRefused("stale")
    return _At(found, row, flow, step_of(flow, token.step), token, slot)


def _own_task(work: Work, identity: int) -> FlowTask:
    """An open task of the caller's. Raises NotFound for a task of others, FlowRefused for one that is closed."""
    found = task(work.session, identity)
    if found is None or found.user != _me(work):
        raise NotFound
    if found.closed_at is not None:
        raise FlowRefused("stale")
    return found


def _instance(work: Work, identity: int) -> tuple[Instance, Flow]:
    """An instance that the caller sees whole. Raises NotFound, FlowRefused."""
    row, sight = seen_instance(work, identity, lock=True)
    if sight is not Sight.WHOLE:
        raise NotFound
    return row, text_of_instance(work, row)


def _allowed(at: _At, action: str) -> None:
    if at.step is None or not isinstance(at.step.action, Approval) or action not in at.step.action.actions:
        raise FlowRefused("not_allowed")


def _resume(at: _At) -> str:
    return at.step.action.resume if at.step is not None and isinstance(at.step.action, Approval) else "rerun"


def _check_words(at: _At, given: Given, refusal: bool) -> None:
    """A comment where the step demands one."""
    approval = _approval(at)
    if approval is not None and _demanded(approval.comment, refusal) and not given.comment.strip():
        raise ValidationFailed((FieldProblem("comment", "required", Message("请写明意见", "Please say why")),))


def _keep_file(work: Work, at: _At, given: Given, refusal: bool) -> None:
    """Keep the file that came along, with the record. Where the step demands one, one that its person has attached since
    they were asked will do. Raises FlowRefused where the step takes no files, BadFile, ValidationFailed.
    """
    approval = _approval(at)
    if given.file is not None:
        if approval is None or approval.attachment is Need.NEVER:
            raise FlowRefused("not_allowed")
        keep_file(work, at.row.entity, at.row.record, given.file)
        return
    demanded = approval is not None and _demanded(approval.attachment, refusal)
    if demanded and not has_attached(work, at.row.entity, at.row.record, at.task.opened_at):
        raise ValidationFailed((FieldProblem("file", "required", Message("请附上文件", "Please attach a file")),))


def _approval(at: _At) -> Approval | None:
    return at.step.action if at.step is not None and isinstance(at.step.action, Approval) else None


def _demanded(need: Need, refusal: bool) -> bool:
    return need is Need.ALWAYS or (need is Need.ON_REFUSAL and refusal)


def _write_values(work: Work, at: _At, given: Given, approved: bool) -> None:
    """Write what came along into the fields that the step lets its people write, and see that what it requires is there.

    It is written with the flow's right; reading is the person's own. Raises UnknownField, ValidationFailed.
    """
    action = at.step.action if at.step is not None else None
    if not isinstance(action, Approval | Task):
        return
    open_fields = {*action.write, *action.require}
    for name in given.values:
        if name not in open_fields:
            raise UnknownField(name)
    entity = work.model.entities[at.row.entity]
    if given.values:
        update(acting(work, at.flow, at.row.id), at.row.entity, at.row.record, given.values)
        unseen = tuple(unseen_references(work, entity, given.values))
        if unseen:
            raise ValidationFailed(unseen)
    if not approved or not action.require:
        return
    values = stored_row(work, entity, at.row.record).values
    missing = [name for name in action.require if values.get(name) in (None, ())]
    if missing:
        words = {name: entity.fields[name].label for name in missing}
        raise ValidationFailed(
            tuple(
                FieldProblem(
                    name, "required", Message(f"请填写{label.text('zh')}", f"Please fill in {label.text('en')}")
                )
                for name, label in words.items()
            )
        )


def _signed_version(work: Work, at: _At) -> int:
    """The version of the record that is decided on: as it was handed in, or as it stands."""
    return at.row.version if at.flow.view == "snapshot" else stored_version(work, at.row.entity, at.row.record)


def _takes_part(work: Work, row: Instance) -> bool:
    """Whether the caller started the flow, or is or was asked by it."""
    if _me(work) == row.initiator or any(one.user == _me(work) for one in asked_now(work, row)):
        return True
    return any(_me(work) in one.approved_by for one in row.state.finished)


def _reachable(work: Work, at: _At, people: Sequence[int]) -> tuple[int, ...]:
    """The people chosen, as far as the step lets its people reach. Raises FlowRefused, BadRequest."""
    if at.step is None or not isinstance(at.step.action, Approval):
        raise FlowRefused("not_allowed")
    return check_reach(work, at.step.action.reach, people)


def _note(work: Work, at: _At, given: Given) -> Note:
    return Note(actor=_me(work), behalf=at.slot.behalf or None, step=at.token.step, comment=_words(given))


def _words(given: Given) -> str | None:
    words = given.comment.strip()
    if len(words) > LONGEST_COMMENT:
        raise BadRequest(
            Message(f"意见最多 {LONGEST_COMMENT} 字", f"A comment has at most {LONGEST_COMMENT} characters"),
            field="comment",
        )
    return words or None


def _me(work: Work) -> int:
    return work.context.principal.user_id
