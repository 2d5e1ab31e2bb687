"""The audit chain: 1,000 mutations of a log found given its anchor, what stays unseen without one, and what an entry costs."""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from bench.report import SEED, Row
from engine.runtime.audit import AUDIT_TABLES, READ, Act, append
from engine.runtime.audit_chain.reads import ReadSpool, read_act
from engine.runtime.audit_chain.sealing import Sealer, seal_all, seal_turn
from engine.runtime.audit_chain.verifying import Proofs, verify_chain
from engine.runtime.clock import clock_from
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import insert
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.operations import CreateTable
from engine.runtime.schema.tables import Column, Table
from engine.runtime.sightings import Sighting
from tests.conftest import server_programs, throw_away_server
from tests.mutate_audit import KINDS_OF_MUTATION, Scene, caught

MUTATIONS, ENTRIES, KEY = 1_000, 200, b"k" * 32
UNITS, WRITERS, ROUNDS, SEALED = 400, 8, 5, 20_000
PLAIN = Table(
    "plain",
    tuple(Column(one.name, one.kind, one.nullable) for one in AUDIT_TABLES[1].columns),
)
"""A table like that of entries that wait, for the statement beside."""


def measured() -> list[Row]:
    """On both databases."""
    rows: list[Row] = [_noting()]
    for kind, database in _databases():
        rows += [*_mutations(kind, database), *_cost(kind, database), _speed(kind, database)]
    return rows


def _noting() -> Row:
    """What a page of fifty rows with guarded fields pays for its entry."""
    clock = clock_from("")
    rows = tuple((number << 22, 3) for number in range(1, 51))
    sighting = Sighting("opportunity", ("budget", "criteria", "hidden_kpi"), rows)
    times: list[float] = []
    with tempfile.TemporaryDirectory(prefix="dougong-prove-") as folder:
        spool = ReadSpool(Path(folder), IdSource(clock))
        for _ in range(2000):
            began = time.thread_time()
            spool.note(read_act(Act(clock.now(), READ, 7, address="10.0.0.1"), (sighting,)))
            times.append(time.thread_time() - began)
    p99 = statistics.quantiles(times, n=100)[-1] * 1000
    words = f"a page of 50 rows with guarded fields noted, processor time, p99; median {statistics.median(times) * 1000:.3f} ms"
    return Row("AUDIT_READS", words, 0.5, p99, "ms")


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory(prefix="dougong-prove-") as folder:
        with closing(_opened(f"sqlite:///{Path(folder) / 'audit.sqlite3'}")) as database:
            yield "sqlite", database
        programs = server_programs()
        if programs is None:
            print("PostgreSQL is not installed: its half is not proved")
            return
        with throw_away_server(programs, durable=True) as url, closing(_opened(url)) as database:
            yield "postgres", database


def _opened(url: str) -> Database:
    database = open_database(url)

    def make(session: Session) -> None:
        for table in (*AUDIT_TABLES, PLAIN):
            for statement in ddl(CreateTable(table), session.dialect):
                session.execute(statement)

    database.alter(make)
    return database


def _mutations(kind: str, database: Database) -> list[Row]:
    """As many of each kind as of the others; those that nobody can see without an anchor, counted without one too."""
    clock, chance = clock_from(""), random.Random(SEED)
    scene = Scene(database, IdSource(clock), KEY, clock.now())
    scene.fill(ENTRIES)
    kinds = list(KINDS_OF_MUTATION)
    found = sum(caught(scene, kinds[at % len(kinds)], chance) for at in range(MUTATIONS))
    blind = {
        name: sum(not caught(scene, name, chance, anchored=False) for _ in range(20)) for name in KINDS_OF_MUTATION
    }
    unseen = ", ".join(f"{name} {count}" for name, count in blind.items() if count)
    holds = database.read(lambda session: verify_chain(session, Proofs(KEY, scene.anchors))).broken is None
    words = f"mutations found given the anchor, {kind}; without it unseen of 20 each, key in hand: {unseen or 'none'}"
    return [
        Row(f"AUDIT_FOUND_{kind}", words, MUTATIONS, found, "", at_least=True),
        Row(f"AUDIT_ALARMS_{kind}", f"false alarms on the chain itself, {kind}", 0, int(not holds), ""),
    ]


def _cost(kind: str, database: Database) -> list[Row]:
    """Recording an entry beside inserting a row of the same columns, each in a transaction of its own, while one seals."""
    clock = clock_from("")
    ids, act = IdSource(clock), Act(clock.now(), "export", 7, None, "entity=customer rows=20", address="10.0.0.1")
    plain = _plain(ids)
    ratios, times = [], list[float]()
    with _sealing(database):
        for _ in range(ROUNDS):
            slow = _elapsed(database, partial(append, ids=ids, act=act), times)
            ratios.append(slow / _elapsed(database, plain, []))
    worst = statistics.quantiles(times, n=100)[-1] * 1000
    median = statistics.median(times) * 1000
    beside = (
        f"recording an entry beside a plain insert, {WRITERS} writers at once, {kind}; "
        f"a synced transaction takes {median:.2f} ms, p99 {worst:.1f} ms"
    )
    return [
        Row(f"AUDIT_RATIO_{kind}", beside, 1.5, statistics.median(ratios), "×"),
        _alone(kind, database, ids, act),
    ]


def _alone(kind: str, database: Database, ids: IdSource, act: Act) -> Row:
    """The statement alone inside of a transaction, p99: what a request pays."""
    times: list[float] = []

    def unit(session: Session) -> None:
        for _ in range(2000):
            began = time.perf_counter()
            append(session, ids, act)
            times.append(time.perf_counter() - began)

    database.write(unit)
    p99 = statistics.quantiles(times, n=100)[-1] * 1000
    return Row(f"AUDIT_APPEND_{kind}", f"an entry inside of its transaction, p99, {kind}", 1, p99, "ms")


def _plain(ids: IdSource) -> Callable[[Session], None]:
    told = {"at": 1, "actor": 7, "viewing_as": None, "action": "export", "subject": "entity=customer rows=20"}
    rest = {"outcome": "done", "address": "10.0.0.1", "request": None, "digest": None}
    return lambda session: insert(session, "plain", {"id": ids.next(), **told, **rest})


def _elapsed(database: Database, unit: Callable[[Session], None], times: list[float]) -> float:
    """Seconds for all units of all writers; each unit's own go to `times`."""

    def write() -> None:
        for _ in range(UNITS // WRITERS):
            began = time.perf_counter()
            database.write(unit)
            times.append(time.perf_counter() - began)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    began = time.perf_counter()
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    return time.perf_counter() - began


@contextmanager
def _sealing(database: Database) -> Iterator[None]:
    """The sealer at its turn every second."""
    stopped, clock = threading.Event(), clock_from("")

    def work() -> None:
        while not stopped.wait(1.0):
            seal_turn(database, Sealer("prove", KEY), clock.now())

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stopped.set()
    thread.join()


def _speed(kind: str, database: Database) -> Row:
    """Entries that one sealer numbers and chains a second."""
    clock = clock_from("")
    ids = IdSource(clock)
    act = Act(clock.now(), "export", 7, None, "entity=customer rows=20", address="10.0.0.1")

    def fill(session: Session) -> None:
        for _ in range(SEALED // 10):
            append(session, ids, act)

    for _ in range(10):
        database.write(fill)
    began = time.perf_counter()
    count = seal_all(database, Sealer("prove", KEY), clock.now())
    rate = count / (time.perf_counter() - began)
    began = time.perf_counter()
    verdict = database.read(lambda session: verify_chain(session, Proofs(KEY)))
    verified = verdict.length / (time.perf_counter() - began)
    words = f"entries sealed a second, {kind}; verified {verified:,.0f} a second"
    return Row(f"AUDIT_SEALED_{kind}", words, 5_000, rate, "/s", at_least=True)
