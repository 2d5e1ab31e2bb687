"""Labels that hold markup, scripts and templates are shown as the text they are, on every page that a reader can reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from definition_cases import Case
from hostile_cases import hostile_cases, lay_out, verdict
from starlette.testclient import TestClient

from engine.application import bring_up_to_date, make_application, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock
from tests.web.site import HASH, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MOST_PAGES = 40
CASES = [case for case in hostile_cases() if case.group == "markup" and verdict(case).harmless]


class Intruders(HTMLParser):
    """Collects what a label may never become: scripts that alert, listeners, frames, addresses of scripts; and links."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.links: list[str] = []
        self._inside_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("type") or ""
        self._inside_script = tag == "script" and "json" not in kind
        if tag in {"iframe", "object", "embed", "base"}:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside_script = False

    def handle_data(self, data: str) -> None:
        if self._inside_script and "alert(" in data:
            self.found.append(data)


@contextmanager
def visitor(case: Case, folder: Path) -> Iterator[tuple[TestClient, list[str]]]:
    """A signed-in member of the case's application, and the places to begin at."""
    clock = FixedClock(NOW)
    settings = Settings(data=folder / "data", packs=str(lay_out(case, folder)), rate_limit=100_000)
    installation = open_installation(settings, clock)
    bring_up_to_date(installation)
    ids: dict[str, int] = {}

    def fill(work: Work) -> None:
        ids["li"], ids["row"] = work.ids.next(), work.ids.next()
        create_user(work.session, NewUser(ids["li"], "li", "Li", 0, HASH, roles=("worker",)))
        load_rows(work, work.model.entities["task"], [(ids["row"], {"name": "call", "status": "open"})])
        finish_loading(work, {"task"})

    installation.workplace.write(Context(Principal(0, "setup", frozenset(), service="setup"), NOW), fill)
    with TestClient(make_application(installation), base_url="http://testserver") as client:
        assert client.post("/sign-in", data={"name": "li", "password": PASSWORD}).status_code == 200
        row = encode_id(ids["row"])
        yield client, ["/", f"/r/task/{row}", f"/r/task/{row}/edit", "/r/task/new", "/import/task", "/search?q=call"]
    installation.database.close()


def visited(client: TestClient, begin: list[str]) -> dict[str, str]:
    """The pages that links lead to, by address."""
    waiting, pages = list(begin), {}
    while waiting and len(pages) < MOST_PAGES:
        address = waiting.pop(0)
        if address in pages:
            continue
        answer = client.get(address)
        assert answer.status_code < 500, address
        if "text/html" in answer.headers.get("content-type", ""):
            pages[address] = answer.text
            links = (urlsplit(urljoin(address, one)) for one in Intruders(answer.text).links)
            waiting += [f"{one.path}?{one.query}".rstrip("?") for one in links if not one.netloc]
    return pages


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_markup_in_labels_is_shown_as_text(case: Case, tmp_path: Path) -> None:
    with visitor(case, tmp_path) as (client, begin):
        pages = visited(client, begin)
    assert len(pages) >= 6
    assert {address: Intruders(text).found for address, text in pages.items() if Intruders(text).found} == {}
    assert not any("<class " in text for text in pages.values())


def test_a_template_in_a_label_stays_a_text(tmp_path: Path) -> None:
    case = next(one for one in CASES if one.title == "templates in labels")
    with visitor(case, tmp_path) as (client, begin):
        pages = visited(client, begin)
    assert any("{{ 7 * 7 }}" in text for text in pages.values())


def test_the_labels_are_on_the_pages(tmp_path: Path) -> None:
    """The control: what is looked for is there, escaped, and unescaped it would be found."""
    case = next(one for one in CASES if one.title == "a script in the label of an entity")
    with visitor(case, tmp_path) as (client, begin):
        pages = visited(client, begin)
    shown = [text for text in pages.values() if "&lt;script&gt;alert" in text]
    assert len(shown) >= 3
    assert all(Intruders(unescape(text)).found for text in shown[-3:])


@pytest.mark.parametrize(
    "markup",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<iframe>", "<a href=' javascript:alert(1)'>x</a>"],
)
def test_intruders_are_seen(markup: str) -> None:
    assert Intruders(f"<p>{markup}</p>").found
