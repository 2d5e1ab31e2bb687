"""Each connector against the simulator of its vendor, over real sockets: all rows, changes alone, every fault by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from runtime.simulated import OtherSide, other_side
from runtime.simulator import Simulator
from runtime.source_world import SourceWorld, source, source_world

from tests.conftest import KINDS, fresh_url


@dataclass(frozen=True)
class Vendor:
    """A connector as a consultant writes it: settings, columns of materials, secrets, and how many materials there are."""

    kind: str
    settings: str
    fields: str
    secrets: Mapping[str, str]
    rows: int
    number: str = ""


VENDORS = (
    Vendor(
        "yonbip",
        "{object: material, app_key: dougong-demo-key, app_secret: yonbip_secret}",
        "{code: code, name: name, price: markPrice}",
        {"DOUGONG_SECRET_YONBIP_SECRET": "dougong-demo-secret"},
        120,
    ),
    Vendor(
        "kingdee",
        "{object: BD_MATERIAL, account: demo, user: administrator, app_id: dougong-demo, app_secret: kingdee_secret,"
        " page_size: 50}",
        "{code: FNumber, name: FName, price: FRefCost}",
        {"DOUGONG_SECRET_KINGDEE_SECRET": "dougong-demo-secret"},
        120,
    ),
)
OF_ROWS = {"error": {"bad_status"}, "reset": {"broken"}, "redirect": {"redirect", "bad_status"}}
"""Faults on the way, and the words that a run ends with; what was sent with a body is led nowhere else."""


@dataclass
class Pair:
    """A vendor's other side and an installation that reads it."""

    vendor: Vendor
    side: OtherSide
    world: SourceWorld


@pytest.fixture(
    scope="module", params=[(one, kind) for one in VENDORS for kind in KINDS], ids=lambda one: f"{one[0].kind}-{one[1]}"
)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    vendor, kind = request.param
    folder = tmp_path_factory.mktemp(vendor.kind)
    dsn = request.getfixturevalue("postgres_dsn") if kind == "postgres" else None
    declared = {"items": source(vendor.kind, vendor.fields, vendor.settings, "roles: [keeper]\ndestination: erp")}
    with ExitStack() as stack:
        side = stack.enter_context(other_side(vendor.kind))
        world = source_world(folder, fresh_url(kind, dsn, folder), Simulator(side.port), declared, vendor.secrets)
        yield Pair(vendor, side, stack.enter_context(world))


@pytest.fixture
def pair(shared: Pair) -> Iterator[Pair]:
    shared.world.empty()
    shared.side.faults()
    yield shared
    shared.side.faults()


def test_all_rows_are_read_once_and_then_changes_alone(pair: Pair) -> None:
    first = pair.world.run("items")
    assert (first.fault, first.problems) == (None, ())
    assert first.counts.created == pair.vendor.rows
    second = pair.world.run("items")
    assert (second.fault, second.counts.created, second.counts.updated) == (None, 0, 0)
    assert second.counts.read < pair.vendor.rows
    assert pair.world.standing("items").cursor is not None


@pytest.mark.parametrize("fault", sorted(OF_ROWS))
def test_a_fault_on_the_way_has_a_name_and_the_next_run_ends_what_it_broke(pair: Pair, fault: str) -> None:
    pair.side.faults(**{fault: -1})
    broken = pair.world.run("items")
    assert broken.error in OF_ROWS[fault]
    assert broken.fault is not None and broken.fault.message.zh and broken.fault.message.en
    pair.side.faults()
    assert pair.world.run("items").fault is None
    assert len(pair.world.rows()) == pair.vendor.rows


def test_rows_that_come_twice_or_in_another_order_are_taken_once(pair: Pair) -> None:
    pair.side.faults(duplicates=-1, shuffled=-1)
    report = pair.world.run("items")
    assert (report.fault, report.problems) == (None, ())
    assert (report.counts.created, len(pair.world.rows())) == (pair.vendor.rows, pair.vendor.rows)


def test_a_side_that_sends_one_page_for_ever_is_found_out(pair: Pair) -> None:
    pair.side.faults(stuck=-1)
    assert pair.world.run("items").error == "page_repeats"


def test_numbers_that_become_texts_are_refused_kept_and_told(pair: Pair) -> None:
    pair.world.run("items")
    pair.side.faults(wrong_types=-1)
    spoiled = pair.world.afresh("items")
    assert spoiled.counts.refused == pair.vendor.rows
    assert [(one.field, one.before, one.now) for one in spoiled.drift] == [("price", "number", "text")]
    pair.side.faults()
    assert pair.world.afresh("items").counts.refused == 0


def test_a_token_that_is_over_is_asked_for_again(pair: Pair) -> None:
    pair.side.faults(expired=1)
    assert pair.world.run("items").counts.created == pair.vendor.rows


def test_a_token_that_is_always_over_ends_the_run(pair: Pair) -> None:
    pair.side.faults(expired=-1)
    assert pair.world.run("items").error == "not_authorised"


def test_an_answer_of_five_gigabytes_is_cut_off(pair: Pair) -> None:
    pair.side.faults(flood=-1)
    assert pair.world.run("items").error == "too_large"
