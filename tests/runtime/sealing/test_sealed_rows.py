"""Sealed fields are written and read as fields in the clear are, and lie nowhere in the clear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from runtime.sealing.deals import NAMES, files
from runtime.textual import Application, application

from engine.model.errors import BadRequest
from engine.model.requests import Condition, QueryRequest, Record, Sort
from engine.runtime.database.protocol import Session
from engine.runtime.history import as_it_was, history
from engine.runtime.query.facets import facets
from engine.runtime.query.lists import list_records
from engine.runtime.query.records import get_record
from engine.runtime.query.rewrites.envelopes import SealedInDatabase
from engine.runtime.query.stored_rows import ask_row
from engine.runtime.records.loading import load_rows
from engine.runtime.records.removal import delete
from engine.runtime.records.undoing import undo_update
from engine.runtime.records.writing import create, update
from engine.runtime.rows import select
from engine.runtime.rows import update as update_columns
from engine.runtime.sovereignty.envelopes import Tampered
from engine.runtime.sovereignty.keyring import SubjectRef
from engine.runtime.work import Work

BUDGET = Decimal("7351902.46")
VALUES = {
    "name": "Line 7",
    "weight": 2,
    "budget": BUDGET,
    "memo": "他们愿意出到七百万",
    "phone": "13907551234",
    "due_on": date(2031, 7, 9),
    "count": 90817263,
    "share": Decimal("0.3719"),
    "settled": True,
    "kind": "large",
    "tags": ("hot", "cold"),
    "agreed_at": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
    "spent": timedelta(hours=31, minutes=7),
    "secret": "the uncle of the director",
}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, files()) as opened:
        yield opened


def a_buyer(shop: Application, name: str = "Huayi") -> int:
    return shop.write(lambda work: create(work, "buyer", {"name": name, "bank": "6222020200112233445"}).id)


def a_deal(shop: Application, **more: object) -> int:
    return shop.write(lambda work: create(work, "deal", {**VALUES, **more}).id)


def read(shop: Application, deal: int, *roles: str) -> Record:
    return shop.read(lambda work: get_record(work, "deal", deal), *roles)


def as_written(record: Record) -> dict[str, object]:
    return {name: record.cells.get(name) for name in VALUES}


def test_what_was_written_is_read(shop: Application) -> None:
    deal = a_deal(shop, buyer=a_buyer(shop))
    assert as_written(read(shop, deal)) == VALUES
    listed = shop.read(lambda work: list_records(work, QueryRequest("deal", columns=(("budget",), ("phone",))))).records
    assert [one.cells for one in listed] == [{"budget": BUDGET, "phone": "13907551234"}]


def test_a_changed_field_leaves_the_others_of_its_envelope(shop: Application) -> None:
    deal = a_deal(shop)
    shop.write(lambda work: update(work, "deal", deal, {"budget": Decimal("1.50"), "memo": None}))
    assert as_written(read(shop, deal)) == {**VALUES, "budget": Decimal("1.50"), "memo": None}
    shop.write(lambda work: update(work, "deal", deal, {"weight": 7}))
    assert as_written(read(shop, deal)) == {**VALUES, "budget": Decimal("1.50"), "memo": None, "weight": 7}


def test_a_path_along_a_relation_leads_to_it(shop: Application) -> None:
    deal = a_deal(shop, buyer=a_buyer(shop))
    visit = shop.write(lambda work: create(work, "visit", {"name": "First", "deal": deal}).id)
    paths = (("deal", "budget"), ("deal", "buyer", "bank"), ("deal", "secret"))
    found = shop.read(lambda work: get_record(work, "visit", visit, paths)).cells
    assert [found[".".join(one)] for one in paths] == [BUDGET, "6222020200112233445", VALUES["secret"]]


def test_each_reader_gets_what_the_rights_say(shop: Application) -> None:
    light, heavy = a_deal(shop), a_deal(shop, weight=9)
    seen, weighty, strange = read(shop, light, "viewer"), read(shop, heavy, "viewer"), read(shop, light, "stranger")
    assert seen.cells["phone"] == "139****1234"
    assert seen.cells["budget"] == seen.cells["memo"] == "***"
    assert {"phone", "budget", "memo"} <= seen.masked
    assert "secret" not in seen.cells
    assert weighty.cells["secret"] == VALUES["secret"]
    assert not {"budget", "phone", "memo", "secret"} & strange.cells.keys()
    assert strange.cells["count"] == VALUES["count"]


def test_history_the_past_and_undo_know_it(shop: Application) -> None:
    deal = a_deal(shop)
    shop.clock.advance(timedelta(hours=1))
    then = shop.clock.now()
    shop.clock.advance(timedelta(hours=1))
    shop.write(lambda work: update(work, "deal", deal, {"budget": Decimal(5), "secret": "nobody", "memo": None}))
    shop.clock.advance(timedelta(hours=1))
    version = shop.write(lambda work: update(work, "deal", deal, {"memo": "二"})).version

    told = {(one.version, one.field): (one.old, one.new) for one in shop.read(lambda work: history(work, "deal", deal))}
    assert told[2, "budget"] == (BUDGET, Decimal(5))
    assert told[2, "secret"] == (VALUES["secret"], "nobody")
    assert told[3, "memo"] == (None, "二")
    first = shop.read(lambda work: as_it_was(work, get_record(work, "deal", deal), 1))
    assert first is not None
    assert {name: first.cells.get(name) for name in VALUES} == VALUES

    past = replace(shop.context(), as_of=then)
    was = shop.installation.workplace.read(past, lambda work: get_record(work, "deal", deal))
    assert as_written(was) == VALUES
    shop.write(lambda work: undo_update(work, "deal", deal, version))
    assert read(shop, deal).cells["memo"] is None


def test_rows_that_are_loaded_are_sealed_too(shop: Application) -> None:
    buyer = a_buyer(shop)
    record = shop.installation.ids.next()
    shop.write(lambda work: load_rows(work, work.model.entities["deal"], [(record, {**VALUES, "buyer": buyer})]))
    assert as_written(read(shop, record)) == VALUES
    bare = shop.installation.ids.next()
    shop.write(lambda work: load_rows(work, work.model.entities["deal"], [(bare, {"name": "bare"})]))
    assert read(shop, bare).cells["count"] == 3
    first = shop.read(lambda work: as_it_was(work, get_record(work, "deal", record), 1))
    assert first is not None
    assert first.cells["budget"] == BUDGET


def test_each_row_is_sealed_under_the_key_of_its_subject(shop: Application) -> None:
    one, other = a_buyer(shop, "one"), a_buyer(shop, "other")
    deal, lonely = a_deal(shop, buyer=one), a_deal(shop)
    shop.write(lambda work: update(work, "deal", deal, {"buyer": other}))
    kept = a_deal(shop, buyer=one)
    cleared = a_deal(shop, buyer=one)
    shop.write(lambda work: update(work, "deal", cleared, {"buyer": None}))
    vault = shop.installation.workplace.vault
    assert vault is not None
    vault.keyring.shred(SubjectRef("buyer", one))
    for readable in (deal, lonely, cleared):
        assert read(shop, readable).cells["budget"] == BUDGET
    assert read(shop, kept).cells["budget"] is None


def test_a_buyer_that_is_deleted_hands_its_deals_to_the_installation(shop: Application) -> None:
    buyer = a_buyer(shop)
    deal = a_deal(shop, buyer=buyer)
    shop.write(lambda work: delete(work, "buyer", buyer))
    vault = shop.installation.workplace.vault
    assert vault is not None
    vault.keyring.shred(SubjectRef("buyer", buyer))
    assert read(shop, deal).cells["budget"] == BUDGET


def test_an_envelope_in_another_row_is_told(shop: Application) -> None:
    one, other = a_deal(shop), a_deal(shop)
    database = shop.installation.database

    def swap(session: Session) -> None:
        found = select(session, "deal", ("g3_env",), {"id": one})
        update_columns(session, "deal", {"g3_env": found[0][0]}, {"id": other})

    database.write(swap)
    assert read(shop, one).cells["budget"] == BUDGET
    with pytest.raises(Tampered):
        read(shop, other)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_of_it_in_the_database(shop: Application, name: str) -> None:
    a_deal(shop)
    asked = [
        QueryRequest("deal", (), sort=(Sort((name,)),)),
        QueryRequest("deal", (), where=Condition((name,), "eq", VALUES[name])),
        QueryRequest("deal", (), where=Condition((name,), "empty", None)),
    ]
    for one in asked:
        with pytest.raises(BadRequest) as caught:
            shop.read(lambda work, one=one: list_records(work, one))  # type: ignore[misc]
        assert name in caught.value.message.en
    with pytest.raises(BadRequest):
        shop.read(lambda work: facets(work, "deal", name, QueryRequest("deal", ())))


def test_a_statement_that_would_ask_the_database_is_not_built(shop: Application) -> None:
    """Below all refusals: what nobody thought of is an error, not an answer."""
    deal = a_deal(shop)

    def ask(work: Work) -> object:
        return ask_row(work, work.model.entities["deal"], deal, ("budget",), lambda row: [row.column(("budget",))])

    with pytest.raises(SealedInDatabase):
        shop.read(ask)
