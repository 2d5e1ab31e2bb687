"""Formulas agree: 100,000 pairs of a random formula and a random row in all four back ends, and every planted fault found."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import SEED, Row
from engine.model.formula_functions import FUNCTIONS
from tests.conftest import server_programs, throw_away_server
from tests.formula.agreement import Agreement, Backends, compared, found_after
from tests.formula.formula_faults import JAVASCRIPT, PYTHON, PYTHON_RULES, SQL, SQL_RULES, planted_javascript, sql_rule

PAIRS, ROWS, FAULT_WITHIN = 100_000, 24, 5_000
SHOWN = 20


def measured() -> list[Row]:
    """With a seed of `DOUGONG_SEED`, when another walk is wanted."""
    programs = server_programs()
    if programs is None:
        raise SystemExit("the programs of a PostgreSQL server are needed: apt-get install postgresql")
    with throw_away_server(programs) as server, tempfile.TemporaryDirectory() as folder:
        agreement = compared(
            int(os.environ.get("DOUGONG_SEED", SEED)), PAIRS, Backends(True, server, Path(folder)), ROWS, _told
        )
        missed = list(_missed(server, Path(folder)))
    for one in (*agreement.differences[:SHOWN], *agreement.near, *agreement.refused[:SHOWN]):
        print(one)
    return _rows(agreement, missed)


def _told(agreement: Agreement) -> None:
    print(f"{agreement.pairs} pairs, {len(agreement.differences)} differ", flush=True)


def _rows(agreement: Agreement, missed: list[str]) -> list[Row]:
    never = sorted(FUNCTIONS.keys() - agreement.valued)
    rarity = len(agreement.near) * 100_000 / agreement.pairs
    return [
        Row("formula-agree", f"values that differ, of {agreement.pairs} pairs", 0, len(agreement.differences), ""),
        Row("formula-refused", "drawn formulas that the checker refuses", 0, len(agreement.refused), ""),
        Row("formula-near", "differences at a rounding boundary in 100,000 pairs", 1, rarity, ""),
        Row("formula-functions", f"functions without a value {' '.join(never)}", 0, len(never), ""),
        Row("formula-controls", f"planted faults not found {' '.join(missed)}", 0, len(missed), ""),
    ]


def _missed(server: str, folder: Path) -> Iterator[str]:
    """The planted faults that no pair shows."""
    for name, fault in PYTHON.items():
        with _planted(PYTHON_RULES, name, fault):
            yield from _unseen(f"python:{name}", Backends())
    for dialect, backends in (("sqlite", Backends()), ("postgres", Backends(False, server))):
        for name in SQL:
            with _planted(SQL_RULES, name, sql_rule(name, dialect)):
                yield from _unseen(f"{dialect}:{name}", backends)
    for name in JAVASCRIPT:
        yield from _unseen(f"javascript:{name}", Backends(False, None, folder, planted_javascript(name)))


def _unseen(name: str, backends: Backends) -> Iterator[str]:
    if found_after(SEED, FAULT_WITHIN, backends) is None:
        yield name


@contextmanager
def _planted(rules: MutableMapping[str, Any], name: str, fault: object) -> Iterator[None]:
    right = rules[name]
    rules[name] = fault
    try:
        yield
    finally:
        rules[name] = right
