"""`make bench`: what is measured, part by part. `python -m bench starting requests` measures those parts only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from bench import compiling, migrations, pages, requests, rollups, starting, writes
from bench.report import Row, print_rows, write_report

PARTS: Mapping[str, Callable[[], list[Row]]] = {
    "compiling": compiling.measured,
    "starting": starting.measured,
    "pages": pages.measured,
    "requests": requests.measured,
    "writes": writes.measured,
    "migrations": migrations.measured,
    "rollups": rollups.measured,
}


def main(names: list[str]) -> int:
    """Measure, print, write; exit 0 whatever the figures are, 2 for a part that does not exist."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    rows: list[Row] = []
    for name in names or PARTS:
        found = PARTS[name]()
        print_rows(found)
        rows += found
    print(f"→ {write_report('bench', rows)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
