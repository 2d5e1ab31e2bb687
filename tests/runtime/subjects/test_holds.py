"""Legal holds win over erasure and retention, in whatever order the three come."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations, product
from pathlib import Path

import pytest

from engine.diagnostics import DougongError
from engine.runtime.retention import prune
from engine.runtime.rows import count, insert, select
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.subjects.clock import SubjectClock
from engine.runtime.sovereignty.subjects.deciding import approve, hold, release
from engine.runtime.sovereignty.subjects.requests import RequestState, request_of
from tests.runtime.subjects.subject_world import NOW, OFFICERS, Canary, SubjectWorld, later, subject_world

pytestmark = pytest.mark.one_database
ACTS = ("hold", "erase", "retain")


def placed(world: SubjectWorld, canary: Canary) -> int:
    return world.by(OFFICERS[0], lambda work: hold(work, ("customer", canary.record), ("2026-17", date(2026, 6, 1)))).id


def old_version(world: SubjectWorld, canary: Canary) -> None:
    """A version that its age would let go."""
    ended = int((NOW - timedelta(days=400)).timestamp() * 1e6)
    row = {
        "record": canary.record,
        "version": 0,
        "valid_from": 0,
        "valid_to": ended,
        "action": "update",
        "changed": "[]",
    }
    world.inside(lambda work: insert(work.session, "customer__version", row))


def retained(world: SubjectWorld) -> None:
    settings = Settings(data=world.data, retention_history=30)
    prune(world.installation.database, world.installation.models.current(), settings, world.clock.now())


def versions(world: SubjectWorld, canary: Canary) -> int:
    where = {"record": canary.record, "version": 0}
    return world.installation.database.read(lambda session: count(session, "customer__version", where))


def rows(world: SubjectWorld, canary: Canary) -> int:
    return world.installation.database.read(lambda session: count(session, "customer", {"id": canary.record}))


ORDERS = sorted(
    {
        tuple(one for one in order if chosen[ACTS.index(one)])
        for order in permutations(ACTS)
        for chosen in product((0, 1), repeat=3)
    }
)


def test_a_hold_wins_over_erasure_and_retention_in_every_order(tmp_path: Path, database_url: str) -> None:
    """Each of the eight sets of the three, in each of its orders."""
    assert len({frozenset(one) for one in ORDERS}) == 8
    with subject_world(tmp_path, database_url, subjects=len(ORDERS), plant=False) as world:
        for order, canary in zip(ORDERS, world.canaries, strict=True):
            old_version(world, canary)
            for act in order:
                if act == "hold":
                    placed(world, canary)
                elif act == "retain":
                    retained(world)
                elif rows(world, canary):
                    request = world.asked(canary)
                    if request.state is RequestState.PLANNED:
                        world.approved(request)
            held_first = "hold" in order and (*order, "erase").index("erase") > order.index("hold")
            assert rows(world, canary) == (0 if "erase" in order and not held_first else 1), order
            let_go = "retain" in order and ("hold" not in order or order.index("retain") < order.index("hold"))
            assert versions(world, canary) == (0 if let_go or not rows(world, canary) else 1), order


def test_a_hold_between_approval_and_run_stops_it_and_its_release_starts_the_clock_anew(
    tmp_path: Path, database_url: str
) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world:
        canary = world.canaries[0]
        request = world.asked(canary)
        world.by(OFFICERS[1], lambda work: approve(work, request.id, request.digest or ""))
        case = placed(world, canary)
        assert world.carried_on(request.id).state is RequestState.HELD
        assert rows(world, canary) == 1
        later(world, 30)
        world.by(OFFICERS[0], lambda work: release(work, case))
        fresh = world.carried_on(request.id)
        assert (fresh.state, fresh.clock_from) == (RequestState.PLANNED, world.clock.now())
        assert world.approved(fresh).state is RequestState.DONE


def test_a_hold_without_a_case_is_none(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world, pytest.raises(DougongError):
        world.by(OFFICERS[0], lambda work: hold(work, ("customer", None), (" ", date(2026, 6, 1))))


def test_who_answers_is_told_at_12_18_and_22_hours_once_each(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world:
        request = world.asked(world.canaries[0])
        clock = SubjectClock(world.installation.workplace, "Asia/Shanghai")
        told = []
        for hours in (11, 2, 4, 2, 3, 5):
            later(world, hours)
            told.append((clock.look(world.clock.now()), clock.look(world.clock.now())))
        assert told == [(0, 0), (1, 0), (0, 0), (1, 0), (1, 0), (0, 0)]
        notices = world.installation.database.read(
            lambda session: select(session, "dougong_notice", ("user_id", "link"))
        )
        assert len(notices) == 3 * len(OFFICERS)
        assert world.installation.database.read(lambda session: request_of(session, request.id)).warned == 3
