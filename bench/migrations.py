"""Migrations: what a row costs in each kind of work, and how near the estimate of `dougong plan` comes, on both databases."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.report import Row
from engine.runtime import rows
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database, Session
from engine.runtime.schema.estimate import estimates
from engine.runtime.schema.executor import Stamp, apply, plan_for
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Schema, Table, schema_of
from tests.conftest import server_programs, throw_away_server

SIZE, PIECE = 200_000, 5_000
OFF = 3.0
"""An estimate is right when it is off by no more than this factor."""
COLUMNS = (
    Column("id", PhysicalKind.INTEGER, nullable=False),
    *(Column(f"text_{number}", PhysicalKind.TEXT) for number in range(3)),
    *(Column(f"number_{number}", PhysicalKind.INTEGER, scale=2) for number in range(4)),
)
TABLE = Table("thing", COLUMNS)
WORKS: tuple[tuple[str, Callable[[Table], Table]], ...] = (
    ("index", lambda table: replace(table, indexes=(Index("thing__a", ("text_1", "id")),))),
    ("tighten", lambda table: _with(table, Column("number_2", PhysicalKind.INTEGER, scale=2, nullable=False))),
    ("convert", lambda table: _with(table, Column("number_3", PhysicalKind.INTEGER, scale=4))),
)


def measured() -> list[Row]:
    """One row for each kind of work and database: how far off its estimate is, as a factor."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        found += _on("sqlite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
    programs = server_programs()
    if programs is not None:
        with throw_away_server(programs) as url:
            found += _on("postgres", url)
    return found


def _on(kind: str, url: str) -> Iterator[Row]:
    database = open_database(url)
    try:
        table = _filled(database)
        for number, (name, change) in enumerate(WORKS, start=2):
            table = change(table)
            guessed, taken = _timed(database, schema_of([table]), number)
            off = max(guessed / taken, taken / guessed)
            words = f"{name} of {SIZE:,} rows on {kind}: {taken:.2f} s, told {guessed:.2f} s"
            yield Row(f"estimate_{name}_{kind}", words, OFF, off, "×")
    finally:
        database.close()


def _filled(database: Database) -> Table:
    plan = plan_for(database, schema_of([TABLE]), Stamp(1, 1, ""))
    apply(database, plan, Stamp(1, 1, ""))
    for start in range(0, SIZE, PIECE):
        database.write(lambda session, start=start: _insert(session, start))
    return TABLE


def _insert(session: Session, start: int) -> None:
    texts = {f"text_{number}": f"客户 {start} 的第 {number} 段文字" for number in range(3)}
    listed = [
        {"id": start + at, **texts, **{f"number_{number}": (start + at) * number % 99991 for number in range(4)}}
        for at in range(1, PIECE + 1)
    ]
    rows.insert_many(session, "thing", listed)


def _timed(database: Database, schema: Schema, number: int) -> tuple[float, float]:
    """Seconds as told and as taken."""
    stamp = Stamp(number, number, "")
    plan = plan_for(database, schema, stamp)
    told = sum(one.seconds for one in database.read(lambda session: estimates(session, plan.operations)))
    started = time.perf_counter()
    apply(database, plan, stamp, consent=True)
    return told, time.perf_counter() - started


def _with(table: Table, column: Column) -> Table:
    return replace(table, columns=tuple(column if one.name == column.name else one for one in table.columns))
