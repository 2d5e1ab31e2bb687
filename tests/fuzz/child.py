"""One fuzz target in a process of its own: `python -m tests.fuzz.child TARGET SECONDS FOLDER [fault]`.

The folder has the inputs to start from under `seeds`, and gets `worst.json` and what broke the target.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

from tests.fuzz.bounds import Bounded, Worst
from tests.fuzz.targets import LONGEST

INSTRUMENTED = ["engine"]


def main(name: str, seconds: str, folder: str, fault: str = "") -> None:
    """Never returns: the fuzzer ends the process, with 77 when an input broke the target."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = importlib.import_module(f"tests.fuzz.{name}_target")
    attempt = target.attempt()
    if fault:
        attempt = target.FAULTS[fault](attempt)
    bounded = Bounded(attempt, target.DECLARED, Worst(Path(folder, "worst.json")))
    given = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-len_control=0",
        "-rss_limit_mb=2048",
        "-timeout=20",
        "-verbosity=0",
        "-seed=1",
        f"-artifact_prefix={folder}/",
        str(Path(folder, "seeds")),
    ]
    atheris.Setup(given, bounded)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
