"""Erasure: canaries of five kinds for each of many subjects in every store, subject after subject erased and proved, others
unchanged, kills after every store, a backup from before the erasures restored."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from bench.report import Row
from engine.cli.subjects import replay_erasures
from engine.installation.backing_up import back_up
from engine.installation.restoring import RestoreOrder, restore
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.scanner.forms import forms_of
from engine.runtime.sovereignty.scanner.searching import Search
from engine.runtime.sovereignty.subjects.deciding import approve
from engine.runtime.sovereignty.subjects.requests import RequestState
from tests.conftest import fresh_url, server_programs, throw_away_server
from tests.crash.serving import NURSERY, PATIENCE
from tests.crash.test_erasures_killed import POINTS, killed_while_erasing
from tests.runtime.subjects.subject_world import OFFICERS, Canary, SubjectWorld, opened_world, subject_world

ERASED, STAYING, KILLS = 200, 20, 200
POSTGRES = 5
"""Subjects that are erased on PostgreSQL: each has its tables written anew."""
PADDING = 16_000_000
"""Bytes of others' files, that the world is of the size that is promised."""


def measured(erased: int = ERASED, kills: int = KILLS) -> list[Row]:
    """On SQLite with kills and a restored backup; on PostgreSQL the counts, where its programs are installed."""
    rows = [*_counts("sqlite", "", erased), *_kills(kills), *_restored()]
    programs = server_programs()
    if programs is not None:
        with throw_away_server(programs) as dsn, _folder() as folder:
            rows += _counts("postgres", fresh_url("postgres", dsn, folder), min(erased, POSTGRES))
    return rows


def _counts(kind: str, url: str, erased: int) -> Iterator[Row]:
    """How much of the erased is found again, by each proof and by one search for all of them at the end."""
    with _folder() as folder, subject_world(folder, url, subjects=erased + STAYING) as world:
        _pad(world.data)
        gone, stays = world.canaries[:erased], world.canaries[erased:]
        before = [world.digest(one) for one in stays]
        control = _found(world, gone)
        seconds, proved = [], 0
        for one in gone:
            request = world.asked(one)
            began = time.monotonic()
            proved += world.approved(request).state is RequestState.DONE
            seconds.append(time.monotonic() - began)
        found = _found(world, gone)
        changed = sum(world.digest(one) != was for one, was in zip(stays, before, strict=True))
        texts = 5 * erased
        forms = len({name for one in gone for text in one.texts for name in forms_of(text)})
        size = sum(path.stat().st_size for path in world.data.rglob("*") if path.is_file())
    yield Row(
        f"SO_CONTROL_{kind}",
        f"canaries found before, of {texts}, {size / 1e6:.0f} MB, {forms} forms",
        texts,
        control,
        "",
        at_least=True,
    )
    yield Row(f"SO_FOUND_{kind}", f"canaries found after, of {texts} of {erased} subjects", 0, found, "")
    yield Row(
        f"SO_PROVED_{kind}", f"erasures proved with the whole control, of {erased}", erased, proved, "", at_least=True
    )
    yield Row(
        f"SO_OTHERS_{kind}",
        f"other subjects whose digest changed, of {STAYING}, over {erased} erasures",
        0,
        changed,
        "",
    )
    yield Row(
        f"SO_SECONDS_{kind}", "seconds of an erasure with its proof, median", 600, statistics.median(seconds), "s"
    )


def _kills(kills: int) -> Iterator[Row]:
    """Each subject's process is killed after every store, then the next one ends it."""
    rounds = max(1, -(-kills // len(POINTS)))
    killed = clean = 0
    hours = count(1)
    with _folder() as folder:
        with subject_world(folder, "", subjects=rounds) as world:
            data, canaries = world.data, world.canaries
        for one in canaries:
            with opened_world(data, hours=next(hours)) as world:
                request = world.asked(one)
                world.by(OFFICERS[1], lambda work, asked=request: approve(work, asked.id, asked.digest or ""))  # type: ignore[misc]
            for point in POINTS:
                process = NURSERY.Process(target=killed_while_erasing, args=(data, request.id, point, next(hours)))
                process.start()
                process.join(PATIENCE)
                killed += process.exitcode == -signal.SIGKILL
            with opened_world(data, hours=next(hours)) as world:
                ended = world.carried_on(request.id)
                clean += ended.state is RequestState.DONE and not _found(world, [one])
    yield Row(
        "SO_KILLS",
        f"kills, after each of {len(POINTS)} stores of {rounds} erasures",
        rounds * len(POINTS),
        killed,
        "",
        at_least=True,
    )
    yield Row(
        "SO_RESUMED", f"killed erasures that ended proved and clean, of {rounds}", rounds, clean, "", at_least=True
    )


def _restored() -> Iterator[Row]:
    """What a backup from before brings back: its ledger is followed before it opens."""
    with _folder() as folder:
        with subject_world(folder, "", subjects=4) as world:
            requests = [world.asked(one) for one in world.canaries[:2]]
            saved = back_up(
                world.installation.settings, world.clock, folder / "before.zip", folder / "keys", lambda *_: None
            )
            for one in requests:
                world.approved(one)
            gone, ledger, clock = world.canaries[:2], world.ledger, world.clock
        target = Settings(data=folder / "restored", erase_ledger=str(ledger))
        restore(target, clock, RestoreOrder(saved.path, saved.keys), lambda *_: None)
        again = replay_erasures(target)
        with opened_world(target.data) as world:
            found = _found(world, gone)
    yield Row("SO_RESTORED", f"canaries of {again} erased subjects in a backup restored from before", 0, found, "")


def _found(world: SubjectWorld, canaries: Sequence[Canary]) -> int:
    """How many canaries stand anywhere in the installation."""
    search = Search([text for one in canaries for text in one.texts])
    search.folder(world.data, ("erasing", "model.kept"))
    if world.installation.database.dialect == "postgres":
        search.postgres(world.installation.settings.database)
    return len({hit[0] for hit in search.hits})


def _pad(data: Path) -> None:
    (data / "files").mkdir(exist_ok=True)
    (data / "files" / "others.bin").write_bytes(os.urandom(PADDING))


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dougong-prove-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
