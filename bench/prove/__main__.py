"""`make prove`: part by part; `python -m bench.prove audit` proves that part only. A part is a module of this folder whose
`measured()` gives rows (what, target, measured); a figure that is not reached stays in the table and fails the whole."""

from __future__ import annotations

import sys

from bench.parts import Parts, judged
from bench.prove import audit, breaker, classifier, envelopes, erase, lineage

PARTS: Parts = {
    "audit": audit.measured,
    "breaker": breaker.measured,
    "classifier": classifier.measured,
    "envelopes": envelopes.measured,
    "erase": erase.measured,
    "lineage": lineage.measured,
}


if __name__ == "__main__":
    raise SystemExit(judged("prove", PARTS, sys.argv[1:]))
