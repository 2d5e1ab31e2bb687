"""The app tests of a new application: who enters sees their own, the approval goes its way, figures count what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from designer.from_sheet.application import option_names
from designer.from_sheet.columns import Column
from designer.from_words.approval import Approved
from designer.from_words.wish import Does

Definition = dict[str, object]
CLOCK = "2026-03-02T09:00:00+08:00"
VALUES: Mapping[str, object] = {
    "text": "示例",
    "long_text": "示例",
    "money": "100.00",
    "integer": 3,
    "decimal": "2.50",
    "percent": "0.5000",
    "boolean": True,
    "date": "2026-03-02",
    "instant": "2026-03-02T09:00:00+08:00",
    "phone": "13800138000",
    "email": "an@example.com",
    "url": "https://example.com",
    "address": "浙江省杭州市西湖区文三路 1 号",
}


class Proved(Approved, Protocol):
    """What is tested."""

    @property
    def chosen(self) -> tuple[str, ...]: ...

    def metric_of(self, key: str) -> str: ...


def suite(one: Proved) -> Definition:
    """The tests of an entity."""
    tests = [_own_rows(one)]
    if one.wish.approval:
        tests.append(_approved(one))
    return {"label": one.label(one.title, one.title), "tests": tests}


def _users(one: Proved) -> list[Definition]:
    """Two people of the first role that enters, and one of every other."""
    enter = one.wish.of(Does.ENTER)[0]
    others = [role.name for role in one.wish.roles if role.name != enter]
    people: list[Definition] = [{"id": "first", "roles": [enter]}, {"id": "second", "roles": [enter]}]
    for at, role in enumerate(others, 1):
        people.append({"id": f"other_{at}", "roles": [role]})
    return people


def _holder(one: Proved, role: str) -> str:
    return next(str(user["id"]) for user in _users(one) if role in _listed(user["roles"]))


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _test(one: Proved, name: str, words: tuple[str, str], steps: list[Definition]) -> Definition:
    made: Definition = {"id": name, "label": one.label(*words), "clock": CLOCK}
    return made | {"users": _users(one), "rows": [], "steps": steps}


def _enters(one: Proved) -> Definition:
    values = {field.name: _value(field) for field in one.columns if field.kind in VALUES or field.options}
    step: Definition = {"id": "enter", "as": "first", "do": "create", "entity": one.entity, "values": values}
    return step | {"save_as": "row", "expect": {"values": {}}}


def _value(field: Column) -> object:
    if field.kind == "choice":
        return next(iter(option_names(field.options)))
    return VALUES[field.kind]


def _own_rows(one: Proved) -> Definition:
    """Who enters reads their own, a colleague does not; who approves and who looks read all."""
    steps = [_enters(one)]
    steps.append({"id": "colleague", "as": "second", "do": "get", "row": "@row", "expect": {"error": "not_found"}})
    steps += [
        {"id": f"reads_{at}", "as": _holder(one, role), "do": "list", "entity": one.entity, "expect": {"count": 1}}
        for at, role in enumerate(one.wish.of(Does.APPROVE, Does.LOOK), 1)
    ]
    if "count" in one.chosen:
        figure = {"do": "metric", "metric": one.metric_of("count"), "expect": {"value": "1"}}
        steps.append({"id": "counted", "as": "first", **figure})
    words = ("录入人只看到自己的", "Who enters sees their own")
    return _test(one, "own_rows", words, steps)


def _approved(one: Proved) -> Definition:
    """Submitted, nobody but who approves moves it on; approved, it is changed no more."""
    boss = _holder(one, one.wish.of(Does.APPROVE)[0])
    move: Definition = {"as": "first", "do": "transition", "row": "@row"}
    waits: Definition = {"flow": {"at": ["ask"], "waiting": [f"@{boss}"], "outcome": None}}
    yes: Definition = {"values": {one.state: "approved"}, "flow": {"outcome": "approved", "told": ["@first"]}}
    no: Definition = {"values": {one.state: "draft"}, "flow": {"outcome": "rejected", "told": ["@first"]}}
    steps: list[Definition] = [
        _enters(one),
        {"id": "submit", **move, "transition": "submit", "expect": {"values": {one.state: "submitted"}}},
        {"id": "by_hand", **move, "transition": "approve", "expect": {"error": "forbidden"}},
        {"id": "waits", "as": boss, "do": "get", "row": "@row", "expect": waits},
        {"id": "no", "as": boss, "do": "answer", "row": "@row", "act": "reject", "comment": "再改改", "expect": no},
        {"id": "again", **move, "transition": "submit", "expect": {"values": {one.state: "submitted"}}},
        {"id": "approve", "as": boss, "do": "answer", "row": "@row", "act": "approve", "expect": yes},
        {"id": "kept", "as": "first", "do": "delete", "row": "@row", "expect": {"error": "forbidden"}},
    ]
    return _test(one, "approval", ("提交、批准", "Submitted and approved"), steps)
