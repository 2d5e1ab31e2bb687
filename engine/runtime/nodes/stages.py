"""The built-in stages of pipelines: nodes that have no run of their own."""

from __future__ import annotations

from engine.extensions import Node
from engine.runtime.nodes.model_stages import MODEL_STAGES
from engine.runtime.nodes.row_stages import ROW_STAGES

STAGES: tuple[Node, ...] = (*ROW_STAGES, *MODEL_STAGES)
