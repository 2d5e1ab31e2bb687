"""Pipelines: nodes that run one after another, checked against the node registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.feature_plans import FeaturePlan, RowFlow
from engine.model.names import NO_LABEL, Label, Place, empty_map
from engine.model.training_plans import TrainingPlan


@dataclass(frozen=True, slots=True)
class PipelineNode:
    """A node: `node` names its kind in the registry."""

    id: str
    node: str
    label: Label
    place: Place
    settings: Mapping[str, object] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class PipelineEdge:
    """A directed edge between node ids; `port` names the input that it enters, `output` what it leaves by."""

    source: str
    target: str
    place: Place
    port: str = "in"
    output: str = "out"
    label: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline; it has no circle. `plan` is what its features, label and split mean, where it has features;
    `training` how its model is learnt, where it says so; `flows` are the rows
    that leave a node, by its id."""

    name: str
    label: Label
    place: Place
    nodes: tuple[PipelineNode, ...]
    edges: tuple[PipelineEdge, ...]
    plan: FeaturePlan | None = None
    training: TrainingPlan | None = None
    flows: Mapping[str, RowFlow] = field(default_factory=empty_map)
    settings: Mapping[str, object] = field(default_factory=empty_map)
