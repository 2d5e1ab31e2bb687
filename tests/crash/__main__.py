"""`make crash`: faults at the sizes that the promises name, part by part. `python -m tests.crash kills` runs that part only."""

from __future__ import annotations

import sys

from bench.parts import Parts, judged
from tests.crash import (
    measured_audit,
    measured_flows,
    measured_kills,
    measured_migrations,
    measured_removals,
    measured_restart,
)

PARTS: Parts = {
    "kills": measured_kills.measured,
    "flows": measured_flows.measured,
    "migrations": measured_migrations.measured,
    "removals": measured_removals.measured,
    "audit": measured_audit.measured,
    "restart": measured_restart.measured,
}


if __name__ == "__main__":
    raise SystemExit(judged("crash", PARTS, sys.argv[1:]))
