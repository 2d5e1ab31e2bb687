"""A side: what every simulated system has."""

from __future__ import annotations

from dataclasses import dataclass, field

from packs.connectors.simulators.company import Company
from packs.connectors.simulators.faults import Faults
from packs.connectors.simulators.tokens import Meter


@dataclass(slots=True)
class Side:
    """What a simulated system holds, what goes wrong with its answers, and how many calls a minute it takes."""

    company: Company
    faults: Faults = field(default_factory=Faults)
    meter: Meter = field(default_factory=lambda: Meter(600))

    def lets(self) -> bool:
        """Whether a call is let through: not too many in a minute, and nobody switched the limit on."""
        return not self.faults.takes("limited") and self.meter.lets()
