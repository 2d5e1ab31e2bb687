"""Twin worlds at length: everybody asks much on both databases, under the shipped rights and under drawn ones."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import SEED, Row
from engine.installation.served import ServedModel, compiled_packs
from engine.model.app import AppModel
from tests.conftest import fresh_url, server_programs, throw_away_server
from tests.rights.random_rights import drawn_rights
from tests.rights.twin_trial import Trials
from tests.rights.worlds import Ground, make_ground

ROUNDS = int(os.environ.get("DOUGONG_TWIN_ROUNDS", "4"))
"""Rounds of everybody's trials on each database: one under the shipped rights, the others under drawn ones."""
EACH = 3


@dataclass
class Tally:
    """What came of all trials."""

    same: int = 0
    changed: int = 0
    leaks: list[str] = field(default_factory=list)


def measured() -> list[Row]:
    """Answers that differ between twins; it should be none, of so many compared."""
    tally, models = Tally(), compiled_packs("")
    for kind in ("sqlite", "postgres"):
        with ground(kind, models) as found:
            for at in range(ROUNDS):
                model = models.current()
                everybody(found, drawn_rights(model, SEED + at) if at else model, SEED + at, tally)
    for one in tally.leaks[:20]:
        print(one)
    return [
        Row(
            "TWINS",
            f"answers that differ, of {tally.same} with {tally.changed} hidden changes",
            0,
            len(tally.leaks),
            "",
        ),
    ]


def everybody(found: Ground, model: AppModel, seed: int, tally: Tally) -> None:
    trials = Trials(found, model, seed)
    for account in sorted(trials.people):
        outcome = trials.run(account, EACH)
        tally.same += outcome.same
        tally.changed += outcome.changed + outcome.added
        tally.leaks += [f"{account} seed {seed}: {one}" for one in outcome.leaks]
        tally.leaks += [f"{account} seed {seed}: {one} is not listed" for one in trials.unlisted(account)]


@contextmanager
def ground(kind: str, models: ServedModel) -> Iterator[Ground]:
    """The ground on a database of a kind; PostgreSQL needs its server programs."""
    with tempfile.TemporaryDirectory(prefix="dougong-twins-") as name:
        folder = Path(name) / "ground"
        folder.mkdir()
        if kind == "sqlite":
            yield make_ground(folder, "", models)
            return
        programs = server_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed")
        with throw_away_server(programs) as dsn:
            yield make_ground(folder, fresh_url(kind, dsn, folder), models)
