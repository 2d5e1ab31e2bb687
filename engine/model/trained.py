"""What training takes and gives: an order, and a model's file with its card; plain values that cross processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from engine.model.feature_tables import FeatureTable

Task = Literal["event", "number"]


class Learner(StrEnum):
    """How a model is learnt: the better of both on what it has not seen, boosted trees, or a logistic regression."""

    AUTO = "auto"
    TREES = "trees"
    LOGISTIC = "logistic"


class Calibration(StrEnum):
    """How scores become probabilities: the best of what there are rows enough for, a curve of two numbers, steps, or not."""

    AUTO = "auto"
    PLATT = "platt"
    ISOTONIC = "isotonic"
    NONE = "none"


class TrainingStage(StrEnum):
    """What a training is at, in this order."""

    CHECKING = "checking"
    LEARNING = "learning"
    CALIBRATING = "calibrating"
    WRITING = "writing"
    COMPARING = "comparing"
    JUDGING = "judging"


@dataclass(frozen=True, slots=True)
class Heuristic:
    """A published rule of thumb to stand beside the model: rows whose number is above a bound are the likely ones."""

    column: str
    above: float


@dataclass(frozen=True, slots=True)
class EffectQuestion:
    """What a change of one column does to the outcome: of the number `treatment`, a `step` more of which should raise it.

    Rows of one value of `cluster` are not independent of each other (the deals of a customer). `by` names categories whose
    values are answered for by themselves, the first alone and all together; `reason` the category in which people recorded
    why the treatment was given. Nothing is said of fewer than `fewest` rows.
    """

    treatment: str
    cluster: str = ""
    by: tuple[str, ...] = ()
    reason: str = ""
    step: float = 0.01
    fewest: int = 50


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train. `interval` is the level of the intervals, `trees` the most trees, `reweigh` a wish to weigh the rare
    answer up, which is always calibrated back. With `effect` what is learnt is no model but that effect."""

    task: Task = "event"
    learner: Learner = Learner.AUTO
    calibrate: Calibration = Calibration.AUTO
    interval: float = 0.9
    trees: int = 150
    reweigh: bool = False
    group_by: str = ""
    heuristic: Heuristic | None = None
    effect: EffectQuestion | None = None
    seed: int = 20


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """A table to learn from, and how."""

    name: str
    table: FeatureTable
    settings: TrainingSettings


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The ONNX file, the card as plain data, and the trainer's own answers to the rows that the card's probe describes:
    64-bit floats, little end first."""

    content: bytes
    card: Mapping[str, object]
    answers: bytes
