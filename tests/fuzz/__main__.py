"""`make fuzz`: what is drawn at random, at the sizes that the promises name. `python -m tests.fuzz formulas` runs that part only."""

from __future__ import annotations

import sys

from bench.parts import Parts, judged
from tests.fuzz import (
    contract,
    designer,
    facts,
    faults,
    flows,
    formulas,
    injection,
    merging,
    mutation,
    oracle,
    targets,
    twins,
)

PARTS: Parts = {
    "formulas": formulas.measured,
    "targets": targets.measured,
    "oracle": oracle.measured,
    "faults": faults.measured,
    "mutation": mutation.measured,
    "merging": merging.measured,
    "flows": flows.measured,
    "facts": facts.measured,
    "twins": twins.measured,
    "designer": designer.measured,
    "contract": contract.measured,
    "sqlmap": injection.measured,
}


if __name__ == "__main__":
    raise SystemExit(judged("fuzz", PARTS, sys.argv[1:]))
