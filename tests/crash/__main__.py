"""`make crash`: faults at the sizes that the promises name, part by part. `python -m tests.crash kills` runs that part only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from bench.report import Row, print_rows, write_report
from tests.crash import measured_kills, measured_migrations, measured_restart

PARTS: Mapping[str, Callable[[], list[Row]]] = {
    "kills": measured_kills.measured,
    "migrations": measured_migrations.measured,
    "restart": measured_restart.measured,
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
        sys.stdout.flush()
        rows += found
    print(f"→ {write_report('crash', rows)}")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
