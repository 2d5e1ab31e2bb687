"""Live pages over a real socket: who is told that something changed, at once, who is not, and when a stream ends."""

from __future__ import annotations

import http.client
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
import uvicorn

from engine.application import Installation, make_application, open_installation
from engine.diagnostics import DougongError
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, leave_seat, take_seat
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.web.patience import patient_protocol
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import HASH, IMAGES, NOW, NURSERY, PASSWORD, SINCE, shipped

SOON = 5.0
"""Seconds after which a message is given up on; how soon it comes is judged where nothing else runs."""


@dataclass
class Process:
    """A serving process of an installation."""

    installation: Installation
    server: uvicorn.Server
    thread: threading.Thread
    port: int
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, person: str) -> httpx.Client:
        if person not in self.clients:
            made = httpx.Client(base_url=self.base, timeout=30)
            assert made.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
            self.clients[person] = made
        return self.clients[person]

    def end(self) -> float:
        """Ask the server to end; the seconds that it takes."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(30)
        return time.monotonic() - began


@contextmanager
def serving(settings: Settings) -> Iterator[Process]:
    installation = open_installation(settings, FixedClock(NOW), shipped())
    application = make_application(installation, nursery=NURSERY)
    config = uvicorn.Config(
        application,
        port=0,
        http=patient_protocol(60),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=20,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ready = threading.Event()
    while not server.started:
        assert thread.is_alive()
        ready.wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    process = Process(installation, server, thread, port)
    try:
        yield process
    finally:
        for client in process.clients.values():
            client.close()
        process.end()


class Listening:
    """A stream that somebody follows: its messages and its end as they come."""

    opened: ClassVar[list[Listening]] = []

    def __init__(
        self, process: Process, person: str, on: str, place: str = "", age: int = 0, standing: str = ""
    ) -> None:
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.place = ""
        self._placed = threading.Event()
        cookies = "; ".join(f"{name}={value}" for name, value in process.client(person).cookies.items())
        self._connection = http.client.HTTPConnection("127.0.0.1", process.port)
        headers = {"cookie": cookies, **({"last-event-id": place} if place else {})}
        self._connection.request(
            "GET", f"/live?{urlencode({'on': on, 'age': age, 'standing': standing})}", headers=headers
        )
        answer = self._connection.getresponse()
        self.status, self.headers = answer.status, answer.headers
        self._thread = threading.Thread(target=self._read, args=(answer,), daemon=True)
        self._thread.start()
        self.opened.append(self)
        assert self._placed.wait(10)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        try:
            while line := answer.readline():
                text = line.decode().rstrip()
                if text.startswith("id: "):
                    self.place = text[4:]
                    self._placed.set()
                self.lines.put(text)
        except OSError:
            pass
        finally:
            answer.close()
            self._placed.set()
            self.lines.put(None)

    def close(self) -> None:
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._connection.close()

    def wait(self, wanted: str | None = "event: changed") -> bool:
        """Whether this line (None: the end) comes, however many heartbeats come before it."""
        until = time.monotonic() + SOON
        try:
            while (line := self.lines.get(timeout=max(0.0, until - time.monotonic()))) != wanted:
                if line is None:
                    return False
        except queue.Empty:
            return False
        return True

    def before_heartbeat(self) -> list[str]:
        """What comes before the second heartbeat from now, besides places: the whole of what a page is told by then."""
        found, beats = [], 0
        for _ in range(self.lines.qsize()):
            found.append(self.lines.get() or "")
        while beats < 2:
            line = self.lines.get(timeout=SOON)
            assert line is not None, "the stream has ended"
            beats += line.startswith("id: ")
            found.append(line)
        return [one for one in found if one and not one.startswith(("id: ", "retry: "))]


def told(*pages: Listening) -> list[list[str]]:
    """What pages are told before their second heartbeat from now, all at once."""
    with ThreadPoolExecutor(len(pages)) as threads:
        return list(threads.map(Listening.before_heartbeat, pages))


@pytest.fixture(scope="module", params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("live")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = unmade_url("postgres", dsn, folder) if request.param == "postgres" else ""
    IDS.clear()
    IDS.update(IMAGES.place(folder, url, NOW))
    return Settings(data=folder, database=url, rate_limit=100_000, live_heartbeat=1)


@pytest.fixture(autouse=True)
def streams(process: Process) -> Iterator[None]:
    """What a test has opened ends with it."""
    yield
    for one in Listening.opened:
        one.close()
    Listening.opened.clear()


IDS: dict[str, int] = {}
SETUP = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
COUNTED = "event: counted"
NUMBERS = count(1)


@pytest.fixture(scope="module")
def process(settings: Settings) -> Iterator[Process]:
    with serving(settings) as running:
        yield running


def add(process: Process, person: str, customer: str) -> None:
    values = {"name": f"一笔 {next(NUMBERS)}", "customer": encode_id(IDS[customer])}
    assert process.client(person).post("/api/records/opportunity", json=values).status_code == 201


def plan(process: Process, owner: str) -> str:
    """A contact with acme that the lead has planned for somebody; its address."""
    lead = process.client("lead")
    values = {
        "customer": encode_id(IDS["acme"]),
        "owner": encode_id(IDS[owner]),
        "subject": f"回访 {next(NUMBERS)}",
        "kind": "call",
        "planned_on": "2026-03-02",
        "opportunity": encode_id(IDS["acme_deal"]),
        "trigger": "deal_step",
        "basis": "model_win",
        "alternative": "等客户来问",
        "expected": "定下一步",
    }
    made = lead.post("/api/records/activity", json=values)
    assert made.status_code == 201, made.text
    return f"/api/records/activity/{made.json()['data']['id']}"


class Submitted:
    """A quote of acme that was submitted: the lead is asked."""

    def __init__(self, process: Process) -> None:
        self.process = process
        body = {"customer": encode_id(IDS["acme"]), "opportunity": encode_id(IDS["acme_deal"])}
        lines = [{"product": self._product(), "quantity": "1", "list_price": "10"}]
        made = process.client("li").post("/api/records/quote", json={**body, "lines": lines})
        assert made.status_code == 201, made.text
        self.record = str(made.json()["data"]["id"])
        self.path = f"/api/records/quote/{self.record}"

    def submit(self) -> None:
        answer = self.process.client("li").post(f"{self.path}/transitions/submit", json={})
        assert answer.status_code == 200, answer.text

    def approve(self) -> None:
        lead = self.process.client("lead")
        found = lead.get("/api/inbox").json()["data"]
        task = next(one["id"] for one in found if one.get("record") == self.record)
        answer = lead.post(f"/api/tasks/{task}/approve", json={"comment": "同意"})
        assert answer.status_code == 200, answer.text

    def _product(self) -> str:
        def load(work: Work) -> None:
            IDS["product"] = work.ids.next()
            values = {"name": "控制器", "code": "P-1", "list_price": Decimal(10), "status": "active"}
            load_rows(work, work.model.entities["product"], [(IDS["product"], values)])
            finish_loading(work, {"product"})

        if "product" not in IDS:
            self.process.installation.workplace.write(SETUP, load)
        return encode_id(IDS["product"])


def of_customer(name: str) -> str:
    return f"opportunity.customer:{encode_id(IDS[name])}"


def test_an_open_page_is_told_and_a_proxy_lets_it_through(process: Process) -> None:
    page = Listening(process, "lead", "opportunity")
    assert (page.status, page.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert page.headers["x-accel-buffering"] == "no"
    assert "no-transform" in page.headers["cache-control"]
    assert "content-length" not in page.headers
    add(process, "li", "acme")
    assert page.wait()


@pytest.mark.parametrize(
    ("person", "on", "told"),
    [
        ("lead", "opportunity", True),
        ("audit", of_customer, True),
        ("wang", "opportunity", False),
        ("wang", of_customer, False),
        ("li", lambda name: f"opportunity.customer:{encode_id(IDS['bravo'])}", False),
        ("li", "customer nonsense.x:1 dougong_user", None),
    ],
)
def test_only_who_may_read_the_change_and_shows_it_is_told(
    process: Process, person: str, on: str | Callable[[str], str], told: bool | None
) -> None:
    """A page that may not know gets the same heartbeats whatever is written: not one byte more."""
    page = Listening(process, person, on if isinstance(on, str) else on("acme"))
    control = Listening(process, "li", "opportunity")
    if told is False:
        page.before_heartbeat()  # what was written just before this test may still be told
    add(process, "li", "acme")
    assert control.wait()
    if told:
        assert page.wait()
    elif told is False:
        assert page.before_heartbeat() == []


def comes(process: Process, name: str) -> Membership:
    """Somebody new who takes a seat of the unit."""
    made: list[Membership] = []

    def come(work: Work) -> None:
        IDS[name] = work.ids.next()
        create_user(work.session, NewUser(IDS[name], name, name.title(), 0, HASH))
        made.append(Membership(work.ids.next(), IDS[name], IDS["cju_a"], "sales", SINCE, None))
        take_seat(work.session, work.model, made[0])

    process.installation.workplace.write(SETUP, come)
    return made[0]


def leaves(process: Process, seat: Membership) -> None:
    process.installation.workplace.write(SETUP, lambda work: leave_seat(work.session, seat.id, SINCE))


def test_a_change_is_decided_by_the_rights_that_hold_when_it_comes(process: Process) -> None:
    """While the seat is held the message comes, which is the control; after it was left there is none."""
    seat = comes(process, "guest")
    page, control = Listening(process, "guest", "opportunity"), Listening(process, "li", "opportunity")
    add(process, "li", "acme")
    assert page.wait() and control.wait()
    leaves(process, seat)
    page.before_heartbeat()
    add(process, "li", "acme")
    assert control.wait()
    assert page.before_heartbeat() == []


def test_whose_place_changes_is_told_at_once_by_every_process_and_nobody_else(
    settings: Settings, process: Process
) -> None:
    """By streams that are open, and by one that is opened with what the page said of where its reader stood."""
    seat = comes(process, "mover")
    shown = process.client("mover").get("/account").text
    standing = shown.split('data-standing="')[1].split('"')[0]
    with serving(settings) if settings.database else nullcontext(process) as second:
        here, there = Listening(process, "mover", "opportunity"), Listening(second, "mover", "opportunity")
        other, still = (
            Listening(process, "li", "opportunity"),
            Listening(process, "mover", "customer", standing=standing),
        )
        other.before_heartbeat()
        assert "event: renewed" not in still.before_heartbeat()
        leaves(process, seat)
        assert here.wait("event: renewed") and there.wait("event: renewed")
        assert other.before_heartbeat() == []
        assert Listening(process, "mover", "customer", standing=standing).wait("event: renewed")


def test_a_flow_is_followed_where_it_is_shown_and_by_whom_it_asks(process: Process) -> None:
    """The record's readers and those who are asked are told; who may not read it, and pages without a flow, are not."""
    quote = Submitted(process)
    bar = f"flow@quote:{quote.record}"
    pages = [Listening(process, "li", bar), Listening(process, "lead", "asked@me")]
    others = [Listening(process, *one) for one in (("wang", bar), ("wang", "asked@me"), ("li", "asked@me held@me"))]
    told(*pages, *others)
    quote.submit()
    assert pages[0].wait() and pages[1].wait(COUNTED)
    assert told(*others, *pages)[:3] == [[], [], []]
    started = Listening(process, "li", "started@me")
    plain = Listening(process, "li", f"comment@quote:{quote.record} file@quote:{quote.record}")
    quote.approve()
    assert pages[0].wait() and pages[1].wait(COUNTED) and started.wait(COUNTED)
    assert plain.before_heartbeat() == [], "what is beside the flow was left alone"


def test_a_file_is_told_to_who_may_read_its_record(process: Process) -> None:
    on = f"file@customer:{encode_id(IDS['acme'])}"
    page, foreign, row = (
        Listening(process, "lead", on),
        Listening(process, "wang", on),
        Listening(process, "lead", f"customer:{encode_id(IDS['acme'])}"),
    )
    told(page, foreign, row)
    path = f"/r/customer/{encode_id(IDS['acme'])}/files"
    answer = process.client("lead").post(path, files={"file": ("合同.txt", b"text")})
    assert answer.status_code == 303, answer.text
    assert page.wait()
    assert told(foreign, row) == [[], []], "neither who may not read it, nor a page without files"


def test_what_waits_for_somebody_is_told_to_them_alone(process: Process) -> None:
    """Whoever a row is given to, and whoever it is taken from; a colleague who may read it just as well is told nothing."""
    li, colleague, stranger = (Listening(process, one, "held@me") for one in ("li", "lead", "wang"))
    told(li, colleague, stranger)
    path = plan(process, "li")
    assert li.wait(COUNTED)
    assert told(colleague, stranger, li)[:2] == [[], []]
    given = process.client("lead").patch(path, json={"owner": encode_id(IDS["lead"])}, headers={"if-match": "*"})
    assert given.status_code == 200, given.text
    assert li.wait(COUNTED) and colleague.wait(COUNTED)


def test_what_somebody_holds_but_may_not_read_any_more_is_not_told(process: Process) -> None:
    seat = comes(process, "passing")
    page = Listening(process, "passing", "held@me")
    path = plan(process, "passing")
    assert page.wait(COUNTED), "the control: while the seat is held"
    leaves(process, seat)
    page.before_heartbeat()
    control = Listening(process, "lead", "activity")
    changed = process.client("lead").patch(path, json={"subject": "改名"}, headers={"if-match": "*"})
    assert changed.status_code == 200, changed.text
    assert control.wait()
    assert page.before_heartbeat() == []


def test_a_notice_is_counted_for_whom_it_is(process: Process) -> None:
    page, other = Listening(process, "lead", "told@me"), Listening(process, "wang", "told@me")
    path = f"/api/records/customer/{encode_id(IDS['acme'])}/comments"
    said = process.client("li").post(path, json={"body": "@Lead 看一下"})
    assert said.status_code == 201, said.text
    assert page.wait(COUNTED)
    assert told(other, page)[0] == []
    assert process.client("lead").post("/inbox", data={"act": "read"}).status_code == 303
    assert page.wait(COUNTED), "read in one window, counted in the other"


def test_a_deleted_row_is_a_change(process: Process) -> None:
    rows = process.client("lead").get("/api/records/opportunity?limit=1").json()["data"]
    page = Listening(process, "lead", f"opportunity:{rows[0]['id']}")
    answer = process.client("lead").delete(f"/api/records/opportunity/{rows[0]['id']}", headers={"if-match": "*"})
    assert answer.status_code in {200, 204}, answer.text
    assert page.wait()


def test_a_row_that_goes_to_another_parent_is_told_to_the_page_that_it_leaves(process: Process) -> None:
    """Who may read the row is told that it has left, who may not is not; one that never stood there is the control."""
    lead = process.client("lead")
    values = {"name": "另一家", "industry": "photovoltaic", "unit": encode_id(IDS["cju_a"])}
    made = lead.post("/api/records/customer", json=values)
    assert made.status_code == 201, made.text
    other = made.json()["data"]["id"]
    row = {"name": f"一笔 {next(NUMBERS)}", "customer": encode_id(IDS["acme"])}
    deal = process.client("li").post("/api/records/opportunity", json=row).json()["data"]["id"]
    page, foreign = Listening(process, "lead", of_customer("acme")), Listening(process, "wang", of_customer("acme"))
    told(page, foreign)
    moved = process.client("li").patch(f"/api/records/opportunity/{deal}", json={"customer": other})
    assert moved.status_code == 200, moved.text
    assert page.wait()
    assert foreign.before_heartbeat() == []
    page.before_heartbeat()
    again = process.client("li").patch(f"/api/records/opportunity/{deal}", json={"name": "改名"})
    assert again.status_code == 200, again.text
    assert page.before_heartbeat() == []


def test_what_happened_before_the_stream_opened_is_told_by_the_age_of_the_page(process: Process) -> None:
    control = Listening(process, "li", "opportunity")
    add(process, "li", "acme")
    assert control.wait()
    assert Listening(process, "lead", "opportunity", age=1500).wait()


def test_a_stream_goes_on_where_it_was(process: Process) -> None:
    first = Listening(process, "lead", "opportunity")
    place = first.place
    add(process, "li", "acme")
    assert first.wait()
    assert Listening(process, "lead", "opportunity", place=place).wait()
    first.before_heartbeat()
    assert first.place != place
    again = Listening(process, "lead", "opportunity", place=first.place)
    assert again.before_heartbeat() == []


def test_a_stream_ends_with_its_session(process: Process) -> None:
    page = Listening(process, "money", "opportunity")
    client = process.clients.pop("money")
    client.post("/sign-out")
    client.close()
    assert page.wait(None)


def test_a_session_has_no_more_than_so_many_pages(process: Process) -> None:
    pages = [Listening(process, "audit", "customer") for _ in range(9)]
    assert sorted({one.status for one in pages}) == [200, 429]
    assert [one.status for one in pages].count(200) <= 8


def test_without_anything_shown_or_anybody_signed_in_there_is_no_stream(process: Process) -> None:
    client = process.client("li")
    for query in ("", "?on=", "?on=opportunity&age=x", "?on=a.b", "?on=asked@wang", "?on=flow@quote", "?on=nothing@me"):
        assert client.get(f"/live{query}").status_code == 400, query
    assert httpx.get(f"{process.base}/live?on=opportunity").status_code == 303


def test_what_one_process_writes_is_told_by_another(settings: Settings, process: Process) -> None:
    """With several processes on one PostgreSQL database each reads the log for its own pages; nobody calls the other."""
    if not settings.database:
        with pytest.raises(DougongError), serving(settings):
            pass  # one file, one process: there is no other
        return
    with serving(settings) as other:
        page, inbox = Listening(other, "lead", "opportunity"), Listening(other, "lead", "asked@me")
        add(process, "li", "acme")
        assert page.wait()
        Submitted(process).submit()
        assert inbox.wait(COUNTED)
        page.close()
        inbox.close()


def test_the_server_ends_without_waiting_for_its_streams(settings: Settings, tmp_path: Path) -> None:
    own = replace(settings, data=tmp_path) if settings.database else settings
    if not settings.database:
        own = replace(settings, data=tmp_path)
        IMAGES.place(tmp_path, "", NOW)
    with serving(own) as running:
        pages = [Listening(running, "li", "opportunity") for _ in range(3)]
        assert running.end() < 6
        assert all(one.wait(None) for one in pages)
