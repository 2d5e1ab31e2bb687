"""Moves of a state by what people call doing them."""

from __future__ import annotations

from engine.model.app import AppModel

_ACTS = {
    "提交": ("submit", "ask"), "提交审批": ("submit", "ask"), "submit": ("submit", "ask"), "submitted": ("submit", "ask"), "be submitted": ("submit", "ask"),
    "签订": ("sign",), "签约": ("sign",), "发出": ("send", "ship"), "发给客户": ("send",), "sent": ("send",), "send": ("send",), "be sent": ("send",),
    "发货": ("ship",), "上线": ("approve", "publish"), "发布": ("publish", "approve"), "下单": ("order",), "成交": ("win",), "通过": ("approve",),
}  # fmt: skip


def move_named(model: AppModel, entity: str, words: str) -> str | None:
    """The move that people mean by a word, of the life of an entity; None where there is none."""
    life = model.workflow_of(entity)
    if life is None:
        return None
    for name in _ACTS.get(words.lower(), ()):
        if life.transition(name):
            return name
    for move in life.transitions:
        if words in {move.label.text("zh"), move.label.text("en").lower(), move.id}:
            return move.id
    return next((one.id for one in life.transitions if words in one.label.text("zh")), None) if len(words) > 1 else None


def move_to(model: AppModel, entity: str, state: str) -> str | None:
    """The move into a state: one that only flows take before one that people take."""
    life = model.workflow_of(entity)
    moves = [one for one in life.transitions if one.target == state] if life else []
    moves.sort(key=lambda one: bool(one.roles))
    return moves[0].id if moves else None
