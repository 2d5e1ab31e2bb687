"""Simulators of other sides, as distributions register them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from engine.extensions import SimulatorSpec

GROUP = "dougong.simulators"


def simulators() -> Mapping[str, SimulatorSpec]:
    """The simulators by kind."""
    found = (point.load() for point in sorted(entry_points(group=GROUP), key=lambda one: one.name))
    return {one.kind: one for one in found if isinstance(one, SimulatorSpec)}
