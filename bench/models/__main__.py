"""`make prove-models`: part by part; `python -m bench.models answering` measures that part only. A figure that is not
reached stays in the table, with its number."""

from __future__ import annotations

import sys

from bench.models import answering, effects, evidence, forecasts, training
from bench.models.public_sets import FOLDER, missing
from bench.parts import Parts, measured

PARTS: Parts = {
    "chain": training.measured,
    "answering": answering.measured,
    "effects": effects.measured,
    "truth": training.truth,
    "honesty": training.honesty,
    "forecasts": forecasts.measured,
    "wide": training.wide,
    "evidence": evidence.measured,
}


if __name__ == "__main__":
    if missing():
        print(f"not in {FOLDER}: {', '.join(missing())}; `make prove-models` installs them")
        raise SystemExit(2)
    raise SystemExit(measured("prove-models", PARTS, sys.argv[1:]))
