"""`make fuzz`: what is drawn at random, at the sizes that the promises name. `python -m tests.fuzz formulas` runs that part only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from bench.report import Row, print_rows, write_report
from tests.fuzz import contract, faults, formulas, injection, merging, mutation, oracle, targets, twins

PARTS: Mapping[str, Callable[[], list[Row]]] = {
    "formulas": formulas.measured,
    "targets": targets.measured,
    "oracle": oracle.measured,
    "faults": faults.measured,
    "mutation": mutation.measured,
    "merging": merging.measured,
    "twins": twins.measured,
    "contract": contract.measured,
    "sqlmap": injection.measured,
}


def main(names: list[str]) -> int:
    """Run, print, write; exit 1 when a promise is not kept, 2 for a part that does not exist."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    rows: list[Row] = []
    for name in names or PARTS:
        found = PARTS[name]()
        print_rows(found)
        rows += found
    print(f"→ {write_report('fuzz', rows)}")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
