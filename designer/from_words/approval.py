"""The approval of a new application: the life of a record, and the flow that asks for an answer. Who may enter submits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designer.from_sheet.columns import Column
from designer.from_sheet.naming import name_of
from designer.from_words.wish import Does, Wish
from engine.model.entities import TEXT_KINDS

Definition = dict[str, object]
DRAFT, SUBMITTED, APPROVED = "draft", "submitted", "approved"
MOST_SHOWN = 6


class Approved(Protocol):
    """What is approved: its wish, its entity, the name of its life, the field of its state, and its fields."""

    wish: Wish
    entity: str
    state: str
    title: str
    called: Column
    columns: tuple[Column, ...]

    @property
    def life(self) -> str: ...

    def label(self, zh: str, en: str) -> object: ...


def state_name(columns: Sequence[Column]) -> str:
    """The name of the state's field beside those that were asked for."""
    return name_of("approval_state", {one.name for one in columns})


def life(one: Approved) -> Definition:
    """Draft, submitted, approved; sent back it is a draft again."""
    enter = one.wish.of(Does.ENTER)
    say = one.label
    return {
        "label": say(f"{one.title}状态", "Life"),
        "entity": one.entity,
        "field": one.state,
        "initial": DRAFT,
        "states": [
            {"id": DRAFT, "label": say("草稿", "Draft"), "tone": "neutral"},
            {"id": SUBMITTED, "label": say("待审批", "Submitted"), "tone": "warning"},
            {"id": APPROVED, "label": say("已批准", "Approved"), "tone": "success", "final": True},
        ],
        "transitions": [
            {"id": "submit", "label": say("提交审批", "Submit"), "from": [DRAFT], "to": SUBMITTED, "roles": enter},
            {"id": "approve", "label": say("批准", "Approve"), "from": [SUBMITTED], "to": APPROVED},
            {"id": "send_back", "label": say("退回修改", "Send back"), "from": [SUBMITTED], "to": DRAFT},
        ],
    }


def flow(one: Approved) -> Definition:
    """Submitting asks those who approve; the answer moves the record on or back, and who submitted is told."""
    say = one.label
    back = {"type": "transition", "transition": "send_back"}
    told: Definition = {"id": "tell", "type": "notify", "label": say("通知提交人", "Tell who submitted")}
    told["people"] = [{"type": "initiator"}]
    made: Definition = {
        "label": say(f"{one.title}审批", "Approval"),
        "entity": one.entity,
        "triggers": [{"id": "submitted", "type": "transition", "transition": "submit"}],
        "title": one.called.name if one.called.kind in TEXT_KINDS else f"text({one.called.name})",
    }
    amount = next((field.name for field in one.columns if field.kind == "money"), None)
    if amount:
        made["amount"] = amount
    ask: Definition = {
        "id": "ask",
        "type": "approval",
        "label": say("审批", "Approval"),
        "approvers": [{"type": "role", "roles": one.wish.of(Does.APPROVE)}],
        "empty": "administrator",
        "actions": ["transfer", "return", "take_back"],
        "reach": {"roles": one.wish.of(Does.APPROVE)},
        "back": ["initiator"],
        "show": [field.name for field in one.columns][:MOST_SHOWN],
        "deadline": "2d",
    }
    approve = {"id": "approve", "type": "transition", "label": say("批准", "Approve"), "transition": "approve"}
    yes = told | {"subject": say(f"{one.title}已批准", "It is approved")}
    no = told | {"subject": say(f"{one.title}未通过审批", "It was not approved")}
    made["steps"] = [ask, approve, yes]
    made["rejected"] = [{"id": "back", **back, "label": say("退回修改", "Send back")}, no | {"id": "refused"}]
    made["withdrawn"] = [{"id": "taken_back", **back, "label": say("回到草稿", "Back to draft")}]
    made["terminated"] = [{"id": "ended", **back, "label": say("回到草稿", "Back to draft")}]
    return made
