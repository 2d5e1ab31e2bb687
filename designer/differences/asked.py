"""Asked: steps of flows that come to other deciders, or ask nobody any more. Who decides acts with the flow's right."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.resources import resource_words
from designer.differences.said import named
from designer.differences.values import called, same
from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.flows import Approval, Mode, People, Step, Task
from engine.model.names import ResourceName

DECIDING = ("mode", "vote", "empty", "named", "own", "repeat", "reach")
"""What decides, beside the approvers, when an approval is given."""


def asked_otherwise(old: AppModel, new: AppModel, roles: frozenset[str]) -> Iterator[Message]:
    """Approvals and tasks of flows that stay which others may answer than before, or which are skipped on more records, of
    an author whom they did not ask."""
    for flow in new.flows.values():
        before = old.flows.get(flow.name)
        if before is None or before.entity not in new.entities:
            continue
        about = resource_words(new, ResourceName("workflows", flow.name))
        steps = {one.id: one for one in flow.every_step()}
        for step in before.every_step():
            if _people(step) and not _asks(step, roles) and not _no_wider(step, steps.get(step.id)):
                what = named(Message("步骤", "step"), called(step))
                yield Message(
                    f"{about.zh}：{what.zh}由另外的人处理，或不再问人",
                    f"{about.en}: {what.en} is answered by others, or asks nobody",
                )


def _people(step: Step) -> tuple[People, ...]:
    match step.action:
        case Approval(approvers=people) | Task(people=people):
            return people
    return ()


def _asks(step: Step, roles: frozenset[str]) -> bool:
    """Whether a step asks holders of the roles; of others than roles it is not known before a record stands there."""
    return any(one.roles & roles for one in _people(step))


def _no_wider(old: Step, new: Step | None) -> bool:
    if new is None or not isinstance(new.action, type(old.action)) or not same(old.when, new.when):
        return False
    fewer = all(any(_within(one, was) for was in _people(old)) for one in _people(new))
    all_of_them = len(_people(old)) == len(_people(new)) and all(map(same, _people(old), _people(new)))
    match old.action, new.action:
        case Approval() as was, Approval() as now:
            alike = all(same(getattr(was, name), getattr(now, name)) for name in DECIDING)
            return alike and (all_of_them or (fewer and now.mode is Mode.ANY and bool(now.approvers)))
        case Task() as was, Task() as now:
            alike = (was.everybody, was.empty, was.write) == (now.everybody, now.empty, now.write)
            return alike and (all_of_them or (fewer and not now.everybody and bool(now.people)))
    return False


def _within(one: People, was: People) -> bool:
    """Whether a source gives nobody whom another one does not."""
    roles = one.roles <= was.roles if one.roles and was.roles else one.roles == was.roles
    beside = ("kind", "path", "levels", "above", "seat", "formula", "users")
    return roles and all(same(getattr(one, name), getattr(was, name)) for name in beside)
