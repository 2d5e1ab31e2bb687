"""Flows drawn at random: every kind of step, nested forks, undo and error sequences, every rule of an approval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TypeVar

from engine.model.flows import (
    Action,
    Approval,
    Branch,
    Branches,
    Call,
    Create,
    Empty,
    End,
    Flow,
    Fork,
    Mode,
    Move,
    Notify,
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

One = TypeVar("One")
PLACE = Place("test", "workflows/drawn.yaml", 1)
ACTIONS = frozenset({"add_before", "add_after", "add_parallel", "remove", "transfer", "return", "take_back"})
LADDER = tuple(Rung(str(act), Term(hours=1), act, PLACE) for act in RungAct)
EFFECTS: tuple[Action, ...] = (
    Write((), "deal", {}),
    Create("deal", {}),
    Move("win"),
    Notify((), None, None),
    Wait(term=Term(days=1)),
    Call(destination="erp"),
    Subflow("other"),
    Subflow("other", over="lines", one_by_one=True),
)
KINDS = ("approval", "approval", "approval", "approval", "task", "fork", "fork", "effect", "effect", "end")
DEEPEST, LONGEST = 3, 4


class Drawing:
    """What is drawn, one byte at a time; when they have run out, the first of everything."""

    def __init__(self, drawn: bytes) -> None:
        self.bytes = iter(drawn)
        self.names = count(1)

    def upto(self, most: int) -> int:
        return next(self.bytes, 0) % (most + 1)

    def one(self, choices: Sequence[One]) -> One:
        return choices[self.upto(len(choices) - 1)]

    def chance(self, of: int) -> bool:
        """True once in so many times."""
        return self.upto(of - 1) == of - 1

    def flow(self) -> Flow:
        steps = self.steps(1)
        ends = [self.steps(DEEPEST, asks=False) if self.chance(3) else () for _ in range(3)]
        withdraw = self.one(("until_decided", "always", "never"))
        return Flow("drawn", NO_LABEL, PLACE, "test", "deal", (), steps, *ends, withdraw=withdraw)

    def steps(self, depth: int, asks: bool = True) -> tuple[Step, ...]:
        return tuple(self.step(depth, asks) for _ in range(1 + self.upto(LONGEST - 1)))

    def step(self, depth: int, asks: bool) -> Step:
        kind = self.one(KINDS if asks else KINDS[4:-1])
        if kind == "fork" and depth >= DEEPEST:
            kind = "effect"
        action = _KINDS[kind](self, depth, asks)
        undo = self.steps(DEEPEST, asks=False) if asks and self.chance(4) else ()
        error = self.steps(DEEPEST, asks) if kind == "effect" and depth < DEEPEST and self.chance(3) else ()
        return Step(f"s{next(self.names)}", NO_LABEL, PLACE, action, undo=undo, error=error)

    def approval(self, depth: int, asks: bool) -> Action:
        return Approval(
            (),
            mode=self.one(tuple(Mode)),
            vote=Vote(percent=self.one((0, 30, 50, 67, 100)), majority=self.chance(2)),
            empty=self.one(tuple(Empty)),
            own=self.one(tuple(Own)),
            repeat=self.one(tuple(Repeat)),
            actions=ACTIONS if self.chance(2) else frozenset({"return", "take_back"}),
            back=frozenset({self.one(("any", "previous", "initiator"))}),
            ladder=LADDER,
        )

    def task(self, depth: int, asks: bool) -> Action:
        return Task((), everybody=self.chance(2), empty=self.one(tuple(Empty)), ladder=LADDER)

    def fork(self, depth: int, asks: bool) -> Action:
        branches = [
            Branch(f"b{at}", NO_LABEL, PLACE, steps=() if self.chance(6) else self.steps(depth + 1, asks))
            for at in range(2 + self.upto(1))
        ]
        return Branches(self.one(tuple(Fork)), tuple(branches))

    def effect(self, depth: int, asks: bool) -> Action:
        return self.one(EFFECTS)

    def end(self, depth: int, asks: bool) -> Action:
        return End(self.one(("approved", "rejected", "done")))


_KINDS: Mapping[str, Callable[[Drawing, int, bool], Action]] = {
    "approval": Drawing.approval,
    "task": Drawing.task,
    "fork": Drawing.fork,
    "effect": Drawing.effect,
    "end": Drawing.end,
}
