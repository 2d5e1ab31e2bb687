"""Commands of the designer at the size that the promise names: ten thousand sequences, a thousand pairs merged, undo to the byte."""

from __future__ import annotations

from collections.abc import Callable

from bench.report import SEED, Row
from tests.designer.random_commands import Tally, run_sequence
from tests.designer.random_pairs import Pairs, merge_pair

SEQUENCES, LENGTH, PAIRS = 10_000, 8, 10_000


def measured() -> list[Row]:
    """What sequences of commands came to, what was refused, and what merges lost."""
    tally, pairs = Tally(), Pairs()
    wrong = _wrong(SEQUENCES, lambda seed: run_sequence(seed, LENGTH, tally))
    lost = _wrong(PAIRS, lambda seed: merge_pair(seed, pairs))
    what = f"wrong outcomes of {SEQUENCES:,} random sequences, {tally.commands:,} commands: data, remarks, inverse"
    merged = (
        f"silent losses of {PAIRS:,} random pairs of edits, {pairs.overlapping:,} overlapping, {pairs.conflicts:,} told"
    )
    return [
        Row("DESIGN_SEQUENCES", what, 0, wrong, ""),
        Row("DESIGN_REFUSED", "commands that fit and were refused", 0, tally.refused, ""),
        Row("DESIGN_PAIRS", merged, 0, lost, ""),
    ]


def _wrong(times: int, trial: Callable[[int], None]) -> int:
    """How many of some trials fail; each is told with its seed."""
    found = 0
    for seed in range(SEED, SEED + times):
        try:
            trial(seed)
        except AssertionError as error:
            found += 1
            print(str(error)[:2000])
    return found
