"""Cases of approvals as text: steps in the words of a definition, the acts of people in Chinese, and what comes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from engine.model.flows import (
    START,
    Action,
    Approval,
    Branch,
    Branches,
    Call,
    Empty,
    End,
    Flow,
    Fork,
    Mode,
    Own,
    Repeat,
    Rung,
    RungAct,
    Step,
    Subflow,
    Task,
    Term,
    Vote,
    Wait,
    Write,
)
from engine.model.names import NO_LABEL, Place
from engine.runtime.workflow.flow_events import (
    Added,
    Completed,
    Decided,
    Entered,
    Failed,
    FlowEvent,
    Jumped,
    Passed,
    Removed,
    Resubmitted,
    Retried,
    Returned,
    Started,
    TakenBack,
    Terminated,
    Transferred,
    Withdrawn,
)
from engine.runtime.workflow.flow_events import (
    Rung as Rang,
)
from engine.runtime.workflow.flow_machine import apply, fresh
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_state import FlowState, Slot, SlotStatus, Token, TokenStatus

FOLDER = Path(__file__).parents[2] / "fixtures" / "workflow"
PLACE = Place("test", "workflows/case.yaml", 1)
OUTCOMES = {"approved": "通过", "done": "完成", "rejected": "拒绝", "withdrawn": "撤回", "terminated": "终止"}
WORDS = {word: outcome for outcome, word in OUTCOMES.items()}
ADDING = {"前加签": "before", "后加签": "after", "并加签": "parallel"}
NAMES = ("发起人", "张三", "李四", "王五", "赵六", "钱七", "孙八", "经理", "管理员")
LADDER = tuple(Rung(str(act), Term(hours=1), act, PLACE) for act in RungAct)
Text = Mapping[str, Any]


def cases() -> Iterator[tuple[str, Text]]:
    """Every case with its name: the file and the title."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield f"{path.stem}: {case['title']}", case


class Told:
    """A case as it is told: after each act, who and what is waited for, how it ended, or why it was refused."""

    def __init__(self, case: Text) -> None:
        steps = _steps(case["steps"])
        ends = [_steps(case.get(name, ())) for name in ("rejected", "withdrawn", "terminated")]
        withdraw = case.get("withdraw", "until_decided")
        self.flow = Flow("case", NO_LABEL, PLACE, "test", "deal", (), steps, *ends, withdraw=withdraw)
        self.facts = {one["id"]: one for one in _every(case)}
        self.state = FlowState()

    def act(self, words: str) -> str:
        """What an act leads to."""
        try:
            self.happen(self.event(words.split()))
        except FlowRefused as refused:
            return f"不行 {refused.message.zh}"
        return self.standing()

    def happen(self, event: FlowEvent) -> None:
        self.state = apply(self.flow, self.state, event)
        while waiting := fresh(self.state):
            self.state = apply(self.flow, self.state, self.entered(waiting[0]))

    def standing(self) -> str:
        if self.state.ended:
            return OUTCOMES[self.state.outcome]
        above = {one.parent for one in self.state.tokens}
        found = [word for one in self.state.tokens if one.id not in above for word in _waits_for(one)]
        return "等 " + "、".join(found)

    def entered(self, token: Token) -> Entered:
        facts = self.facts[token.step]
        return Entered(
            token.id,
            holds=facts.get("when", True),
            branches=tuple(facts.get("take", facts.get("branches", ()))),
            people=_people(facts.get("approvers", facts.get("people", ()))),
            veto=_people(facts.get("veto", ())),
            own=_people(facts.get("manager", ())),
            fallback=_people(facts.get("fallback", ())),
            instead={_person(one): _person(other) for one, other in facts.get("delegates", {}).items()},
            rows=facts.get("rows", 0),
        )

    def event(self, words: Sequence[str]) -> FlowEvent:
        if words == ["开始"]:
            return Started(_person("发起人"))
        who, act, *rest = words
        if who in {"外部", "超时"}:
            return self.from_outside(who, act, rest)
        if who == "管理员" and act in _ADMINISTERING:
            return _ADMINISTERING[act](self, rest)
        return self.from_person(_person(who), act, rest)

    def from_outside(self, who: str, act: str, rest: Sequence[str]) -> FlowEvent:
        token = self.at(rest[0])
        if who == "超时":
            return Rang(token.id, token.visit, act, _people(rest[1:]))
        if act == "失败":
            return Failed(token.id, token.visit, "unreachable")
        return Completed(token.id, token.visit, WORDS[rest[1]] if len(rest) > 1 else "")

    def from_person(self, person: int, act: str, rest: Sequence[str]) -> FlowEvent:
        if act == "撤回申请":
            return Withdrawn(person)
        if act == "撤回审批":
            return TakenBack(person)
        token, slot = self.place_of(person)
        if act in ADDING:
            return Added(token, slot, person, ADDING[act], _people(rest[0].split("、")))
        if act == "减签":
            token, slot = self.place_of(_person(rest[0]))
            return Removed(token, slot, person)
        if act == "转交":
            return Transferred(token, slot, person, _person(rest[0]))
        if act == "退回":
            return Returned(token, slot, person, START if rest[0] == "发起人" else rest[0], straight="直达" in rest)
        if act == "重新提交":
            return Resubmitted(token, person)
        return Decided(token, slot, person, {"同意": True, "完成": True, "拒绝": False}[act])

    def at(self, step: str) -> Token:
        return next(one for one in self.state.tokens if one.step == step)

    def place_of(self, person: int) -> tuple[int, int]:
        """Where somebody's turn is, else where they are, else the first place of all."""
        found = [(token.id, slot) for token in self.state.tokens for slot in token.slots]
        mine = [(token, slot) for token, slot in found if slot.user == person]
        best = [one for one in mine if one[1].status is SlotStatus.ACTIVE] or mine or found
        return (best[0][0], best[0][1].id) if best else (0, 0)


def _change_holder(told: Told, rest: Sequence[str]) -> FlowEvent:
    token, slot = told.place_of(_person(rest[0]))
    return Transferred(token, slot, _person("管理员"), _person(rest[1]), reassigned=True)


_ADMINISTERING: Mapping[str, Callable[[Told, Sequence[str]], FlowEvent]] = {
    "终止": lambda told, rest: Terminated(_person("管理员")),
    "放行": lambda told, rest: Passed(told.at(rest[0]).id, _person("管理员")),
    "重试": lambda told, rest: Retried(told.at(rest[0]).id, _person("管理员")),
    "跳转": lambda told, rest: Jumped(told.at(rest[0]).id, _person("管理员"), rest[1]),
    "改派": _change_holder,
}


def _waits_for(token: Token) -> Iterator[str]:
    if token.status is TokenStatus.FAILED:
        yield f"{token.step}出错"
    elif token.slots:
        yield from (_named(one) for one in token.slots if one.status is SlotStatus.ACTIVE)
    else:
        yield token.step


def _named(slot: Slot) -> str:
    name = NAMES[slot.user - 1]
    return f"{name}（代{NAMES[slot.behalf - 1]}）" if slot.behalf else name


def _person(name: str) -> int:
    return NAMES.index(name) + 1


def _people(names: Sequence[str]) -> tuple[int, ...]:
    return tuple(_person(one) for one in names)


def _every(part: Any) -> Iterator[Text]:
    """Every step of a case, those inside others too."""
    if isinstance(part, Mapping):
        if "id" in part and "type" in part:
            yield part
        for one in part.values():
            yield from _every(one)
    elif isinstance(part, list):
        for one in part:
            yield from _every(one)


def _steps(texts: Sequence[Text]) -> tuple[Step, ...]:
    return tuple(_step(one) for one in texts)


def _step(text: Text) -> Step:
    action = _ACTIONS[text["type"]](text)
    undo, error = _steps(text.get("undo", ())), _steps(text.get("error", ()))
    return Step(text["id"], NO_LABEL, PLACE, action, undo=undo, error=error)


def _approval(text: Text) -> Action:
    percent = text.get("percent")
    return Approval(
        (),
        mode=Mode(text.get("mode", "any")),
        vote=Vote(percent=percent or 50, majority=percent is None),
        empty=Empty(text.get("empty", "administrator")),
        own=Own(text.get("own", "manager")),
        repeat=Repeat(text.get("repeat", "ask")),
        ladder=LADDER,
    )


def _task(text: Text) -> Action:
    return Task(
        (), everybody=text.get("everybody", False), empty=Empty(text.get("empty", "administrator")), ladder=LADDER
    )


def _fork(text: Text) -> Action:
    branches = [Branch(name, NO_LABEL, PLACE, steps=_steps(steps)) for name, steps in text["branches"].items()]
    return Branches(Fork(text["type"]), tuple(branches))


_ACTIONS: Mapping[str, Callable[[Text], Action]] = {
    "approval": _approval,
    "task": _task,
    "condition": _fork,
    "parallel": _fork,
    "inclusive": _fork,
    "write": lambda text: Write((), "deal", {}),
    "call": lambda text: Call(destination="erp"),
    "wait": lambda text: Wait(term=Term(days=1)),
    "subflow": lambda text: Subflow("other", attached=text.get("attached", True)),
    "end": lambda text: End(text["outcome"]),
}
