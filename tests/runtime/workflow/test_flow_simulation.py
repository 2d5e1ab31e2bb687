"""Flows that are tried: the course is told whole, and of rows, jobs, notices and calls nothing is left in the database."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.application import bring_up_to_date, open_installation
from engine.cli import main
from engine.model.context import Context, Principal
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.records.writing import create
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.runtime.records.shop import SHOP

PACK = SHOP | {
    "roles/chief.yaml": "label: {zh: 主管, en: Chief}\n",
    "access/order.yaml": "grants: [{id: all, roles: [clerk, chief], actions: [read, create, update, transition]}]\n",
    "destinations/carrier.yaml": """label: {zh: 承运商, en: Carrier}
scheme: https
host: carrier.example.internal
jurisdiction: CN
max_level: G2
purposes: [operation]
owner: {zh: 物流, en: Logistics}
""",
    "workflows/deliver.yaml": """label: {zh: 发货, en: Deliver}
entity: order
triggers: [{id: made, type: created, when: 'name = "tried"'}]
title: name
steps:
  - id: agree
    type: approval
    label: {zh: 主管同意, en: The chief agrees}
    approvers: [{type: role, roles: [chief]}]
    empty: administrator
    write: [note]
    require: [note]
    ladder: [{id: ask, after: 4h always, act: remind}, {id: let, after: 8h always, act: approve}]
  - id: which
    type: condition
    label: {zh: 大小, en: Size}
    branches:
      - {id: large, label: {zh: 大单, en: Large}, when: "total > 1000", steps: [{id: told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], title: name}]}
      - {id: small, label: {zh: 小单, en: Small}}
  - {id: book, type: call, label: {zh: 订车, en: Book a car}, destination: carrier, values: {name: name}, take: {note: /number}}
  - {id: rest, type: wait, label: {zh: 等待, en: Wait}, for: 48h always}
  - {id: finish, type: transition, label: {zh: 完成, en: Finish}, transition: finish}
rejected: [{id: sorry, type: notify, label: {zh: 告知未通过, en: Sorry}, people: [{type: initiator}], title: name}]
""",
}


@dataclass
class Tried:
    """An installation with two people and an order, and the command that tries flows on it."""

    data: Path
    packs: Path
    url: str
    order: str
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> dict[str, Any]:
        """What `dougong simulate` answers; the database must be as before to the last byte."""
        before = _digest(self.url, self.data)
        self.capture.readouterr()
        self.status = main(
            ["--data", str(self.data), "--packs", str(self.packs), "simulate", "deliver", "--json", *words]
        )
        assert _digest(self.url, self.data) == before
        found: dict[str, Any] = json.loads(self.capture.readouterr().out)
        return found

    def answers(self, **steps: object) -> tuple[str, str]:
        path = self.data / "answers.yaml"
        path.write_text(json.dumps(steps), "utf-8")
        return "--answers", str(path)


@pytest.fixture
def tried(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tried]:
    for name, text in PACK.items():
        path = tmp_path / "packs" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    monkeypatch.setenv("DOUGONG_DATABASE", url)
    settings = Settings(data=tmp_path / "data", database=url, packs=str(tmp_path / "packs"))
    installation = open_installation(settings)
    bring_up_to_date(installation)
    clerk = installation.ids.next()

    def people(session: Session) -> None:
        create_user(session, NewUser(clerk, "clerk", "Clerk", 0, None, roles=("clerk",)))
        create_user(session, NewUser(installation.ids.next(), "chief", "Chief", 0, None, roles=("chief",)))

    def make(work: Work) -> int:
        line = {"what": "a", "price": "600", "count": "2"}
        return create(work, "order", {"name": "stored"}, children={"lines": [line]}).id

    installation.database.write(people)
    context = Context(Principal(clerk, "clerk", frozenset({"clerk"})), installation.clock.now())
    order = encode_id(installation.workplace.write(context, make))
    installation.database.close()
    yield Tried(tmp_path / "data", tmp_path / "packs", url, order, capsys)


def _course(found: Mapping[str, Any], *kinds: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["step"]) for one in found["course"] if one["kind"] in kinds]


def test_a_flow_is_tried_to_its_end_on_a_stored_record(tried: Tried) -> None:
    found = tried.run("--record", tried.order, *tried.answers(agree={"values": {"note": "gut"}}))
    assert (tried.status, found["outcome"], found["problem"]) == (0, "approved", None)
    steps = ("agree", "which", "told", "book", "rest", "finish")
    assert [step for kind, step in _course(found, "entered")] == list(steps)
    assert ["large"] in [one["words"] for one in found["course"] if one["step"] == "which"]
    assert _course(found, "asked", "answered", "sent") == [("asked", "agree"), ("answered", "agree"), ("sent", "book")]
    sent = next(one["words"] for one in found["course"] if one["kind"] == "sent")
    assert sent == ["carrier POST /", "name"]
    assert [one["words"][0] for one in found["course"] if one["kind"] == "written"] == ["update", "transition"]
    assert len(_course(found, "told")) == 1
    days = {one["at"][:10] for one in found["course"]}
    assert len(days) >= 2, "two days pass"


def test_what_is_lacking_is_said_and_the_flow_goes_on(tried: Tried) -> None:
    found = tried.run("--record", tried.order)
    assert [one["words"] for one in found["course"] if one["kind"] == "refused"] == [["validation_failed", "note"]]
    assert (tried.status, found["standing"], found["problem"]) == (1, ["finish"], "validation_failed")


def test_where_nobody_answers_the_ladder_does(tried: Tried) -> None:
    found = tried.run("--record", tried.order, *tried.answers(agree={"act": "wait"}, book={"values": {"note": "N-1"}}))
    assert found["outcome"] == "approved"
    assert [one["words"] for one in found["course"] if one["kind"] == "ladder"] == [["let"]]
    assert len(_course(found, "told")) == 2, "the reminder, and who is told of a large order"


def test_a_new_row_is_tried_and_refused(tried: Tried) -> None:
    row = tried.data / "row.yaml"
    row.write_text("name: tried\nlines: [{what: b, price: '5', count: '1'}]\n", "utf-8")
    no = tried.answers(agree={"act": "reject", "comment": "nein"})
    found = tried.run("--row", str(row), "--as", "clerk", *no)
    assert found["outcome"] == "rejected"
    assert _course(found, "entered")[-1] == ("entered", "sorry")


def test_whoever_starts_it_must_be_there(tried: Tried) -> None:
    row = tried.data / "row.yaml"
    row.write_text("name: tried\n", "utf-8")
    words = ["--data", str(tried.data), "--packs", str(tried.packs), "simulate", "deliver", "--row", str(row)]
    assert main([*words, "--as", "nobody"]) == 1
    assert main([*words[:5], "nothing", *words[6:]]) == 1


def test_the_digest_sees_a_single_row_more(tried: Tried) -> None:
    """Control: what the other tests rely on."""
    before = _digest(tried.url, tried.data)
    installation = open_installation(Settings(data=tried.data, database=tried.url, packs=str(tried.packs)))
    new = NewUser(installation.ids.next(), "more", "More", 0, None)
    installation.database.write(lambda session: create_user(session, new))
    installation.database.close()
    assert _digest(tried.url, tried.data) != before


def _digest(url: str, data: Path) -> str:
    """Every row of every table."""
    found = hashlib.sha256()
    for table, rows in _tables(url, data):
        found.update(f"{table} {sorted(map(repr, rows))}".encode())
    return found.hexdigest()


def _tables(url: str, data: Path) -> list[tuple[str, list[tuple[Any, ...]]]]:
    if url:
        with psycopg.connect(url) as connection:
            return _rows(
                lambda text: connection.execute(text.encode()).fetchall(),
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            )
    installation = sqlite3.connect(data / "dougong.sqlite3")
    try:
        return _rows(
            lambda text: installation.execute(text).fetchall(), "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
    finally:
        installation.close()


def _rows(ask: Callable[[str], list[tuple[Any, ...]]], names: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
    tables = sorted(str(row[0]) for row in ask(names))
    return [(name, ask(f'SELECT * FROM "{name}"')) for name in tables]
