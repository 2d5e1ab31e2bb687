"""Moves: transitions that come to more people, rows or values than before, and lives that are taken away or given."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.holders import TAKES
from designer.differences.implication import implies
from designer.differences.resources import resource_words
from designer.differences.rights import decision_of, right_of
from designer.differences.rights_words import role_words
from designer.differences.said import joined, named
from designer.differences.values import called, same
from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.names import ResourceName
from engine.model.workflows import Transition, Workflow
from engine.runtime.access.decisions import ALWAYS, Allow, Right, When


def moved(old: AppModel, new: AppModel, roles: frozenset[str]) -> Iterator[Message]:
    """Transitions that roles may take now and could not so, of an entity that there was and an author who may not either;
    and lives that end, of which the author does not have every move: without one, whoever may write a record says where
    it stands."""
    for workflow in new.workflows.values():
        if workflow.entity in old.entities:
            before = old.workflow_of(workflow.entity)
            yield from _given(old, new, workflow, before, roles)
    for workflow in old.workflows.values():
        if old.workflow_of(workflow.entity) is not workflow or workflow.entity not in new.entities:
            continue
        if new.workflow_of(workflow.entity) is None and not all(one.roles & roles for one in workflow.transitions):
            about = resource_words(old, ResourceName("workflows", workflow.name))
            yield Message(
                f"{about.zh}：记录不再受它的流转约束", f"{about.en}: its transitions bind the records no more"
            )


def _given(
    old: AppModel, new: AppModel, workflow: Workflow, before: Workflow | None, roles: frozenset[str]
) -> Iterator[Message]:
    """The moves of a life that come to roles which could not move so. Where there was no life, who may write the rows could."""
    for move in workflow.transitions:
        if before is None:
            fresh, held = move.roles, _writes(old, workflow.entity, move, roles)
        else:
            fresh = frozenset(one for one in move.roles if not _moves(old, before, move, frozenset({one})))
            held = _moves(old, before, move, roles)
        if fresh and not held:
            who = joined([role_words(new, one) for one in sorted(fresh)])
            about = named(Message("流转", "transition"), called(move))
            zh, en = f"{about.zh}：{who.zh}现在可以{TAKES.zh}", f"{about.en}: {who.en} may now {TAKES.en}"
            yield Message(zh, en)


def _moves(old: AppModel, before: Workflow, move: Transition, roles: frozenset[str]) -> bool:
    """Whether holders of the roles could already move as a transition does: from where, to where, on which rows, with which
    fields filled, and setting what."""
    ways = [
        one
        for one in before.transitions
        if one.roles & roles
        and one.target == move.target
        and set(one.requires) <= set(move.requires)
        and _sets_no_more(old, before.entity, one, move, roles)
    ]
    return all(
        any(source in one.sources and implies(_rows(move), _rows(one)) for one in ways) for source in move.sources
    )


def _sets_no_more(old: AppModel, entity: str, held: Transition, move: Transition, roles: frozenset[str]) -> bool:
    """Whether a transition sets what another one does: who a record is given to, or when it was done, is said by it alone.
    A field that the holders may write anyway may be set as one likes."""
    differs = {
        name
        for name in (*held.assign, *move.assign)
        if name not in held.assign or name not in move.assign or not same(held.assign[name], move.assign[name])
    }
    return all(_may_write(old, entity, name, move, roles) for name in differs)


def _may_write(old: AppModel, entity: str, field: str, move: Transition, roles: frozenset[str]) -> bool:
    access = decision_of(old, roles, entity, Action.UPDATE)
    return (
        isinstance(access, Allow)
        and implies(_rows(move), access.rows)
        and implies(_rows(move), right_of(access.field(field), "writable"))
    )


def _writes(old: AppModel, entity: str, move: Transition, roles: frozenset[str]) -> bool:
    access = decision_of(old, roles, entity, Action.UPDATE)
    return isinstance(access, Allow) and implies(_rows(move), access.rows)


def _rows(move: Transition) -> Right:
    """The rows on which a transition may be taken."""
    return ALWAYS if move.guard is None else When((move.guard,))
