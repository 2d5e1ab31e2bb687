"""Every status as a page and as JSON: in both languages, with the request's id, a way on, no trace, the security headers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from engine.diagnostics import Message
from engine.model.errors import (
    BadRequest,
    Conflict,
    FieldProblem,
    Forbidden,
    Outdated,
    TooManyRequests,
    ValidationFailed,
)
from engine.runtime.database.errors import DatabaseBusy, DatabaseFull
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Right, Route
from engine.web.front import Front
from engine.web.responses import SECURITY_HEADERS, STRICT_TRANSPORT
from engine.web.routes import ROUTES
from engine.web.url_table import UrlTable
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

SECRET = "zz-a-value-of-a-record"


RAISED: dict[int, Callable[[], BaseException]] = {
    400: lambda: BadRequest(Message("看不懂", "No sense")),
    403: Forbidden,
    409: lambda: Conflict((), 7),
    412: lambda: Outdated((), 8),
    422: lambda: ValidationFailed((FieldProblem("name", "required", Message("请填写", "Fill it in")),)),
    429: lambda: TooManyRequests(17),
    500: lambda: RuntimeError(SECRET),
    503: DatabaseBusy,
    507: DatabaseFull,
}
HEADINGS = {
    400: ("这个请求看不懂", "This request makes no sense"),
    403: ("没有权限", "Not allowed"),
    404: ("找不到这个页面", "Page not found"),
    405: ("这里不接受这种请求", "Not taken here"),
    409: ("内容已被他人修改", "Changed by somebody else"),
    412: ("内容已不是你看到的样子", "No longer what you saw"),
    413: ("内容太大了", "Too large"),
    415: ("不支持这种内容", "This kind of content is not taken"),
    422: ("有内容需要修改", "Something needs attention"),
    429: ("请求太频繁", "Too many requests"),
    500: ("出了点问题", "Something went wrong"),
    503: ("暂时无法服务", "Not available right now"),
    507: ("存储空间已满", "Storage is full"),
}


def failing(status: int) -> Callable[[Work, Call, object], Response]:
    def endpoint(work: Work, call: Call, site: object) -> Response:
        raise RAISED[status]()

    return endpoint


def planted() -> tuple[Route, ...]:
    """The real table, and for each status an address whose endpoint ends so, to read and to write, for people and programs."""
    made = [
        Route(f"{root}/planted/{status}", (method,), failing(status), Right.SIGNED_IN, writes=method == "POST")
        for root in ("", "/api")
        for status in RAISED
        for method in ("GET", "POST")
    ]
    return (*ROUTES, *made)


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("errors")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        assert isinstance(running.application, Front)
        running.application = replace(running.application, table=UrlTable(planted()))
        yield running


def asked(site: Site, status: int, api: bool, method: str) -> Response:
    """An answer of this status, by the door that leads to it."""
    client, root = site.client("li"), "/api" if api else ""
    match status:
        case 401:
            return site.client().post(f"{root}/records/opportunity" if api else "/account", json={})
        case 404:
            return client.get(f"{root}/nothing")
        case 405:
            return client.put(f"{root}/records/opportunity" if api else "/account", json={})
        case 413:
            return client.post(f"{root}/records/opportunity" if api else "/account", content=b"x" * 20_000_001)
        case 415:
            headers = {"content-type": "application/x-unheard-of"}
            return client.post(f"{root}/records/opportunity" if api else "/account", content=b"x", headers=headers)
        case _:
            return client.request(method, f"{root}/planted/{status}")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("status", sorted({*HEADINGS, 401}))
def test_every_status_has_a_page_in_words_with_an_id_and_a_way_on(site: Site, status: int, language: str) -> None:
    site.client("li").cookies.set("dougong_language", language)
    for method in ("GET", "POST"):
        answer = asked(site, status, api=False, method=method)
        page = html.unescape(answer.text)
        assert answer.status_code == status
        if status == 401:
            assert 'href="/sign-in"' in page
        else:
            assert HEADINGS[status][language == "en"] in page
            assert 'href="/"' in page
        assert answer.headers["x-request-id"] in page
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        for forbidden in ("Traceback", SECRET, "RuntimeError", ".py"):
            assert forbidden not in page
        if status == 429:
            assert answer.headers["retry-after"] == "17"
        retried = f'href="/planted/{status}"' in page
        assert retried == (method == "GET" and status in {429, 500, 503, 507})


@pytest.mark.parametrize("status", sorted({*HEADINGS, 401}))
def test_every_status_has_one_json_shape(site: Site, status: int) -> None:
    for method in ("GET", "POST"):
        answer = asked(site, status, api=True, method=method)
        assert answer.status_code == status
        body = answer.json()
        assert set(body) == {"error"}
        assert {"code", "message", "request_id"} <= set(body["error"])
        assert body["error"]["request_id"] == answer.headers["x-request-id"]
        assert re.fullmatch(r"[a-z_]+", body["error"]["code"])
        assert SECRET not in answer.text


def test_a_body_that_breaks_off_is_refused_in_words(site: Site) -> None:
    for body in (b"--x\r\nContent-Disposition: form-data", b"nonsense", b"--x\r\n\r\n", b"\xff" * 40):
        headers = {"content-type": "multipart/form-data; boundary=x"}
        answer = site.client("li").post("/account", content=body, headers=headers)
        assert answer.status_code in {303, 400, 422}, answer.status_code
    answer = site.client("li").post("/account", content=b"x", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 400
    assert "x-request-id" in answer.headers


def test_every_route_answers_with_every_security_header(site: Site) -> None:
    values = {"entity": "opportunity", "record": site.public("acme_deal"), "user": site.public("li")}
    seen = 0
    for person in ("admin", None):
        for route in planted():
            path = re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "x"), route.path)
            for method in route.methods:
                if path in {"/sign-out", "/view-as"}:
                    continue
                answer = site.client(person).request(method, path)
                seen += 1
                for name, value in SECURITY_HEADERS.items():
                    assert answer.headers.get(name) == value, (method, path, name)
                assert answer.headers["cache-control"], path
                assert STRICT_TRANSPORT[0] not in answer.headers
    assert seen > 200


def test_by_https_browsers_are_told_to_stay_there(site: Site) -> None:
    front = site.application
    assert isinstance(front, Front)
    started = replace(site.installation.settings, external_url="https://crm.example.com")
    live = type(front.site.live)(started)
    secure = TestClient(replace(front, site=replace(front.site, live=live)), base_url="https://crm.example.com")
    for path in ("/sign-in", "/nothing", "/static/shared/nothing.css", "/healthz"):
        assert secure.get(path).headers[STRICT_TRANSPORT[0]] == STRICT_TRANSPORT[1]
