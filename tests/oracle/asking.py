"""Asking: worlds, people and questions drawn from a seed, until there were enough checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.oracle import pages, reading, standing, writing
from tests.oracle.naive import Person
from tests.oracle.questions import Oracle
from tests.oracle.serving import served

Question = Callable[[Oracle, Person], None]
ALL: dict[str, tuple[Question, int]] = {
    **reading.QUESTIONS,
    **pages.QUESTIONS,
    **writing.QUESTIONS,
    **standing.QUESTIONS,
}
PER_WORLD = 60


def ask_until(folder: Path, database_url: str, seed: int, checks: int, names: tuple[str, ...] = ()) -> Oracle:
    """Ask in ever new definitions until that many checks were made; raises Mismatch at the first disagreement."""
    chosen = {name: ALL[name] for name in names or ALL}
    with served(folder, database_url, seed) as seen:
        oracle = Oracle(seen, Random(seed))
        while oracle.checks < checks:
            seen.serve(seen.draw.rights())
            oracle.changed()
            for _ in range(PER_WORLD):
                ask_one(oracle, chosen)
        return oracle


def ask_one(oracle: Oracle, chosen: dict[str, tuple[Question, int]]) -> None:
    """One question by somebody."""
    name = oracle.random.choices(list(chosen), [weight for _, weight in chosen.values()])[0]
    oracle.asked[name] = oracle.asked.get(name, 0) + 1
    chosen[name][0](oracle, oracle.random.choice(oracle.seen.people))
