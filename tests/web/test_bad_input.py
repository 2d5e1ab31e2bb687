"""Bad input over HTTP: a clear refusal that names the place, or exactly the text that was given; never a crash or a leak."""

from __future__ import annotations

import csv
import html
import io
import json
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from engine.web.dispatch import Right
from engine.web.responses import SECURITY_HEADERS
from engine.web.routes import ROUTES
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site, without_request_id

NAUGHTY = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "fixtures/strings/naughty.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
MISSING = "0SAPHB2RR0002"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("bad")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def sent(client: TestClient, path: str, body: object) -> Response:
    """A JSON body written by us: the client's own writer would refuse what we want to send."""
    return client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


class Texts(HTMLParser):
    """Text nodes and attribute values of a page, and every element's name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]
        self.scripts += tag == "script" and not any(name == "src" for name, _ in attrs)
        self.scripts += any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.fixture(scope="module")
def kept(site: Site) -> dict[str, str]:
    """A customer for every string that may be a name; the rest was refused in words."""
    client, made = site.client("li"), {}
    for text in NAUGHTY:
        answer = sent(
            client, "/api/records/customer", {"name": text, "unit": site.public("cju_a"), "industry": "auto_parts"}
        )
        assert answer.status_code in {201, 409, 422}, (text, answer.text)
        if answer.status_code == 201:
            made[text] = answer.json()["data"]["id"]
        else:
            assert answer.json()["error"]["message"]
    return made


def test_most_strings_are_kept_and_all_of_them_exactly(site: Site, kept: dict[str, str]) -> None:
    assert len(kept) > len(NAUGHTY) * 0.9
    for text, record in kept.items():
        found = site.client("li").get(f"/api/records/customer/{record}").json()["data"]["name"]
        assert found in {normal(text), normal(text).strip()}, text


def test_a_string_is_found_by_filter_and_search(site: Site, kept: dict[str, str]) -> None:
    client = site.client("li")
    for text, record in kept.items():
        stored = client.get(f"/api/records/customer/{record}").json()["data"]["name"]
        found = client.get("/api/records/customer", params={"name": stored})
        assert found.status_code == 200, (text, found.text)
        assert record in [row["id"] for row in found.json()["data"]], text
        assert client.get("/api/records/customer", params={"search": text}).status_code == 200


def test_no_page_lets_a_string_out_of_its_place(site: Site, kept: dict[str, str]) -> None:
    client = site.client("li")
    for text, record in list(kept.items()):
        page = client.get(f"/r/customer/{record}")
        assert page.status_code == 200, text
        texts = Texts()
        texts.feed(page.text)
        assert texts.scripts == 0, text
        wanted = " ".join(normal(text).split())
        assert any(wanted in " ".join(one.split()) for one in texts.found), text
    listed = client.get("/app/customer_list?v=all")
    texts = Texts()
    texts.feed(listed.text)
    assert texts.scripts == 0


def test_an_exported_string_is_no_formula(site: Site, kept: dict[str, str]) -> None:
    answer = site.client("lead").get("/export/customer?kind=csv")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) > len(kept)
    numbers = [cell for row in rows[1:] for cell in row if cell[:1] in {"=", "@", "\t", "\r"}]
    assert numbers == []


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfff"], ids=["nul", "high", "low"])
def test_what_no_database_holds_is_refused_in_words(site: Site, text: str) -> None:
    answer = sent(
        site.client("li"),
        "/api/records/customer",
        {"name": text, "unit": site.public("cju_a"), "industry": "auto_parts"},
    )
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["message"]


VALUES = [
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "NaN",
    "1e400",
    "Infinity",
    "999999999999999999999.99",
    "0.001",
    [],
    {},
    ["a"],
    "ａ" * 200_000,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:24])
def test_a_value_of_the_wrong_kind_names_its_field_or_is_taken(site: Site, value: object) -> None:
    client = site.client("li")
    entity = site.installation.models.current().entities["opportunity"]
    for name, field in entity.fields.items():
        answer = sent(client, "/api/records/opportunity", {"name": "n", "customer": site.public("acme"), name: value})
        assert answer.status_code in {201, 400, 409, 422}, (name, field.kind, answer.text[:300])
        if answer.status_code == 422:
            problems = answer.json()["error"]["problems"]
            assert problems
            assert all(one["message"] for one in problems)
        elif answer.status_code == 201 and isinstance(value, str) and value and name in answer.json()["data"]:
            assert answer.json()["data"][name] in {value, normal(value).strip()}, (name, value)


def test_money_too_precise_or_too_long_is_refused_not_rounded(site: Site) -> None:
    record = site.public("acme_deal")
    for amount in ("1.005", "12345678901234567.89", "1e3x", "--1"):
        answer = site.client("li").patch(f"/api/records/opportunity/{record}", json={"amount": amount})
        assert answer.status_code == 422, amount
        assert answer.json()["error"]["problems"][0]["field"] == "amount"


def test_bodies_that_cannot_be_read_are_refused(site: Site) -> None:
    client, path = site.client("li"), "/api/records/opportunity"
    kind = {"content-type": "application/json"}
    deep = "[" * 10_000 + "]" * 10_000
    for content, status in (
        (b"{", 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": "a", "name": "b"}', 400),
        (deep.encode(), 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"name": NaN}', 400),
    ):
        answer = client.post(path, content=content, headers=kind)
        assert answer.status_code == status, content[:40]
        assert answer.json()["error"]["message"]
    assert client.post(path, content=b"<x/>", headers={"content-type": "text/xml"}).status_code == 415
    assert client.post(path, content=b"x" * 21_000_000, headers=kind).status_code == 413


@pytest.mark.parametrize(
    "query",
    ["nothing=1", "limit=0", "limit=99999", "sort=nothing", "fields=nothing", "cursor=AAAA", "amount__like=1", "amount=x",
     "customer.nothing=1", "limit=1&limit=2", "count=perhaps", "a.b.c.d.e.f.g.h=1", "%00=1", "name__in=" + "a," * 5000],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(site: Site, query: str) -> None:
    answer = site.client("li").get(f"/api/records/opportunity?{query}")
    assert answer.status_code == 400, answer.text[:200]
    assert answer.json()["error"]["code"]


def test_a_row_of_another_unit_is_like_a_missing_one_everywhere(site: Site) -> None:
    client = site.client("li")
    record = "/api/records/opportunity/{}"
    asked = (
        ("GET", record, None),
        ("PATCH", record, {"name": "mine"}),
        ("DELETE", record, None),
        ("POST", record + "/restore", None),
        ("POST", record + "/transitions/propose", {}),
        ("GET", record + "/history", None),
        ("GET", record + "/access", None),
        ("GET", "/r/opportunity/{}", None),
        ("GET", "/r/opportunity/{}/edit", None),
        ("GET", "/r/opportunity/{}/access", None),
        ("POST", "/r/opportunity/{}/delete", None),
        ("POST", "/preview/opportunity?record={}", None),
    )
    for method, path, body in asked:
        answers = [
            client.request(method, path.format(one), json=body)
            if body is not None
            else client.request(method, path.format(one))
            for one in (site.public("bravo_deal"), MISSING)
        ]
        assert answers[0].status_code == answers[1].status_code == 404, path
        same = [without_request_id(one.text).replace(site.public("bravo_deal"), MISSING) for one in answers]
        assert same[0] == same[1], path
    for target in (site.public("bravo"), MISSING):
        answer = client.post("/api/records/opportunity", json={"name": "x", "customer": target})
        assert answer.status_code == 422
        assert answer.json()["error"]["problems"][0]["code"] == "no_such_record"


def test_a_method_that_an_address_does_not_take_is_told(site: Site) -> None:
    answer = site.client("li").request("PUT", "/api/records/opportunity")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_unsafe_calls_from_other_sites_are_refused_on_every_route(site: Site) -> None:
    client = site.client("li")
    for route in ROUTES:
        for method in set(route.methods) & set(UNSAFE):
            path = route.path.replace("{", "x").replace("}", "")
            for headers in (
                {"origin": "https://evil.example"},
                {"sec-fetch-site": "cross-site"},
                {"sec-fetch-site": "same-site"},
            ):
                assert client.request(method, path, headers=headers).status_code == 403, route.path


def test_every_answer_has_the_security_headers(site: Site) -> None:
    for path in (
        "/",
        "/sign-in",
        "/api/records/opportunity",
        "/nothing",
        "/static/nothing.css",
        "/healthz",
        "/app/nothing",
    ):
        answer = site.client("li").get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers.get(name) == value, (path, name)


def test_an_error_page_says_in_both_languages_what_and_under_which_id_and_shows_no_trace(site: Site) -> None:
    for language, words in (("zh", "没有"), ("en", "no such page")):
        client = site.client("audit")
        client.cookies.set("dougong_language", language)
        for path in ("/nothing", "/app/nothing", "/r/opportunity/" + MISSING):
            page = client.get(path)
            assert page.status_code == 404
            assert "Traceback" not in page.text
            assert page.headers["x-request-id"] in page.text if "x-request-id" in page.headers else True
        assert words in html.unescape(client.get("/nothing").text)


def test_a_header_cannot_be_split_by_what_an_address_says(site: Site) -> None:
    answer = site.client("li").post("/preferences", data={"language": "en", "next": "/\r\nset-cookie: a=b"})
    assert "a=b" not in str(answer.headers.get("set-cookie", "")).replace("dougong", "")
    assert site.client().get("/app/x%0d%0aset-cookie:%20a=b").status_code in {303, 404}


def test_a_public_route_is_a_decision(site: Site) -> None:
    public = sorted(route.path for route in ROUTES if route.right is Right.PUBLIC)
    assert public == [
        "/api/hooks/{flow}/{trigger}",
        "/api/negotiations/{negotiation}/demo",
        "/api/negotiations/{negotiation}/demo",
        "/healthz",
        "/metrics",
        "/password/{ticket}",
        "/password/{ticket}",
        "/preferences",
        "/readyz",
        "/set-up",
        "/set-up",
        "/sign-in",
        "/sign-in",
        "/sign-in/second-step",
        "/sign-in/second-step",
        "/sign-in/with/{provider}",
        "/sign-in/with/{provider}/back",
        "/sign-in/with/{provider}/ended",
        "/sign-in/with/{provider}/leave",
        "/sign-out",
        "/try/negotiation",
        "/try/negotiation",
    ]
