"""Finding: how many checks the oracle needs until it disagrees with a product that has a planted fault."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.oracle.asking import ALL, ask_one
from tests.oracle.faults import READING, WRITING, Fault
from tests.oracle.questions import Mismatch, Oracle
from tests.oracle.serving import Seen, served

MOST = 5_000
WRITES = ("update", "create", "delete", "restore", "move", "lines", "bulk")
READ_SEED, WRITE_SEED = 31, 33


def checks_until_found(seen: Seen, fault: Fault) -> int:
    """0 when the fault is not found within MOST checks."""
    oracle = Oracle(seen, Random(7))
    chosen = {name: ALL[name] for name in fault.questions or ALL if fault.questions or name not in WRITES}
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch)
        while oracle.checks < MOST:
            seen.serve(seen.draw.rights())
            oracle.changed()
            for _ in range(40):
                try:
                    ask_one(oracle, chosen)
                except Mismatch:
                    return oracle.checks
    return 0


def not_found(folder: Path, names: list[str]) -> list[str]:
    """Those of the faults that the oracle does not find. Faults that only read share a world; those that write spoil theirs."""
    missed = []
    with served(folder / "reading", "sqlite:///", READ_SEED) as seen:
        missed += [name for name in names if name in READING and not checks_until_found(seen, READING[name])]
    for name in names:
        if name in WRITING:
            with served(folder / name, "sqlite:///", WRITE_SEED) as seen:
                missed += [] if checks_until_found(seen, WRITING[name]) else [name]
    return missed
