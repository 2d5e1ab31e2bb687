"""In which states a record can be where a flow stands: conditions that none of them meets, transitions that none allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic
from engine.dsl.flow_parts import ENDS, FORKS, every_step, life_of, taken_transitions
from engine.dsl.part import Part
from engine.dsl.suggestions import listed
from engine.model.formula import Call, Formula, Literal, Node, Reference

States = frozenset[str]


def state_problems(part: Part) -> Iterator[Diagnostic]:
    """Conditions of a flow that cannot hold, and transitions that it takes where the record cannot stand."""
    life = life_of(part)
    walk = _Walk(_Life.of(part, life) if life is not None else _Life())
    walk.flow(part)
    yield from walk.problems


@dataclass(frozen=True, slots=True)
class _Life:
    """The life of a flow's records. `moves` are id, sources, target; `others` those that somebody else may take meanwhile."""

    field: str = ""
    states: States = frozenset()
    moves: tuple[tuple[str, States, str], ...] = ()
    others: tuple[tuple[str, States, str], ...] = ()

    @classmethod
    def of(cls, flow: Part, life: Part) -> _Life:
        own = {step.text("transition") for step in every_step(flow) if step.text("type") == "transition"}
        elsewhere = {
            move for entity, move in taken_transitions(flow.context, flow.name) if entity == flow.text("entity")
        }
        parts = list(life.items("transitions"))
        moves = {one.id: (one.id, frozenset(one.names("from")), one.text("to")) for one in parts}
        people = {one.id for one in parts if one.names("roles") or one.id not in own}
        others = tuple(move for name, move in moves.items() if name in people or name in elsewhere)
        states = frozenset(one.id for one in life.items("states"))
        return cls(life.text("field"), states, tuple(moves.values()), others)

    def move(self, name: str) -> tuple[States, States] | None:
        """From where a transition leads, and to where."""
        found = next((one for one in self.moves if one[0] == name), None)
        return (found[1], frozenset({found[2]})) if found else None

    def later(self, states: States) -> States:
        """The states in which a record can be after others had time to act."""
        found, before = states, frozenset[str]()
        while found != before:
            before = found
            found |= {target for _, sources, target in self.others if sources & before}
        return found


@dataclass(slots=True)
class _Walk:
    """A walk through a flow, with the problems found and the states seen on the way."""

    life: _Life
    problems: list[Diagnostic] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def flow(self, part: Part) -> None:
        begin: States = frozenset()
        for trigger in part.items("triggers"):
            move = self.life.move(trigger.text("transition")) if trigger.text("type") == "transition" else None
            states = move[1] if move else self.life.states
            self._condition(trigger, states)
            begin |= states
        self.sequence(part, "steps", begin or self.life.states)
        after = self.life.later(frozenset(self.seen))
        for step in every_step(part):
            self.sequence(step, "undo", after)
        for key in ENDS:
            self.sequence(part, key, after)

    def sequence(self, part: Part, key: str, states: States) -> States:
        """The states after the steps of a sequence that begins in `states`."""
        for step in part.items(key):
            self.seen |= states
            self._condition(step, states)
            after = self.life.later(self._step(step, states))
            states = after | states if step.has("when") else after
            self.sequence(step, "error", self.life.later(states))
        self.seen |= states
        return states

    def _step(self, step: Part, states: States) -> States:
        if step.text("type") in FORKS:
            return self._fork(step, states)
        move = self.life.move(step.text("transition")) if step.text("type") == "transition" else None
        if move is None:
            return states
        if not move[0] & states:
            name, allowed = step.text("transition"), listed(sorted(move[0]))
            self.problems.append(
                step.problem("E496", "transition", name=name, states=listed(sorted(states)), allowed=allowed)
            )
        return move[1]

    def _fork(self, step: Part, states: States) -> States:
        """The states after a fork; beside another branch that moves the record, a branch may begin in any."""
        branches = list(step.items("branches"))
        alone = step.text("type") == "condition"
        moves = any(inner.text("type") == "transition" for branch in branches for inner in every_step(branch))
        begin = states if alone or not moves else self.life.states
        after = begin if not alone or all(branch.has("when") for branch in branches) else frozenset[str]()
        for branch in branches:
            self._condition(branch, begin)
            after |= self.sequence(branch, "steps", begin)
        return after

    def _condition(self, part: Part, states: States) -> None:
        formula = part.formula("when")
        if formula is not None and _never(formula, self.life.field, states):
            self.problems.append(part.problem("W484", "when"))


def _never(formula: Formula, field_name: str, states: States) -> bool:
    return _is_never(formula.node, field_name, states)


def _is_never(node: Node, field_name: str, states: States) -> bool:
    """Whether a condition is false in every one of the states; None of the other fields is looked at."""
    match node:
        case Literal(value=False):
            return True
        case Call(function="eq", arguments=(Reference(path=(name,)), Literal(value=str(state)))):
            return name == field_name and state not in states
        case Call(function="and", arguments=arms):
            return any(_is_never(one, field_name, states) for one in arms)
        case Call(function="or", arguments=arms):
            return all(_is_never(one, field_name, states) for one in arms)
        case _:
            return False
