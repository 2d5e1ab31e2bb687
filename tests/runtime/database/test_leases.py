"""Nodes: no two processes make identifiers under the same number, whatever the clock does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.runtime.database.protocol import Database
from engine.runtime.identifiers import IdSource
from engine.runtime.leases import NODE_TABLE, TERM, LeaseLost, NoNodeLeft, lease_node, release_node, renew_node
from engine.runtime.schema.executor import Stamp, apply, plan_for
from engine.runtime.schema.tables import schema_of
from tests.conftest import FixedClock


@pytest.fixture
def nodes(database: Database) -> Database:
    stamp = Stamp(1, 1, "")
    apply(database, plan_for(database, schema_of([NODE_TABLE]), stamp), stamp)
    return database


def test_processes_that_start_together_get_different_nodes(nodes: Database, fixed_clock: FixedClock) -> None:
    with ThreadPoolExecutor(4) as pool:
        leases = list(pool.map(lambda one: lease_node(nodes, f"p{one}", fixed_clock.now()), range(8)))
    assert sorted(one.node for one in leases) == list(range(1, 9))


def test_a_node_whose_lease_ran_out_is_taken_and_its_old_holder_is_told(
    nodes: Database, fixed_clock: FixedClock
) -> None:
    first = lease_node(nodes, "first", fixed_clock.now(), nodes=2)
    fixed_clock.advance(TERM)
    assert lease_node(nodes, "second", fixed_clock.now(), nodes=2).node == first.node
    with pytest.raises(LeaseLost):
        renew_node(nodes, first, fixed_clock.now())


def test_a_renewed_lease_is_not_taken(nodes: Database, fixed_clock: FixedClock) -> None:
    first = lease_node(nodes, "first", fixed_clock.now())
    fixed_clock.advance(TERM / 2)
    renew_node(nodes, first, fixed_clock.now())
    fixed_clock.advance(TERM / 2)
    assert lease_node(nodes, "second", fixed_clock.now()).node == 2


def test_a_released_node_is_free_at_once(nodes: Database, fixed_clock: FixedClock) -> None:
    release_node(nodes, lease_node(nodes, "first", fixed_clock.now()), fixed_clock.now())
    assert lease_node(nodes, "second", fixed_clock.now()).node == 1


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_when_all_nodes_are_leased_that_is_told(nodes: Database, fixed_clock: FixedClock) -> None:
    """In a database of one process there always is a node: whoever held it has ended."""
    for one in range(2):
        lease_node(nodes, f"p{one}", fixed_clock.now(), nodes=3)
    with pytest.raises(NoNodeLeft):
        lease_node(nodes, "late", fixed_clock.now(), nodes=3)


def test_after_a_jump_of_the_clock_a_living_process_keeps_its_node(nodes: Database, fixed_clock: FixedClock) -> None:
    first = lease_node(nodes, "first", fixed_clock.now())
    fixed_clock.advance(timedelta(days=3))
    second = lease_node(nodes, "second", fixed_clock.now())
    assert second.node != first.node
    renew_node(nodes, first, fixed_clock.now())


def test_a_source_starts_after_what_its_node_made_before_even_after_a_rush(
    nodes: Database, fixed_clock: FixedClock
) -> None:
    first = lease_node(nodes, "first", fixed_clock.now())
    source = IdSource(fixed_clock, first.node, first.floor)
    before = [source.next() for _ in range(9000)]
    release_node(nodes, first, fixed_clock.now(), source.reached)
    fixed_clock.advance(timedelta(milliseconds=4))
    second = lease_node(nodes, "second", fixed_clock.now())
    after = IdSource(fixed_clock, second.node, second.floor)
    assert second.node == first.node
    assert after.next() > before[-1]


def test_when_the_clock_went_back_a_node_goes_on_after_what_it_made(nodes: Database, fixed_clock: FixedClock) -> None:
    made = []
    for back in (timedelta(0), timedelta(days=-3), timedelta(days=-400)):
        fixed_clock.advance(back)
        lease = lease_node(nodes, "next", fixed_clock.now())
        source = IdSource(fixed_clock, lease.node, lease.floor)
        made += [source.next() for _ in range(5000)]
        release_node(nodes, lease, fixed_clock.now(), source.reached)
    assert made == sorted(set(made))


def test_processes_that_are_killed_never_make_the_same_whatever_the_clock_does(
    nodes: Database, fixed_clock: FixedClock
) -> None:
    made: list[int] = []
    for jump in (0, 3, -3, -3, 6, -6):
        fixed_clock.advance(timedelta(days=jump))
        lease = lease_node(
            nodes, f"killed {len(made)}", fixed_clock.now(), nodes=5 if nodes.dialect == "sqlite" else 16
        )
        source = IdSource(fixed_clock, lease.node, lease.floor)
        made += [source.next() for _ in range(3000)]
    assert len(set(made)) == len(made)
