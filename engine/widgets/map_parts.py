"""What a reader is shown of a decision-chain map: its steps with what they rest on, the ways between them, its gaps."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.map_shape import MapShape


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that a step rests on: what it is called, what it says, its line for who may see definitions.

    `share` says how often a field is filled, with the percentage.
    """

    kind: str
    label: str
    says: str = ""
    place: str = ""
    url: str = ""
    share: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a step; `condition` is empty where the reader may not read what it names."""

    target: str
    target_label: str
    label: str
    condition: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class StepView:
    """A step. `kind` is its binding, or `withheld` where the reader may read nothing of it; `brief` says it on one line."""

    id: str
    label: str
    kind: str
    brief: str
    decides: bool
    final: bool
    actor: str
    source: str
    grounds: tuple[Ground, ...]
    ways: tuple[Way, ...]
    gap: str = ""
    task_url: str = ""
    has_task: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class MapView:
    """A map as its reader sees it. `steps` stand in the order in which they are reached; `may_make_tasks`: of its gaps."""

    name: str
    label: str
    description: str
    entity: str
    steps: tuple[StepView, ...]
    shape: MapShape
    bound: int
    total: int
    may_make_tasks: bool
    place: str = ""

    @property
    def percent(self) -> int:
        return self.bound * 100 // self.total if self.total else 0

    @property
    def gaps(self) -> tuple[StepView, ...]:
        return tuple(step for step in self.steps if step.gap)

    def step(self, name: str) -> StepView | None:
        return next((step for step in self.steps if step.id == name), None)
