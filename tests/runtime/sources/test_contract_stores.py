"""Contracts in a folder and in a bucket: what their files say becomes rows, hostile files become words."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pytest
from runtime.simulated import OtherSide, other_side
from runtime.simulator import Simulator
from runtime.source_world import KEEPER, SourceWorld, source, source_world

from engine.model.requests import QueryRequest, Sort
from engine.runtime.database.protocol import Session
from engine.runtime.query.lists import list_records
from engine.runtime.rows import delete
from packs.connectors.contracts.files import MOST_BYTES
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.contract_files import agreements, files, pdf, word
from tests.conftest import KINDS, fresh_url

CLAUSE = """
label: {zh: 条款, en: Clause}
title: summary
natural_key: [origin]
fields:
  origin: {type: text, required: true, unique: true, max_length: 200, label: {zh: 标识, en: Origin}}
  contract: {type: text, label: {zh: 合同, en: Contract}}
  kind: {type: text, required: true, label: {zh: 类型, en: Kind}}
  summary: {type: text, required: true, max_length: 120, label: {zh: 要点, en: Summary}}
  wording: {type: long_text, label: {zh: 原文, en: Wording}}
  place: {type: text, label: {zh: 位置, en: Place}}
  amount: {type: money, scale: 2, label: {zh: 金额, en: Amount}}
  rate: {type: decimal, precision: 9, scale: 6, label: {zh: 比例, en: Rate}}
  days: {type: integer, label: {zh: 天数, en: Days}}
  months: {type: integer, label: {zh: 月数, en: Months}}
  reading: {type: text, label: {zh: 读取, en: Reading}}
"""
GRANT = "grants:\n  - {id: keep, roles: [keeper], actions: [read, create, update, delete]}\n"
FIELDS = (
    "{origin: id, contract: contract, kind: kind, summary: summary, wording: sentence, place: place, amount: amount,"
    " rate: rate, days: days, months: months, reading: reading}"
)
STORE = "bucket: contracts, region: cn-north-1, access_key: dougong-demo-key, secret_key: store_secret"
COLUMNS = ("origin", "contract", "kind", "summary", "wording", "place", "amount", "rate", "days", "months", "reading")


def of_clauses(kind: str, settings: str, more: str = "") -> str:
    text = source(kind, FIELDS, settings, f"roles: [keeper]{more}")
    return text.replace("entity: item", "entity: clause").replace("key: [code]", "key: [origin]")


@dataclass
class Library:
    """A store's other side and an installation that reads it."""

    side: OtherSide
    world: SourceWorld

    def clauses(self) -> list[dict[str, object]]:
        request = QueryRequest("clause", tuple((name,) for name in COLUMNS), sort=(Sort(("origin",)),), limit=200)
        page = self.world.installation.workplace.read(KEEPER, lambda work: list_records(work, request))
        return [{name: one.cells.get(name) for name in COLUMNS} for one in page.records]

    def put(self, name: str, content: bytes) -> Path:
        path = self.world.inbox / "contracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("contracts")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    for path, text in (("entities/clause.yaml", CLAUSE), ("access/clause.yaml", GRANT)):
        file = folder / "pack" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    remote = "\ndestination: erp"
    items = "{code: contract, name: title, price: price, made_on: signed}"
    sources = {
        "contracts": source("contract_bucket", items, f"{{object: contract, {STORE}}}", f"roles: [keeper]{remote}"),
        "clauses": of_clauses("contract_bucket", f"{{object: clause, {STORE}}}", remote),
        "stranger": of_clauses("contract_bucket", f"{{object: clause, {STORE}}}".replace("demo-key", "no-key"), remote),
        "folder": of_clauses("contract_folder", "{object: clause, folder: contracts}"),
        "outside": of_clauses("contract_folder", "{object: clause, folder: ../..}"),
    }
    secrets = {"DOUGONG_SECRET_STORE_SECRET": "dougong-demo-secret"}
    with ExitStack() as stack:
        side = stack.enter_context(other_side("contract_bucket"))
        url = fresh_url(request.param, dsn, folder)
        world = stack.enter_context(source_world(folder, url, Simulator(side.port), sources, secrets))
        yield Library(side, world)


@pytest.fixture
def library(shared: Library) -> Iterator[Library]:
    for file in sorted((shared.world.inbox / "contracts").rglob("*"), reverse=True):
        file.unlink()
    (shared.world.inbox / "contracts").mkdir(exist_ok=True)
    (shared.world.inbox / "contracts").rmdir()
    shared.world.empty()

    def empty(session: Session) -> None:
        for table in ("clause__version", "clause"):
            delete(session, table, {"version >": 0})

    shared.world.installation.database.write(empty)
    shared.side.faults()
    yield shared
    shared.side.faults()


def test_contracts_of_a_bucket_are_read_once_and_say_what_was_agreed(library: Library) -> None:
    report = library.world.run("contracts")
    assert (report.fault, report.problems, report.counts.created) == (None, (), 60)
    known = {one.number: one for one in agreements(Company(1), 1)}
    for code, name, price, made_on, *_ in library.world.rows():
        one = known[str(code)]
        assert (name, price, made_on) == ("设备买卖合同", one.order.amount, one.order.day)
    second = library.world.run("contracts")
    assert (second.fault, second.counts.read) == (None, 0)


def test_every_clause_has_its_value_its_sentence_and_its_place(library: Library) -> None:
    wanted = dict(list(files(Company(1), 1).items())[:5])
    for key, (content, _) in wanted.items():
        library.put(key.rpartition("/")[2], content)
    report = library.world.run("folder")
    assert (report.fault, report.problems) == (None, ())
    found = library.clauses()
    known = {one.number: one for one in list(agreements(Company(1), 1))[:5]}
    for number, one in known.items():
        told = {str(row["kind"]): row for row in found if row["contract"] == number}
        assert told["price"]["amount"] == one.order.amount
        assert told["prepayment"]["rate"] == one.prepayment
        assert told["penalty"]["rate"] == one.penalty
        assert (told["payment_days"]["days"], told["delivery"]["days"]) == (one.payment_days, one.delivery)
        assert (told["warranty"]["months"], told["retention"]["rate"]) == (one.warranty, one.retention)
        assert one.court in str(told["jurisdiction"]["wording"])
        assert {row["reading"] for row in told.values()} == {"sure"}
        assert all("第" in str(row["place"]) and row["wording"] for row in told.values())
    again = library.world.run("folder")
    assert (again.counts.read, again.counts.updated) == (0, 0)


def test_a_file_that_changes_is_read_anew_and_the_others_are_not(library: Library) -> None:
    library.put("a.docx", word(("合同", "合同总价为人民币100元。", "货到后30日内付款。")))
    changing = library.put("b.docx", word(("合同", "合同总价为人民币200元。")))
    assert library.world.run("folder").counts.created == 3
    changing.write_bytes(word(("合同", "合同总价暂定为人民币300元。")))
    os.utime(changing, ns=(changing.stat().st_atime_ns, changing.stat().st_mtime_ns + 1))
    report = library.world.run("folder")
    assert (report.counts.read, report.counts.updated) == (1, 1)
    rows = {str(one["origin"]): one for one in library.clauses()}
    assert (rows["b.docx#price#1"]["summary"], rows["b.docx#price#1"]["reading"]) == ("合同总价 300.00 元", "unsure")


def packed(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def locked_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(("合同",))))
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d><t>&a;</t></d>'
HOSTILE = {
    "bomb.docx": (lambda: packed({"word/document.xml": b" " * 150_000_000}), "过大"),
    "heavy.docx": (lambda: packed({"word/document.xml": b"<d/>", "word/media/a.png": b" " * 150_000_000}), "过大"),
    "entity.docx": (lambda: packed({"word/document.xml": ENTITY}), "实体"),
    "locked.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "已加密"),
    "locked.pdf": (locked_pdf, "已加密"),
    "broken.pdf": (lambda: b"%PDF-1.4\n" + b"garbage" * 50, "已损坏"),
    "broken.xlsx": (lambda: b"PK\x03\x04" + b"x" * 100, "已损坏"),
    "scan.pdf": (lambda: pdf(()), "没有文字"),
}


def test_hostile_files_are_refused_in_words_and_the_others_are_read(library: Library) -> None:
    for name, (make, _) in HOSTILE.items():
        library.put(name, make())
    with library.put("huge.pdf", b"%PDF-1.4").open("r+b") as file:
        file.truncate(5_000_000_000)  # holds nothing: the file system keeps no empty places
    library.put("good.docx", word(("合同", "合同总价为人民币100元。")))
    report = library.world.run("folder")
    assert (report.fault, report.problems) == (None, ())
    said = {str(one["origin"]).partition("#")[0]: str(one["wording"]) for one in library.clauses()}
    for name, (_, words) in HOSTILE.items():
        assert words in said[name], name
    assert f"至多 {MOST_BYTES // 1_000_000} MB" in said["huge.pdf"]
    assert "100元" in said["good.docx"]


def test_links_and_folders_lead_nowhere_outside_of_the_inbox(library: Library) -> None:
    secret = library.world.installation.settings.data / "secret.docx"
    secret.write_bytes(word(("合同", "合同总价为人民币100元。")))
    library.put("good.docx", word(("合同", "合同总价为人民币200元。")))
    (library.world.inbox / "contracts" / "link.docx").symlink_to(secret)
    assert library.world.run("folder").counts.read == 1
    assert library.world.run("outside").error == "outside_inbox"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("error", {"bad_status"}),
        ("reset", {"broken"}),
        ("redirect", {"redirect", "bad_status"}),
        ("flood", {"too_large"}),
        ("stuck", {"page_repeats"}),
        ("expired", {"not_authorised"}),
        ("wrong_types", {"bad_answer"}),
    ],
)
def test_a_fault_of_the_store_has_a_name_and_loses_nothing(library: Library, fault: str, error: set[str]) -> None:
    library.side.faults(**{fault: -1})
    assert library.world.run("clauses").error in error
    assert library.world.run("stranger").error in error | {"not_authorised"}
    assert library.clauses() == []


def test_a_listing_in_another_order_and_with_files_twice_changes_nothing(library: Library) -> None:
    library.side.faults(shuffled=-1, duplicates=-1)
    report = library.world.run("contracts")
    assert (report.fault, report.counts.created, report.counts.read) == (None, 60, 60)


def test_a_wrong_key_is_refused_by_its_signature(library: Library) -> None:
    assert library.world.run("stranger").error == "not_authorised"
