"""Training plans: how a pipeline says that its model is learnt, who may put it live, and when somebody is to look again."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.trained import TrainingSettings


@dataclass(frozen=True, slots=True)
class Watch:
    """A look at a live model every so many `days`: an alarm where a column has moved by more than `psi`, or where, of at
    least `outcomes` new outcomes, the answers are wrong by more than `points` percentage points on average."""

    days: int = 7
    psi: float = 0.2
    points: float = 2.5
    outcomes: int = 500


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What the nodes behind a split say: the model's name, how it is learnt, the role that may put it live beside
    administrators (empty: nobody else), and the watch over it (None: nobody looks by themselves)."""

    node: str
    model: str
    settings: TrainingSettings
    approve_by: str = ""
    watch: Watch | None = None
