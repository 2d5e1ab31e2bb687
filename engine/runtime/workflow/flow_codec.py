"""The state and the events of flows as plain data, and back. Strict: what it does not know, it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, get_args

from engine.runtime.workflow.flow_events import FlowEvent
from engine.runtime.workflow.flow_state import (
    Finished,
    FlowState,
    Phase,
    Slot,
    SlotPlace,
    SlotStatus,
    Token,
    TokenStatus,
)

Plain = dict[str, Any]
_EVENTS: Mapping[str, type] = {one.__name__: one for one in get_args(FlowEvent)}
_BY_USER = frozenset({"instead"})
"""Fields of events that map numbers to numbers; JSON knows texts as keys alone."""


def encode_event(event: FlowEvent) -> Plain:
    """An event as plain data, its kind under `kind`."""
    found: Plain = {"kind": type(event).__name__}
    for one in fields(event):
        value = getattr(event, one.name)
        found[one.name] = _plain(value)
    return found


def decode_event(data: Mapping[str, Any]) -> FlowEvent:
    """The event that was encoded. Raises KeyError or TypeError for anything else."""
    kind = _EVENTS[str(data["kind"])]
    values = {name: _value(name, one) for name, one in data.items() if name != "kind"}
    event: FlowEvent = kind(**values)
    return event


def encode_state(state: FlowState) -> Plain:
    """A state as plain data."""
    return {
        "initiator": state.initiator,
        "phase": str(state.phase),
        "tokens": [_token_out(one) for one in state.tokens],
        "next_id": state.next_id,
        "visits": dict(state.visits),
        "finished": [[one.step, one.visit, list(one.approved_by)] for one in state.finished],
        "outcome": state.outcome,
        "undoing": state.undoing,
        "decided": state.decided,
        "before": encode_state(state.before) if state.before is not None else None,
        "before_by": state.before_by,
    }


def decode_state(data: Mapping[str, Any]) -> FlowState:
    """The state that was encoded."""
    return FlowState(
        initiator=data["initiator"],
        phase=Phase(data["phase"]),
        tokens=tuple(_token_in(one) for one in data["tokens"]),
        next_id=data["next_id"],
        visits=dict(data["visits"]),
        finished=tuple(Finished(step, visit, tuple(by)) for step, visit, by in data["finished"]),
        outcome=data["outcome"],
        undoing=data["undoing"],
        decided=data["decided"],
        before=decode_state(data["before"]) if data["before"] is not None else None,
        before_by=data["before_by"],
    )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _value(name: str, value: Any) -> Any:
    if name in _BY_USER:
        return {int(key): one for key, one in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _token_out(token: Token) -> Plain:
    plain = {one.name: getattr(token, one.name) for one in fields(token)}
    return {**plain, "status": str(token.status), "slots": [_slot_out(one) for one in token.slots]}


def _token_in(data: Mapping[str, Any]) -> Token:
    slots: Sequence[Mapping[str, Any]] = data["slots"]
    return Token(
        **{**data, "status": TokenStatus(data["status"]), "slots": tuple(_slot_in(one) for one in slots)},
    )


def _slot_out(slot: Slot) -> Plain:
    return {
        **{one.name: getattr(slot, one.name) for one in fields(slot)},
        "status": str(slot.status),
        "place": str(slot.place),
    }


def _slot_in(data: Mapping[str, Any]) -> Slot:
    return Slot(**{**data, "status": SlotStatus(data["status"]), "place": SlotPlace(data["place"])})
