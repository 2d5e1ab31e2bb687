"""Big screens over HTTP: a dashboard on a wall, and links that open it alone until they end."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import set_password
from engine.web.calls import SESSION_COOKIE
from engine.web.dispatch import Right
from engine.web.routes import ROUTES
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import HASH, Site, running_site

BOARD = "pipeline_board"


@pytest.fixture(params=KINDS, scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("screens")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def made(site: Site, person: str = "lead", **values: str) -> str:
    """The path of a new link of administration's."""
    form = {"act": "make", "page": BOARD, "user": encode_id(site.ids[person]), "days": "7", **values}
    answer = site.client("admin").post("/admin/screens", data=form)
    assert answer.status_code == 200, answer.text[:200]
    found = re.search(r'id="screen-link">http://testserver(/screen/[^<]+)<', answer.text)
    assert found is not None
    return found[1]


def attribute(page: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def test_a_dashboard_stands_on_a_wall_for_who_may_open_it(site: Site) -> None:
    page = site.client("lead").get(f"/app/{BOARD}/screen")
    assert page.status_code == 200 and 'data-theme="dark"' in page.text
    assert '<nav class="side"' not in page.text and page.text.count("screen-tile") >= 4
    assert "opportunity" in attribute(page.text, "watched")
    assert "1 / 3" in page.text and attribute(page.text, "next") == f"/app/{BOARD}/screen?at=1"
    assert "3 / 3" in site.client("lead").get(f"/app/{BOARD}/screen?at=2").text
    assert "1 / 3" in site.client("lead").get(f"/app/{BOARD}/screen?at=3").text
    for name in (BOARD, "nothing_like_it", "opportunity_list"):
        assert site.client("li").get(f"/app/{name}/screen").status_code == 404
    assert site.client().get(f"/app/{BOARD}/screen").status_code == 303


def test_a_link_shows_one_dashboard_and_leads_nowhere(site: Site) -> None:
    display = site.client()
    page = display.get(made(site, label="前台"))
    assert page.status_code == 200 and "screen-tile" in page.text
    led = re.findall(r'<a\b[^>]* href="([^"]*)"', page.text.partition("<main")[2])
    assert all(one.startswith("/screen/") and "?at=" in one for one in led), led  # to its own next sheet alone
    listed = site.client("admin").get("/admin/screens").text
    assert "前台" in listed and 'data-label="最近打开">—' not in listed.partition("前台")[2].partition("</tr>")[0]
    assert site.client("li").get("/admin/screens").status_code == 403


def test_its_token_opens_nothing_else(site: Site) -> None:
    path = made(site)
    token = path.rpartition("/")[2]
    display: TestClient = site.client()
    display.cookies.set(SESSION_COOKIE, token)
    bearer = {"authorization": f"Bearer {token}"}
    opened = []
    for route in ROUTES:
        if route.right is Right.PUBLIC:
            continue
        address = route.path.replace("{token}", "other").replace("{entity}", "opportunity").replace("{page}", BOARD)
        address = re.sub(r"\{\w+\}", encode_id(site.ids["acme_deal"]), address)
        for headers in ({}, bearer):
            answer = display.request(route.methods[0], address, headers=headers)
            to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            if not (to_sign_in or answer.status_code in {401, 404}):
                opened.append((route.path, answer.status_code))
    assert opened == []
    assert display.get(path).status_code == 200  # the control: with the same client
    assert display.post(path).status_code == 405
    assert display.get(f"{path}?at=0&view=opportunity_list&f.name=acme").status_code == 200


def test_it_follows_what_it_was_shown_and_nothing_else(site: Site) -> None:
    path = made(site)
    display = site.client()
    sealed = attribute(display.get(path).text, "watched")
    assert "opportunity" not in sealed
    live = attribute(display.get(path).text, "screen")
    assert live == f"{path}/live"
    for other in ("opportunity", sealed[:-4], ""):
        assert display.get(live, params={"on": other}).status_code == 400
    assert display.get(f"{made(site)}/live", params={"on": sealed}).status_code == 400
    assert display.get("/live", params={"on": "opportunity"}).status_code == 303


def test_a_link_is_made_for_who_may_open_the_dashboard(site: Site) -> None:
    admin = site.client("admin")
    form = {"act": "make", "page": BOARD, "days": "7"}
    for extra in (
        {"user": encode_id(site.ids["li"])},
        {"user": encode_id(site.ids["lead"]), "role": "auditor"},
        {"user": encode_id(site.ids["lead"]), "days": "9999"},
        {"user": encode_id(site.ids["lead"]), "page": "opportunity_list"},
    ):
        assert admin.post("/admin/screens", data={**form, **extra}).status_code == 400
    assert site.client("lead").post("/admin/screens", data=form).status_code == 403


def test_it_ends_when_it_is_ended_and_with_its_time(site: Site) -> None:
    path, other = made(site, label="到期"), made(site, label="终止")
    display = site.client()
    listed = site.client("admin").get("/admin/screens").text
    screen = re.search(r'name="screen" value="(\w+)"', listed.partition("终止</td>")[2])
    assert screen is not None
    missing = display.get("/screen/ds_nothing")
    assert site.client("admin").post("/admin/screens", data={"act": "end", "screen": screen[1]}).status_code == 303
    assert (display.get(other).status_code, display.get(path).status_code, missing.status_code) == (404, 200, 404)
    assert display.get(f"{other}/live", params={"on": "x"}).status_code == 404
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.jump(timedelta(days=8))
    assert display.get(path).status_code == 404
    clock.jump(-timedelta(days=8))
    assert display.get(path).status_code == 200
    admin, person = site.client("admin"), f"/admin/users/{encode_id(site.ids['lead'])}"
    assert admin.post(person, data={"act": "disable"}).status_code == 303
    assert display.get(path).status_code == 404, "who is gone shows nothing"
    assert admin.post(person, data={"act": "enable"}).status_code == 303
    assert display.get(path).status_code == 200
    site.inside(lambda work: set_password(work.session, site.ids["lead"], HASH))
    assert display.get(path).status_code == 404, "what was given out before a new password ends with it"
