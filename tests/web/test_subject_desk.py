"""The subject desk over HTTP: who may use it, from the search to the approval of the very dry run, and what it says to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.application import make_eraser
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.sovereignty.subjects.requests import requests_of
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.web.site import HASH, NURSERY, Site, running_site

pytestmark = pytest.mark.one_database


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with running_site(tmp_path / "data", database_url) as running:
        running.inside(_officers)
        yield running


def _officers(work: Work) -> None:
    for name in ("officer", "second"):
        create_user(work.session, NewUser(work.ids.next(), name, name.title(), 0, HASH, roles=("privacy_officer",)))


def carried_on(site: Site) -> None:
    """What the job does next."""
    worker = Workers("proving", NURSERY)
    eraser = make_eraser(site.installation, worker)
    for one in site.installation.database.read(requests_of):
        eraser.carry_on(site.installation.workplace, one.id)
    worker.end()


def test_only_who_answers_requests_sees_the_desk(site: Site) -> None:
    assert site.client("officer").get("/subjects").status_code == 200
    for person in ("admin", "li", "lead"):
        assert site.client(person).get("/subjects").status_code == 403
        assert site.client(person).post("/subjects", data={"act": "ask"}).status_code == 403
    assert "/subjects" in site.client("officer").get("/inbox").text
    assert '"/subjects"' not in site.client("li").get("/inbox").text


def test_a_request_goes_from_the_search_to_the_certificate(site: Site) -> None:
    officer, second = site.client("officer"), site.client("second")
    found = officer.get("/subjects", params={"entity": "customer", "q": "acme"}).text
    record = re.search(r'name="record" value="(\w{13})"', found)
    assert record is not None and record[1] == encode_id(site.ids["acme"])
    asked = {"act": "ask", "entity": "customer", "record": record[1], "basis": "withdrawn_consent", "authority": "self"}
    refused = officer.post("/subjects", data=asked)
    assert refused.status_code == 409
    assert "身份与授权" in refused.text
    page = officer.post("/subjects", data={**asked, "identity": "document"}).headers["location"]
    carried_on(site)
    shown = second.get(page).text
    digest = re.search(r'name="digest" value="(\w{64})"', shown)
    assert digest is not None and "approve" not in officer.get(page).text
    assert second.post(page, data={"act": "approve", "digest": "0" * 64}).status_code == 409
    assert officer.post(page, data={"act": "approve", "digest": digest[1]}).status_code == 409
    assert second.post(page, data={"act": "approve", "digest": digest[1]}).status_code == 303
    changed = site.client("li").patch(f"/api/records/customer/{record[1]}", json={"industry": "auto_parts"})
    assert (changed.status_code, changed.json()["error"]["code"]) == (409, "subject_frozen"), changed.text
    carried_on(site)
    assert "已清除并证明" in officer.get(page).text
    certificate = officer.get(f"{page}/certificate")
    assert certificate.status_code == 200 and "acme" not in certificate.text
    assert officer.get(f"{page}/other").status_code == 404
    assert officer.get("/subjects/verifier").text.startswith('"""Checks a certificate')


def test_a_hold_that_is_placed_on_the_page_stops_a_request_and_its_release_goes_on(site: Site) -> None:
    officer = site.client("officer")
    held = {
        "act": "hold",
        "entity": "customer",
        "record": site.public("acme"),
        "case": "2026-17",
        "review": "2026-06-01",
    }
    assert officer.post("/subjects", data=held).status_code == 303
    asked = {"act": "ask", "entity": "customer", "record": site.public("acme"), "basis": "unlawful"}
    page = officer.post("/subjects", data={**asked, "identity": "document", "authority": "self"}).headers["location"]
    carried_on(site)
    assert "2026-17" in officer.get(page).text
    hold = re.search(r'name="hold" value="(\w{13})"', officer.get("/subjects").text)
    assert hold is not None
    officer.post("/subjects", data={"act": "release", "hold": hold[1]})
    carried_on(site)
    assert "等待第二人批准" in officer.get(page).text
