"""Mutation of the policy: every line that decides on a right is removed or turned, and something must notice."""

from __future__ import annotations

from bench.report import Row
from tests.mutate_access import Fate, judged, mutants


def measured() -> list[Row]:
    """The mutants that nothing notices."""
    chosen = list(mutants())
    left = [(one.name, fate) for one, fate in judged(chosen) if fate is not Fate.KILLED]
    for name, fate in left:
        print(f"{fate:<8} {name}")
    return [Row("MUTATION", f"of {len(chosen)} changes of policy lines that nothing notices", 0, len(left), "")]
