"""Acting on the inbox: one act on many things that wait, each for itself; what fails says why and keeps the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound, ValidationFailed
from engine.model.inbox import InboxAct, InboxKind
from engine.model.requests import Condition, QueryRequest
from engine.runtime.identifiers import decode_id
from engine.runtime.inbox.entries import APPROVAL
from engine.runtime.inbox.row_entries import kinds_for
from engine.runtime.query.lists import list_records
from engine.runtime.records.assigning import assigned_values
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import update
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_acts import act_on_task
from engine.runtime.workflow.flow_commands import Given

DECISIONS = frozenset({"approve", "reject"})
MOST_AT_ONCE = 200
_GONE = Message("已经不在你的待办里了", "It is no longer in your inbox")


@dataclass(frozen=True, slots=True)
class Order:
    """One act on one thing: the kind, its public id, and what is to be done."""

    kind: str
    id: str
    act: str

    @property
    def item(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an order; `problem` says why it was not done."""

    order: Order
    problem: Message | None = None


def carry_out(work: Work, orders: Sequence[Order], words: str) -> tuple[Result, ...]:
    """Every order for itself: one that fails leaves nothing behind and keeps no other from being done."""
    if not orders:
        raise BadRequest(Message("请先勾选要处理的事项", "Tick what you want to deal with"), field="item")
    if len(orders) > MOST_AT_ONCE:
        raise BadRequest(Message(f"一次最多 {MOST_AT_ONCE} 项", f"At most {MOST_AT_ONCE} at once"), field="item")
    return tuple(_tried(work, one, words) for one in orders)


def _tried(work: Work, order: Order, words: str) -> Result:
    try:
        with work.savepoint():
            _do(work, order, words)
    except ValidationFailed as error:
        return Result(order, error.problems[0].message if error.problems else error.message)
    except NotFound:
        return Result(order, _GONE)
    except DougongError as error:
        if error.status >= 500:
            raise  # the database's own: the whole is tried again or fails as one
        return Result(order, error.message)
    return Result(order)


def _do(work: Work, order: Order, words: str) -> None:
    identity = decode_id(order.id)
    if order.kind == APPROVAL and order.act in DECISIONS:
        act_on_task(work, order.act, identity, Given(comment=words))
        return
    kind = kinds_for(work).get(order.kind)
    act = kind.act(order.act) if kind is not None else None
    if kind is None or act is None:
        raise BadRequest(Message("这一项不能这样处理，请打开办理", "This cannot be done here; open it"))
    if not _waits(work, kind, identity):
        raise NotFound
    _act(work, kind, act, identity, words)


def _waits(work: Work, kind: InboxKind, record: int) -> bool:
    """Whether a row waits for the reader now."""
    request = QueryRequest(kind.entity, (), where=Condition(("id",), "eq", record), formula_filter=kind.mine, limit=1)
    return bool(list_records(work, request).records)


def _act(work: Work, kind: InboxKind, act: InboxAct, record: int, words: str) -> None:
    said: Mapping[str, object] = {act.words: words} if act.words and words else {}
    if act.transition:
        transition(work, kind.entity, record, act.transition, said)
        return
    entity = work.model.entities[kind.entity]
    assigned = assigned_values(work, entity, record, act.values)
    values = {name: json_of(value, entity.fields[name]) for name, value in assigned.items()}
    update(work, kind.entity, record, {**values, **said})
