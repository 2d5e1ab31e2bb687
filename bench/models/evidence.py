"""Evidence: a thousand decisions taken over the demo while its rows change, then looked at by `dougong negotiation audit`.

They are taken by the product's own way, several in a transaction; between the transactions customers and quotes that they
rest on are changed by their owners, so that most rows have newer versions than those that were decided on.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import run
from typing import TypeVar

from bench.negotiation import LEAD, said
from bench.report import SEED, Row
from bench.server import ENGINE, Server
from bench.world import Home
from engine.application import Installation
from engine.cli.data import context_of_account
from engine.cli.opening import writing
from engine.diagnostics import DougongError
from engine.model.context import Context
from engine.runtime.negotiation.decisions import TERMS, Wish, draft
from engine.runtime.negotiation.desk import Desk
from engine.runtime.negotiation.keeping import keep
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.records.writing import update
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Work

Result = TypeVar("Result")
DECISIONS = int(os.environ.get("DOUGONG_DECISIONS", "1000"))
BATCH = 25
NEGOTIATION, STAGES = "opportunity", ("proposal", "negotiation")
PEOPLE = ("li_wei", "zhou_hang", "chen_xi", "liu_yang", "huang_wen", "feng_yi", "zhao_rui", "deng_ke", "pei_ran")
OFFERS = ({"payment_days": 90.0}, {"price": 0.12, "payment_days": 60.0}, {"delivery_weeks": 6.0})


def measured() -> list[Row]:
    """How many features of random decisions resolve to rows as they were, and how many replay byte for byte."""
    with decided_world(DECISIONS) as world:
        begun = time.perf_counter()
        command = [sys.executable, *ENGINE, "--data", str(world.home.folder), "negotiation", "audit", "--json"]
        words = ("--sample", str(DECISIONS), "--seed", str(SEED))
        told = run([*command, *words], capture_output=True, text=True, check=False, env=_environment())
        took = (time.perf_counter() - begun) * 1000
    found = json.loads(told.stdout)
    for one in found["flaws"][:20]:
        print(f"  {one['decision']} {one['place']}: {one['cause']}")
    features, rows = found["features"], found["rows"]
    moved = f"{world.changed:,} rows changed meanwhile"
    return [
        Row("evidence_decisions", f"random decisions of {world.people} people, {moved}", DECISIONS, found["decisions"], "", True),
        Row("evidence_features", f"of {features:,} features, those that resolve", 100, _share(found, "features"), "%", True),
        Row("evidence_rows", f"of {rows:,} rows, those that are as they were", 100, _share(found, "rows"), "%", True),
        Row("evidence_replayed", "decisions that replay byte for byte", found["decisions"], found["replayed"], "", True),
        Row("evidence_broken", "decisions with anything broken", 0, found["broken"], ""),
        Row("evidence_took", "looking at one decision, with its replay", 1_000, took / max(found["decisions"], 1), "ms"),
    ]  # fmt: skip


def _share(found: dict[str, int], name: str) -> float:
    return 100.0 * found[f"{name}_resolved"] / found[name] if found[name] else 0.0


def _environment() -> dict[str, str]:
    return {**os.environ, "DOUGONG_DEMO": "1"}


@dataclass
class DecidedWorld:
    """The demo with decisions that were taken in it."""

    home: Home
    people: int = 0
    changed: int = 0


@contextmanager
def decided_world(decisions: int) -> Iterator[DecidedWorld]:
    """The small demo with both models live and so many decisions, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        home = Home(Path(name), str(Path(name) / "dougong.sqlite3"))
        with Server.of_engine(home.folder, act="start"):
            pass
        for model in ("deal_win", "payment_late"):
            said(home, "model", "train", model, "--pipeline", model, "--user", LEAD)
            said(
                home, "model", "deploy", model, "--version", "1", "--user", "lin_hai", "--despite", "--reason", "bench"
            )
        world = DecidedWorld(home)
        with writing(Settings(data=home.folder, demo=True)) as installation:
            _Deciding(installation, world, random.Random(SEED)).take(decisions)
        yield world


class _Deciding:
    """People who decide, and whose rows change in between."""

    def __init__(self, installation: Installation, world: DecidedWorld, chance: random.Random) -> None:
        self.installation, self.world, self.chance = installation, world, chance
        self.desk = Desk()
        self.deals = {one: self._deals(one) for one in PEOPLE}
        world.people = sum(bool(one) for one in self.deals.values())

    def take(self, decisions: int) -> None:
        people = [one for one in PEOPLE if self.deals[one]]
        taken = 0
        while taken < decisions:
            person = self.chance.choice(people)
            batch = partial(self._batch, deals=self.deals[person], most=min(BATCH, decisions - taken))
            taken += self._write(person, batch)
            self._write(person, self._change)

    def _batch(self, work: Work, deals: list[int], most: int) -> int:
        drafts = []
        for _ in range(most):
            try:
                drafts.append(draft(work, self.desk, NEGOTIATION, self.chance.choice(deals), self._wish()))
            except DougongError as error:
                if error.code not in {"negotiation_not_offered", "beyond_authority", "bad_request"}:
                    raise
        for one in drafts:
            keep(work, one)
        return len(drafts)

    def _wish(self) -> Wish:
        """A package, or the terms of now with one of them moved; every third with an offer of the customer."""
        offer = self.chance.choice(OFFERS) if self.chance.random() < 0.34 else None
        reason = self.chance.choice(("客户急用", "守住账期", "对手降价", "年度框架"))
        if self.chance.random() < 0.3:
            return Wish(TERMS, reason, {"payment_days": self.chance.choice((30.0, 45.0, 60.0))}, offer)
        return Wish(self.chance.choice(("now", "hold", "balance", "win")), reason, None, offer)

    def _change(self, work: Work) -> None:
        """Rows that decisions rest on, changed by whoever may."""
        for entity, values in (
            ("customer", {"note": f"第 {self.world.changed} 次回访"}),
            ("opportunity", {"next_step": f"第 {self.world.changed} 步", "next_step_on": work.context.today}),
        ):
            rows = read_rows(work, Question(entity, ()), (), 400)
            for row in self.chance.sample(rows, min(8, len(rows))):
                try:
                    with work.savepoint():
                        update(work, entity, row.id, values, row.version)
                    self.world.changed += 1
                except DougongError:
                    continue

    def _deals(self, person: str) -> list[int]:
        """Records that a person may negotiate about."""

        def find(work: Work) -> list[int]:
            ids = [int(str(row[0])) for row in select(work.session, "opportunity", ("id", "stage")) if row[1] in STAGES]
            negotiation = work.model.negotiations[NEGOTIATION]
            question = Question(negotiation.entity, (negotiation.when,), among=("id",))
            return sorted(one.id for one in read_rows(work, question, ids, len(ids)) if one.cells[0] is True)

        return self.installation.workplace.read(self._context(person), find)

    def _context(self, person: str) -> Context:
        return context_of_account(self.installation, person)

    def _write(self, person: str, act: Callable[[Work], Result]) -> Result:
        return self.installation.workplace.write(self._context(person), act)
