"""Looking through a role is reading only: over the whole table of addresses nothing is written, by no verb."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from engine.runtime.audit import AUDIT, HEAD, SIGNED, TAKEN, WAITING
from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import ATTEMPT, SESSION
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.rows import select
from engine.runtime.schema.tables import Table
from engine.runtime.storage.tables import entity_tables
from engine.web.routes import ROUTES
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
STOPPING = {"/view-as", "/sign-out"}
READING = {
    "/preferences",
    "/preview/{entity}",
    "/negotiations/{negotiation}/{record}",
    "/sign-in/with/{provider}/ended",
    "/try/negotiation",
}
"""Unsafe verbs that write nothing of the reader's: cookies of this browser, figures, counter-offers and examples computed from
what a form holds, and the word of a sign-in provider, which its signature speaks for and no session does."""
LEFT_OUT = {AUDIT, HEAD, WAITING, SIGNED, TAKEN, "dougong_node", SESSION, ATTEMPT}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("viewing")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def everything(site: Site) -> dict[str, list[str]]:
    """The rows of every table that a request could write, besides what is about the requests themselves."""
    tables = [
        one for one in (*KERNEL_TABLES, *entity_tables(site.installation.models.current())) if one.name not in LEFT_OUT
    ]

    def rows(session: Session) -> dict[str, list[str]]:
        return {one.name: sorted(texts(session, one)) for one in tables}

    return site.installation.database.read(rows)


def texts(session: Session, table: Table) -> list[str]:
    return [str(row) for row in select(session, table.name, [column.name for column in table.columns])]


def path_of(site: Site, path: str) -> str:
    values = {
        "entity": "opportunity",
        "record": site.public("acme_deal"),
        "transition": "propose",
        "user": site.public("li"),
        "page": "opportunity_list",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "x"), path)


def bodies(path: str) -> dict[str, object]:
    """Something that would be taken if writing were allowed."""
    if path.startswith("/api/"):
        return {"json": {"name": "written through a role"}}
    return {
        "data": {
            "f.name": "written through a role",
            "act": {"/admin/users/{user}": "disable", "/account/sessions": "others"}.get(path, "preferences"),
            "locale": "en",
            "name": "written",
            "account": "written",
            "days": "30",
            "role": "finance",
        }
    }


def test_no_unsafe_verb_writes_while_looking_through_a_role(site: Site) -> None:
    client = site.client("admin")
    assert client.post("/view-as", data={"role": "sales"}).status_code == 303
    before, asked = everything(site), 0
    for route in ROUTES:
        for method in set(route.methods) & UNSAFE:
            if route.path in STOPPING:
                continue
            answer = client.request(method, path_of(site, route.path), **bodies(route.path))  # type: ignore[arg-type]
            asked += 1
            if route.path in READING:
                assert answer.status_code in {200, 303, 403, 404}, route.path
            else:
                assert answer.status_code == 403, (method, route.path, answer.status_code)
    assert asked > 25
    assert everything(site) == before


def test_the_same_calls_do_write_when_nobody_looks_through_a_role(site: Site) -> None:
    """The control: the calls above are such as are taken."""
    client, before = site.client("li"), everything(site)
    taken = []
    for route in ROUTES:
        for method in set(route.methods) & UNSAFE:
            if route.path not in {*STOPPING, "/account/sessions"}:
                answer = client.request(method, path_of(site, route.path), **bodies(route.path))  # type: ignore[arg-type]
                taken.append(answer.status_code)
    assert sum(status in {200, 201, 204, 303} for status in taken) >= 5
    assert everything(site) != before


def test_a_look_through_a_role_ends_and_one_may_sign_out_of_it(site: Site) -> None:
    client = site.client("admin")
    client.post("/view-as", data={"role": "sales"})
    assert client.post("/view-as", data={"role": ""}).status_code == 303
    assert client.get("/admin/users").status_code == 200
    client.post("/view-as", data={"role": "sales"})
    assert client.get("/admin/users").status_code == 403
    assert client.post("/sign-out").status_code == 303
    assert client.get("/account").status_code == 303


def test_every_route_says_itself_whether_it_is_open_while_looking(site: Site) -> None:
    unsafe = {route.path for route in ROUTES if set(route.methods) & UNSAFE and route.while_viewing}
    assert unsafe == STOPPING | READING
