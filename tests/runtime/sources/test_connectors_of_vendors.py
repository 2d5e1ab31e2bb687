"""Each connector against the simulator of its vendor, over real sockets: all rows, changes alone, every fault by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.request import Request, urlopen

import pytest
from runtime.simulated import OtherSide, other_side
from runtime.simulator import Simulator
from runtime.source_world import SourceWorld, source, source_world

from engine.runtime.sources.registry import connectors
from engine.runtime.sources.running import SourceOrder
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.contacts import Contacts
from packs.connectors.simulators.trade import Trade
from tests.conftest import KINDS, fresh_url


@dataclass(frozen=True)
class Vendor:
    """A connector as a consultant writes it: settings, columns of materials, secrets, and how many materials there are."""

    kind: str
    settings: str
    fields: str
    secrets: Mapping[str, str]
    rows: int
    renews: bool = True
    """Whether a token is over now and then; a key is not."""
    follows: bool = True
    """Whether changes alone can be asked for."""
    both: bool = False
    """Whether it is tried on both databases; what differs between the others ends before the database."""
    connector: str = ""
    """The kind of source, where the simulator has another name."""


TRADE = Trade(Company(1), 1)
PEOPLE = Contacts(Company(1), 1).people
VENDORS = (
    Vendor(
        "yonbip",
        "{object: material, app_key: dougong-demo-key, app_secret: yonbip_secret}",
        "{code: code, name: name, price: markPrice}",
        {"DOUGONG_SECRET_YONBIP_SECRET": "dougong-demo-secret"},
        120,
        both=True,
    ),
    Vendor(
        "kingdee",
        "{object: BD_MATERIAL, account: demo, user: administrator, app_id: dougong-demo, app_secret: kingdee_secret,"
        " page_size: 50}",
        "{code: FNumber, name: FName, price: FRefCost}",
        {"DOUGONG_SECRET_KINGDEE_SECRET": "dougong-demo-secret"},
        120,
        both=True,
    ),
    Vendor(
        "wecom",
        "{object: external_contact, corp_id: ww-dougong-demo, corp_secret: wecom_secret}",
        "{code: external_userid, name: name, price: add_way}",
        {"DOUGONG_SECRET_WECOM_SECRET": "dougong-demo-secret"},
        len(PEOPLE),
        follows=False,
    ),
    Vendor(
        "mes",
        "{object: operations_definition, api_key: mes_key, page_size: 50}",
        "{code: ID, name: MaterialDefinitionID, price: Duration}",
        {"DOUGONG_SECRET_MES_KEY": "dougong-demo-key"},
        120,
        renews=False,
    ),
    Vendor(
        "plm",
        "{object: item, api_key: plm_key, page_size: 50}",
        "{code: id, name: name, price: standard_cost}",
        {"DOUGONG_SECRET_PLM_KEY": "dougong-demo-key"},
        120,
        renews=False,
    ),
    Vendor(
        "crm",
        "{path: /api/data/v9.2/accounts, items: /value, next: /@odata.nextLink, version: /modifiedon,"
        " parameters: {$orderby: modifiedon asc, $top: 40},"
        " since: {parameter: $filter, field: /modifiedon, ordered: true, form: 'modifiedon ge {since}'},"
        " authentication: {secret: crm_secret, token: {path: /oauth2/token, client: dougong-demo, scope: crm.read}}}",
        "{code: /accountnumber, name: /name, price: /revenue}",
        {"DOUGONG_SECRET_CRM_SECRET": "dougong-demo-secret"},
        150,
        connector="http_json",
    ),
    Vendor(
        "wms",
        "{object: outbound, api_key: wms_key, page_size: 50}",
        "{code: id, name: shipmentNo, price: quantity}",
        {"DOUGONG_SECRET_WMS_KEY": "dougong-demo-key"},
        len(TRADE.outbound),
        renews=False,
    ),
    Vendor(
        "service_desk",
        "{object: ticket, api_key: service_key, page_size: 50}",
        "{code: number, name: subject, price: priority}",
        {"DOUGONG_SECRET_SERVICE_KEY": "dougong-demo-key"},
        len(TRADE.tickets),
        renews=False,
    ),
    Vendor(
        "pos",
        "{object: ticket, app_id: dougong-demo, app_secret: pos_secret, page_size: 50}",
        "{code: ticket_no, name: store, price: total}",
        {"DOUGONG_SECRET_POS_SECRET": "dougong-demo-secret"},
        len(TRADE.sales),
        renews=False,
    ),
    Vendor(
        "shop",
        "{object: trade, app_key: '12345678', app_secret: shop_secret, session: shop_session}",
        "{code: tid, name: status, price: payment}",
        {
            "DOUGONG_SECRET_SHOP_SECRET": "dougong-demo-secret",
            "DOUGONG_SECRET_SHOP_SESSION": "dougong-demo-session",
        },
        len(TRADE.trades),
        renews=False,
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
    scope="module",
    params=[
        pytest.param((one, kind), id=f"{one.kind}-{kind}", marks=() if one.both else (pytest.mark.one_database,))
        for one in VENDORS
        for kind in (KINDS if one.both else KINDS[:1])
    ],
)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    vendor, kind = request.param
    folder = tmp_path_factory.mktemp(vendor.kind)
    dsn = request.getfixturevalue("postgres_dsn") if kind == "postgres" else None
    declared = {
        "items": source(
            vendor.connector or vendor.kind, vendor.fields, vendor.settings, "roles: [keeper]\ndestination: erp"
        )
    }
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
    if pair.vendor.follows:
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
    report = pair.world.run("items")
    assert (report.error, report.counts.created) == (
        (None, pair.vendor.rows) if pair.vendor.renews else ("not_authorised", 0)
    )


def test_too_many_calls_are_waited_out_and_in_the_end_told(pair: Pair) -> None:
    pair.side.faults(limited=2)
    assert pair.world.run("items").counts.created == pair.vendor.rows
    assert len(pair.world.waits) == 2
    pair.side.faults(limited=-1)
    assert pair.world.afresh("items").error == "rate_limited"


def test_a_token_that_is_always_over_ends_the_run(pair: Pair) -> None:
    pair.side.faults(expired=-1)
    assert pair.world.run("items").error == "not_authorised"


def test_an_answer_of_five_gigabytes_is_cut_off(pair: Pair) -> None:
    pair.side.faults(flood=-1)
    assert pair.world.run("items").error == "too_large"


@pytest.mark.one_database
def test_every_object_of_a_listing_has_the_columns_that_are_declared_and_weeks_add_up_to_their_jobs() -> None:
    for kind in ("mes", "plm"):
        spec = connectors()[kind].spec
        with other_side(kind) as side:
            rows = {one.name: listed(side.port, kind, one.name, one.version) for one in spec.objects}
        for one in spec.objects:
            assert rows[one.name] and all(
                row.keys() == {column.name for column in one.columns} for row in rows[one.name]
            )
        if kind == "mes":
            hours = {row["MaterialDefinitionID"]: row["Duration"] for row in rows["operations_definition"]}
            taken = sum(hours[row["MaterialDefinitionID"]] * row["Quantity"] for row in rows["job_order"])
            weeks = rows["equipment_capability"]
            assert taken == sum(row["CommittedQuantity"] for row in weeks) > 0
            names = ("CommittedQuantity", "AvailableQuantity", "UnattainableQuantity")
            assert all(sum(row[name] for name in names) == 80 and row[names[1]] >= 0 for row in weeks)
            assert {row["JobOrderID"] for row in rows["job_response"]} <= {row["ID"] for row in rows["job_order"]}


def listed(port: int, kind: str, name: str, order: str) -> list[dict[str, Any]]:
    """All rows of an object, asked for without the connector."""
    query = f"orderBy={order}&limit=1000&offset=0"
    asked = Request(f"http://127.0.0.1:{port}/{kind}/v1/{name}?{query}", headers={"X-API-Key": "dougong-demo-key"})
    with urlopen(asked) as answer:
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found


def test_each_wrong_secret_is_refused(pair: Pair) -> None:
    for name in pair.vendor.secrets:
        secrets = {**pair.vendor.secrets, name: "wrong"}
        report = replace(pair.world.runner, secrets=secrets).run(SourceOrder("items"))
        assert (report.error, report.counts.created) == ("not_authorised", 0)
