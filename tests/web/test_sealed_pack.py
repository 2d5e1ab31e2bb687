"""The B2B pack with its opportunity's fields sealed says, page by page, what it says with them in the clear, and keeps them nowhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.installation.served import ServedModel, pack_folders
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.drafts import DRAFT
from engine.runtime.rows import select
from engine.runtime.schema.ddl import quoted
from engine.runtime.schema.live import live_schema
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site, shipped

SEALED = {
    "opportunity": ("budget", "budget_node", "budget_approved", "hidden_kpi", "hidden_kpi_weight"),
    "payment": ("bank_account",),
}
SECRETS = ("7351902.46", "735190246", "副总的亲戚开的厂", "0.3719")
"""What is entered into fields that one world seals."""
VALUES = {
    "budget": SECRETS[0],
    "budget_node": "executive",
    "budget_approved": True,
    "hidden_kpi": SECRETS[2],
    "hidden_kpi_weight": SECRETS[3],
}
PEOPLE = ("li", "audit")
"""Who reads it as it is, and who reads a mask of it."""


@dataclass
class World:
    """One of the two installations; `seen` is what it has answered."""

    site: Site
    folder: Path
    sealed: bool

    def client(self, person: str) -> TestClient:
        return self.site.client(person)

    def answer(self, person: str, address: str, language: str = "zh") -> tuple[int, str]:
        """What an address answers, without what is different in every answer."""
        found = self.client(person).get(address, headers={"accept-language": language})
        return found.status_code, _steady(found.text)

    def send(self, person: str, address: str, **given: object) -> tuple[int, str]:
        method = str(given.pop("method", "POST"))
        found = self.client(person).request(method, address, **given)  # type: ignore[arg-type]
        return found.status_code, _steady(found.text) + found.headers.get("location", "")


@dataclass
class Worlds:
    """The pack in the clear and sealed."""

    plain: World
    sealed: World
    deal: str = ""

    def alike(self, person: str, address: str) -> str:
        """What both say, which is the same."""
        one, other = (world.answer(person, address) for world in (self.plain, self.sealed))
        assert one[0] == other[0], f"{person} {address}"
        assert _differences(one[1], other[1]) == [], f"{person} {address}"
        return other[1]

    def both(self, person: str, address: str, **given: object) -> str:
        one, other = (world.send(person, address, **given) for world in (self.plain, self.sealed))
        assert _named(one[1]) == _named(other[1]), f"{person} {address}"
        return other[1]


def _differences(plain: str, sealed: str) -> list[str]:
    """What the one says and the other does not."""
    pieces = [re.sub(r">\s*<", ">\n<", _asked(text)).split("\n") for text in (plain, sealed)]
    return [one for one in difflib.unified_diff(*pieces, lineterm="", n=0) if one[:3] not in ("---", "+++", "@@ ")]


def _named(text: str) -> str:
    """An answer with new identifiers all alike: they are taken in the order of all that goes on in an installation."""
    return re.sub(r"\b0[0-9A-HJKMNP-TV-Z]{12}\b", "NEW", text)


def _asked(text: str) -> str:
    """A page without what it offers to do with sealed fields: in the clear, rows are grouped and sorted by them."""
    names = "|".join(SEALED["opportunity"])
    without = re.sub(rf'<a href="[^"]*[?;]group=(?:{names})">[^<]*</a>', "", text)
    return re.sub(rf'<a href="[^"]*[?;]sort=-?(?:{names})">([^<]*)<svg.*?</svg></a>', r"\1", without)


def _steady(text: str) -> str:
    return re.sub(r"[0-9a-f]{16,}|cursor=[^\"&]+", "ID", text)


def served(sealed: bool) -> ServedModel:
    """The shipped packs, with the fields sealed or not."""
    model = shipped().current()
    entities = dict(model.entities)
    for name, fields in SEALED.items() if sealed else ():
        declared = entities[name]
        changed = {one: replace(declared.fields[one], sealed=True, queries=()) for one in fields}
        entities[name] = replace(declared, fields={**declared.fields, **changed})
    found = ServedModel(pack_folders(""))
    found.serve(replace(model, entities=entities, fingerprint=f"{model.fingerprint}-{sealed}"))
    return found


@pytest.fixture(scope="module", params=KINDS)
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with ExitStack() as stack:
        made = []
        for sealed in (False, True):
            folder = tmp_path_factory.mktemp(f"sealed-{sealed}")
            site = stack.enter_context(
                running_site(folder, unmade_url(request.param, dsn, folder), served=served(sealed))
            )
            made.append(World(site, folder, sealed))
        both = Worlds(*made)
        both.deal = both.plain.site.public("acme_deal")
        assert both.deal == both.sealed.site.public("acme_deal")
        yield both


@pytest.fixture(scope="module")
def written(worlds: Worlds) -> Worlds:
    """The deal with its fields entered by form, changed by the interface, and a draft of another change."""
    address = f"/r/opportunity/{worlds.deal}"
    texts = {f"f.{name}": str(value) if value is not True else "true" for name, value in VALUES.items()}
    entered = {"f.name": "acme deal", "f.opened_on": "2026-01-05", **texts, "f.hidden_kpi_weight": "37.19"}
    saved = worlds.both("li", address, data={**entered, "@version": "1", "@key": "one"})
    assert f"/r/opportunity/{worlds.deal}" in saved[:200], saved[:3000]
    body = {"budget": "7351903.46", "next_step": "拜访"}
    worlds.both("li", f"/api/records/opportunity/{worlds.deal}", method="PATCH", json=body)
    worlds.both("li", f"/api/records/opportunity/{worlds.deal}", method="PATCH", json={"budget": SECRETS[0]})
    draft = {**entered, "f.hidden_kpi": f"{SECRETS[2]} 草稿", "@key": "two"}
    worlds.both("li", f"/drafts/opportunity?record={worlds.deal}", data=draft)
    return worlds


def addresses(worlds: Worlds) -> list[str]:
    deal = worlds.deal
    return [
        f"/r/opportunity/{deal}",
        f"/r/opportunity/{deal}/edit",
        f"/r/opportunity/{deal}/edit?draft=1",
        f"/r/opportunity/{deal}/history",
        f"/r/opportunity/{deal}/access",
        f"/r/opportunity/{deal}/moves",
        f"/api/records/opportunity/{deal}",
        f"/api/records/opportunity/{deal}?as_of=2026-03-02T01:00:00.002Z",
        f"/api/records/opportunity/{deal}/history",
        "/api/records/opportunity?sort=-name&limit=1",
        "/api/records/opportunity?search=acme&count=true",
        "/api/records/opportunity?customer.name__contains=acme",
        "/export/opportunity?kind=csv",
        "/app/opportunity_list?q=acme",
        "/app/opportunity_list",
        "/app/opportunity_list?cols=name,budget,hidden_kpi,amount,hidden_kpi_weight",
        "/app/opportunity_list?cols=name,amount&group=stage",
        "/search?q=acme",
    ]


def test_every_page_says_the_same(written: Worlds) -> None:
    for person in PEOPLE:
        for address in addresses(written):
            written.alike(person, address)
    for address in addresses(written):
        assert written.sealed.answer("lead", address)[0] == 200, address
    record = written.sealed.answer("li", f"/r/opportunity/{written.deal}")[1]
    assert SECRETS[2] in record
    rows = written.sealed.client("li").get("/api/records/opportunity").json()
    assert [(one.get("budget"), one.get("hidden_kpi_weight")) for one in rows["data"]] == [(SECRETS[0], SECRETS[3])]


def test_all_pages_of_the_pack_say_the_same(written: Worlds) -> None:
    model = shipped().current()
    for name in sorted(model.pages):
        for person in ("lead",):
            written.alike(person, f"/app/{name}")


def test_what_cannot_be_asked_of_it_is_said(written: Worlds) -> None:
    for asked in ("budget__gt=5", "sort=-budget", "budget=5", "budget__empty=true", "hidden_kpi__contains=亲戚"):
        answer = written.sealed.client("li").get(f"/api/records/opportunity?{asked}")
        assert answer.status_code == 400, asked
        assert "密封" in answer.text or "sealed" in answer.text, answer.text
        assert written.plain.client("li").get(f"/api/records/opportunity?{asked}").status_code == 200, asked


def test_nothing_of_it_lies_in_the_clear(written: Worlds) -> None:
    """In every text of every table, in every file of the data folder; the world in the clear is the control."""
    found = {world.sealed: _found(world) for world in (written.plain, written.sealed)}
    assert found[False] >= {SECRETS[0], *SECRETS[2:]}
    assert found[True] == set()


def test_acts_say_the_same_in_both(written: Worlds) -> None:
    deal, row = written.deal, f"/api/records/opportunity/{written.deal}"
    written.both("li", row, method="PATCH", json={"budget": "5.00"}, headers={"if-match": '"1"'})
    stale = {"f.name": "acme deal", "f.opened_on": "2026-01-05", "f.budget": "8.00", "@version": "2", "@key": "stale"}
    written.both("lead", f"/r/opportunity/{deal}", data=stale)
    copied = {"name": "second", "customer": written.plain.site.public("acme"), "opened_on": "2026-02-02", **VALUES}
    made = written.both("li", "/api/records/opportunity", json=copied, headers={"idempotency-key": "twice"})
    assert (
        written.both("li", "/api/records/opportunity", json=copied, headers={"idempotency-key": "twice"})[:40]
        == made[:40]
    )
    other = {**copied, "budget": "1.00"}
    assert "idempotency_key_reused" in written.both(
        "li", "/api/records/opportunity", json=other, headers={"idempotency-key": "twice"}
    )
    written.both("lead", row, method="DELETE")
    written.both("lead", f"{row}/restore")
    written.alike("li", row)
    cell = {"value": "77.00", "version": "9"}
    written.both("li", f"/r/opportunity/{deal}/cell/budget", data=cell)
    written.alike("li", f"/r/opportunity/{deal}/cell/budget")
    written.alike("li", f"/r/opportunity/new?copy={deal}")


def test_a_draft_of_it_is_sealed(written: Worlds) -> None:
    def bodies(session: Session) -> list[str]:
        return [str(row[0]) for row in select(session, DRAFT, ("body",), {"entity": "opportunity"})]

    assert all(one.startswith("sealed:") for one in written.sealed.site.installation.database.read(bodies))
    assert any("草稿" in one or "\\u" in one for one in written.plain.site.installation.database.read(bodies))


def _found(world: World) -> set[str]:
    """The secrets that lie somewhere as UTF-8, UTF-16, escapes of JSON or stored numbers."""
    forms = {one: {one.encode(), one.encode("utf-16-le"), one.encode("unicode_escape")} for one in SECRETS}
    forms["number"] = {(735190246).to_bytes(4, "big"), (735190346).to_bytes(4, "big")}
    texts = [one.read_bytes() for one in world.folder.rglob("*") if one.is_file()]
    texts += world.site.installation.database.write(_rows)
    return {name for name, found in forms.items() if any(form in text for form in found for text in texts)}


def _rows(session: Session) -> list[bytes]:
    """Every row of every table, as text."""
    found = []
    for name, table in live_schema(session).items():
        if not table.virtual:
            rows = session.rows(Statement(f"SELECT * FROM {quoted(name)}", (), session.dialect))
            found += [repr(row).encode() for row in rows]
    return found
