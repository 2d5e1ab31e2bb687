"""The shape of a flow: where each step stands, what comes after it, what it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.model.flows import Branches, Flow, Step, Wait

ERROR, UNDO = "error", "undo"
"""The parts of a step that are no branches: what is run when it fails, and when it is undone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands: in a sequence, which is `part` of the step `above` (both empty at the top)."""

    step: Step
    sequence: tuple[Step, ...]
    index: int
    above: str = ""
    part: str = ""

    @property
    def next(self) -> Step | None:
        return self.sequence[self.index + 1] if self.index + 1 < len(self.sequence) else None

    def beside(self, other: Standing) -> bool:
        """Whether both stand in one sequence."""
        return (self.above, self.part) == (other.above, other.part) and self.sequence is other.sequence


_KEPT: dict[int, tuple[Flow, Mapping[str, Standing]]] = {}
MOST_KEPT = 64


def shape_of(flow: Flow) -> Mapping[str, Standing]:
    """Every step of a flow by id; that of the flows asked for last is kept, for each very flow."""
    kept = _KEPT.get(id(flow))
    if kept is not None and kept[0] is flow:
        return kept[1]
    shape = {one.step.id: one for sequence in flow.sequences() for one in _standings(sequence, "", "")}
    if len(_KEPT) >= MOST_KEPT:
        _KEPT.clear()
    _KEPT[id(flow)] = flow, shape
    return shape


def earlier_than(shape: Mapping[str, Standing], step: str) -> frozenset[str]:
    """The steps that stand before one in the order of the text."""
    order = tuple(shape)
    return frozenset(order[: order.index(step)])


def step_of(flow: Flow, identity: str) -> Step | None:
    """A step of a flow by id."""
    standing = shape_of(flow).get(identity)
    return standing.step if standing is not None else None


def waits_for_records(flow: Flow) -> bool:
    """Whether a flow has a step that waits for its record to be as a condition says."""
    return any(waits_for_record(one.step) for one in shape_of(flow).values())


def waits_for_record(step: Step) -> bool:
    """Whether a step waits for its record to be as a condition says."""
    return isinstance(step.action, Wait) and step.action.holds is not None


def _standings(sequence: tuple[Step, ...], above: str, part: str) -> Iterator[Standing]:
    for index, step in enumerate(sequence):
        yield Standing(step, sequence, index, above, part)
        if isinstance(step.action, Branches):
            for branch in step.action.branches:
                yield from _standings(branch.steps, step.id, branch.id)
        yield from _standings(step.error, step.id, ERROR)
        yield from _standings(step.undo, step.id, UNDO)
