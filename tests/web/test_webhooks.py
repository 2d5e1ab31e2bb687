"""Webhooks out: signed by the standard, tried again until the other side takes them, sent again by an administrator; and in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.web.flow_shop import Shop, served_shop

KEY = b"twenty-four bytes or more"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
SOON = 30.0
TELL = """label: {zh: 告知仓库, en: Tell the depot}
entity: order
triggers: [{id: made, type: created}]
title: name
steps:
  - {id: told, type: call, label: {zh: 告知, en: Tell}, destination: depot, url: /hooks, sign: depot, values: {name: name}, take: {note: /number}}
"""
TAKE = """label: {zh: 外来订单, en: Order from outside}
entity: order
triggers: [{id: outside, type: webhook, values: {name: /name}, secret: PARTNER_SECRET}]
title: name
steps:
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '"taken"'}}
"""
DEPOT = """label: {{zh: 仓库, en: Depot}}
scheme: http
host: 127.0.0.1
port: {port}
allow_private: true
jurisdiction: CN
max_level: G2
purposes: [operation]
owner: {{zh: 物流, en: Logistics}}
"""


@dataclass
class Depot:
    """The other side: keeps what comes, and says no as often as it is told to."""

    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.came:
            self.calls.append((headers, body))
            self.came.notify_all()
            return self.refusals.pop(0) if self.refusals else 200

    def hears(self, count: int, meanwhile: Callable[[], object] = lambda: None) -> list[tuple[dict[str, str], bytes]]:
        """What has come, once it is so many calls."""
        with self.came:
            for _ in range(int(SOON * 10)):
                if self.came.wait_for(lambda: len(self.calls) >= count, 0.1):
                    return list(self.calls)
                meanwhile()
        raise AssertionError(f"{len(self.calls)} calls instead of {count}")


@pytest.fixture
def depot() -> Iterator[tuple[Depot, int]]:
    here = Depot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = here.take({name.lower(): value for name, value in self.headers.items()}, body)
            answer = json.dumps({"number": "N-7"}).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield here, server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(
    tmp_path: Path, database_url: str, depot: tuple[Depot, int], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setenv("DOUGONG_SECRET_DEPOT", SECRET)
    monkeypatch.setenv("PARTNER_SECRET", SECRET)
    texts = {"destinations/depot.yaml": DEPOT.format(port=depot[1])}
    with served_shop(tmp_path, database_url, {"tell": TELL, "take": TAKE}, texts, ("clerk", "root")) as running:
        yield running


def seal(headers: dict[str, str], body: bytes) -> str:
    """The signature as the standard has it, worked out here."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(KEY, told, hashlib.sha256).digest()).decode()


def test_a_webhook_is_signed_tried_again_and_sent_again_under_one_identifier(
    shop: Shop, depot: tuple[Depot, int]
) -> None:
    there = depot[0]
    there.refusals = [503, 429]
    order = shop.order("bolts")
    calls = there.hears(3, lambda: shop.clock.advance(timedelta(minutes=1)))
    assert [json.loads(body) for _, body in calls] == [{"name": "bolts"}] * 3
    assert all(headers["webhook-signature"] == seal(headers, body) for headers, body in calls)
    assert len({headers["webhook-id"] for headers, _ in calls}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in calls}) == 3, "each try is of its own moment"
    (flow,) = _until(lambda: [one for one in _flows(shop, order) if one["outcome"]])
    assert (flow["outcome"], shop.note(order)) == ("done", "N-7")

    again = {"step": "told", "comment": "the depot lost it"}
    assert shop.client.post(f"/api/flows/{flow['id']}/resend", json=again).status_code == 403
    root = shop.clients["root"]
    wordless = root.post(f"/api/flows/{flow['id']}/resend", json={"step": "told"})
    assert wordless.json()["error"]["code"] == "flow_needs_comment"
    elsewhere = root.post(f"/api/flows/{flow['id']}/resend", json=again | {"step": "nothing"})
    assert elsewhere.json()["error"]["code"] == "flow_not_sent"
    page = root.get(f"/flows/{flow['id']}", headers={"accept-language": "en"}).text
    assert "Send again" in page and "Send again" not in shop.client.get(f"/flows/{flow['id']}").text
    assert root.post(f"/flows/{flow['id']}/resend", data=again).status_code == 303
    headers, body = there.hears(4)[3]
    assert (headers["webhook-id"], headers["webhook-signature"]) == (calls[0][0]["webhook-id"], seal(headers, body))
    assert len(_flows(shop, order)) == 1


def test_what_one_installation_sends_another_takes_once_and_nothing_old_or_altered(
    shop: Shop, depot: tuple[Depot, int]
) -> None:
    shop.order("nuts")
    headers, body = depot[0].hears(1)[0]
    stranger = TestClient(shop.client.app, base_url="http://testserver")

    def brought(headers: dict[str, str], body: bytes) -> int:
        kept = {name: value for name, value in headers.items() if name.startswith("webhook-")}
        told = kept | {"content-type": "application/json"}
        return stranger.post("/api/hooks/take/outside", content=body, headers=told).status_code

    assert [brought(headers, body), brought(headers, body)] == [201, 200]
    two = headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert brought(two, body) == 200, "a sender that changes its secret signs twice"
    assert brought(headers, body.replace(b"nuts", b"gold")) == 401
    assert brought(headers | {"webhook-id": "another"}, body) == 401
    assert brought(headers | {"webhook-timestamp": "soon"}, body) == 401
    shop.clock.advance(timedelta(minutes=6))
    assert brought(headers, body) == 401


def test_a_call_whose_secret_is_not_set_stops_and_names_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOUGONG_SECRET_DEPOT")
    order = shop.order("screws")
    (flow,) = _until(lambda: [one for one in _flows(shop, order) if one["problem"]])
    assert flow["problem"] == "no_secret"
    assert "DOUGONG_SECRET_DEPOT" in shop.client.get(f"/flows/{flow['id']}").text


def _flows(shop: Shop, order: str) -> list[dict[str, object]]:
    found = shop.client.get(f"/api/records/order/{order}/flows").json()["flows"]
    return [one for one in found if one["flow"] == "tell"]


def _until(found: Callable[[], list[dict[str, object]]]) -> list[dict[str, object]]:
    pause = threading.Event()
    for _ in range(int(SOON * 20)):
        if one := found():
            return one
        pause.wait(0.05)
    raise AssertionError("it did not come to that")
