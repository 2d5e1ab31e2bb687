"""The state machine: whether a transition may be taken, decided without any effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.workflows import Transition, Workflow


@dataclass(frozen=True, slots=True)
class Allowed:
    """The transition may be taken."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not; `code` is wrong_state, wrong_role, missing or guard; `fields` are those still to fill."""

    code: str
    reason: Message
    fields: tuple[str, ...] = ()


TransitionDecision = Allowed | Refused


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision looks at: the record's state and values, the actor's roles, and how the guard came out (1, 0, -1)."""

    state: str | None
    values: Mapping[str, object]
    roles: frozenset[str]
    guard: int = 1


def decide_transition(workflow: Workflow, entity: Entity, move: Transition, standing: Standing) -> TransitionDecision:
    """The decision on one transition, with its reason in words."""
    if standing.state not in move.sources:
        current = workflow.state(standing.state or "")
        zh, en = (current.label.text("zh"), current.label.text("en")) if current else ("", "")
        return Refused(
            "wrong_state", Message(f"当前状态“{zh}”不能{move.label.text('zh')}", f"Not possible in state {en}")
        )
    if not move.roles & standing.roles:
        return Refused("wrong_role", Message("你的角色不能进行此操作", "Your role may not do this"))
    missing = tuple(name for name in move.requires if standing.values.get(name) in (None, ()))
    if missing:
        zh = "、".join(entity.fields[name].label.text("zh") for name in missing)
        en = ", ".join(entity.fields[name].label.text("en") for name in missing)
        return Refused("missing", Message(f"请先填写：{zh}", f"First fill in: {en}"), missing)
    if standing.guard != 1:
        zh, en = move.message.text("zh"), move.message.text("en")
        return Refused("guard", Message(zh or "条件未满足", en or "The condition is not met"))
    return Allowed()
