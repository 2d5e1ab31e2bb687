"""Courses of flows in words: what a simulation found, line by line, with names of steps, fields and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.flows import START, Branches
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_simulation import Simulation
from engine.runtime.workflow.flow_watching import Happening, Happens

_WORDS: Mapping[Happens, tuple[Message, str]] = {
    Happens.ENTERED: (Message("进入", "Entered"), "neutral"),
    Happens.SKIPPED: (Message("条件不成立，跳过", "Skipped, its condition does not hold"), "neutral"),
    Happens.ASKED: (Message("等待", "Asks"), "info"),
    Happens.ANSWERED: (Message("处理", "Answers"), "success"),
    Happens.LADDER: (Message("超时，执行阶梯", "Nobody answered, the ladder acts"), "warning"),
    Happens.WRITTEN: (Message("写入", "Writes"), "info"),
    Happens.TOLD: (Message("通知（未发送）", "Tells (not sent)"), "info"),
    Happens.SENT: (Message("调用外部（未发送）", "Calls outside (not sent)"), "info"),
    Happens.FAILED: (Message("出错", "Fails"), "danger"),
    Happens.REFUSED: (Message("缺少必填，已代为通过", "Something is lacking; passed for them"), "warning"),
    Happens.OTHER: (Message("进行", "Goes on"), "neutral"),
}
_MORE: Mapping[str, Message] = {
    "approve": Message("同意 / 完成", "agrees, or is done"),
    "reject": Message("拒绝", "refuses"),
    "create": Message("新建", "new"),
    "update": Message("修改", "changed"),
    "compute": Message("重算", "computed"),
    "transition": Message("流转", "moved on"),
    "delete": Message("删除", "deleted"),
    "started": Message("启动", "begins"),
    "returned": Message("退回", "sent back"),
    "resubmitted": Message("重新提交", "handed in again"),
    "transferred": Message("转交", "passed on"),
    "terminated": Message("终止", "ended"),
    "added": Message("加签", "somebody is added"),
    "reminded": Message("催办", "reminded"),
    "notify": Message("消息", "message"),
    "reminder": Message("催办", "reminder"),
    "validation_failed": Message("缺少", "lacks"),
}
CHECKED = Message("数据检查未通过", "the checks of the record refuse it")
_OUTCOMES: Mapping[str, Message] = {
    "approved": Message("通过", "approved"),
    "rejected": Message("未通过", "rejected"),
    "withdrawn": Message("撤回", "withdrawn"),
    "terminated": Message("终止", "terminated"),
    "done": Message("完成", "done"),
}


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One thing that would happen, in words; `tone` is its colour."""

    at: datetime
    what: str
    tone: str
    step: str
    people: tuple[str, ...]
    more: tuple[str, ...]


def course_lines(
    simulation: Simulation, model: AppModel, name_of: Callable[[int], str], language: str
) -> tuple[CourseLine, ...]:
    """A course in words; `name_of` says what somebody is called."""
    return tuple(_line(one, model, name_of, language) for one in simulation.happenings)


def ending_words(simulation: Simulation, flow: str, model: AppModel, language: str) -> tuple[str, str]:
    """How a course ends, and its tone."""
    if simulation.outcome:
        tone = "success" if simulation.outcome in {"approved", "done"} else "warning"
        return _OUTCOMES[simulation.outcome].text(language), tone
    steps = ("、" if language == "zh" else ", ").join(_step(model, flow, one, language) for one in simulation.standing)
    return Message(f"停在：{steps}", f"Still stands at: {steps}").text(
        language
    ), "danger" if simulation.problem else "info"


def _line(one: Happening, model: AppModel, name_of: Callable[[int], str], language: str) -> CourseLine:
    words, tone = _WORDS[one.kind]
    people = tuple(dict.fromkeys(name_of(user) for user in one.people))
    more = tuple(_more(one, model, language))
    return CourseLine(one.at, words.text(language), tone, _step(model, one.flow, one.step, language), people, more)


def _more(one: Happening, model: AppModel, language: str) -> Iterable[str]:
    """Which branch, which fields of what, which code."""
    entity = model.entities.get(one.entity)
    if entity is not None:
        yield entity.label.text(language)
    flow = model.flows.get(one.flow)
    about = model.entities.get(flow.entity) if flow is not None else None
    step = step_of(flow, one.step) if flow is not None and one.step else None
    branches = step.action.branches if step is not None and isinstance(step.action, Branches) else ()
    labels = {branch.id: branch.label for branch in branches}
    named = entity or about
    fields = named.fields if named is not None else {}
    for word in one.words:
        if one.kind is Happens.FAILED and word == "validation_failed":
            yield CHECKED.text(language)
        elif word in labels:
            yield labels[word].text(language)
        elif one.kind is Happens.SENT or word not in (*fields, *_MORE):
            yield word
        else:
            yield _MORE[word].text(language) if word in _MORE else fields[word].label.text(language)


def _step(model: AppModel, flow: str, step: str, language: str) -> str:
    """What a step is called, with its flow where it has a name."""
    declared = model.flows.get(flow)
    if not step or declared is None:
        return declared.label.text(language) if declared is not None else ""
    if step == START:
        return Message("发起人修改", "Revising").text(language)
    found = step_of(declared, step)
    return found.label.text(language) if found is not None else step
