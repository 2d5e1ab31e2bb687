"""Parts: a measuring target as named parts, run one after another, printed, and written to build/<target>.json."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from bench.report import Row, print_rows, write_report

Parts = Mapping[str, Callable[[], list[Row]]]


def run_parts(target: str, parts: Parts, names: Sequence[str]) -> list[Row] | None:
    """The rows of the parts named, of all when none is; None, with words, when a name is no part."""
    unknown = [name for name in names if name not in parts]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}")
        return None
    rows: list[Row] = []
    for name in names or parts:
        found = parts[name]()
        print_rows(found)
        sys.stdout.flush()
        rows += found
    print(f"→ {write_report(target, rows)}")
    return rows


def judged(target: str, parts: Parts, names: Sequence[str]) -> int:
    """Run the parts; exit 0 when every promise is kept, 1 when one is not, 2 for a part that does not exist."""
    rows = run_parts(target, parts, names)
    return 2 if rows is None else int(not all(row.met for row in rows))


def measured(target: str, parts: Parts, names: Sequence[str]) -> int:
    """Run the parts; exit 0 whatever the figures are, 2 for a part that does not exist."""
    return 2 if run_parts(target, parts, names) is None else 0
