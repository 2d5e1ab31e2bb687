"""Every address of the designer is closed to who may not design, to looks through a role, to other sites and to narrowed tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from designer.feed import DesignFeed
from designer.routes import designer_routes
from engine.application import make_studio
from engine.runtime.workers import Workers
from engine.web.dispatch import Right, Route
from tests.conftest import unmade_url
from tests.designer.workshop import Workshop, workshop
from tests.web.site import NURSERY


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("routes")
    with workshop(folder, unmade_url("sqlite", None, folder)) as opened:
        yield opened


def routes(shop: Workshop) -> tuple[Route, ...]:
    studio = make_studio(shop.installation, Workers("practice", NURSERY))
    feed = DesignFeed(shop.installation.workplace, studio, shop.installation.clock)
    found = designer_routes(studio, feed)
    assert len(found) > 20
    return found


def address(route: Route) -> str:
    values = {"pack": "tasks", "kind": "pages", "name": "task.yaml", "editor": "page"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), route.path)


def test_every_route_of_the_designer_demands_the_right_to_design(shop: Workshop) -> None:
    worker, nobody = shop.person("wu").client, shop.person("wu").client
    nobody.cookies.clear()
    for route in routes(shop):
        assert route.right is Right.DESIGN, route.path
        for method in route.methods:
            refused = worker.request(method, address(route))
            assert refused.status_code == 403, (method, route.path)
            asked = nobody.request(method, address(route))
            to_sign_in = asked.status_code == 303 and "/sign-in" in asked.headers["location"]
            assert asked.status_code == 401 or to_sign_in, (method, route.path, asked.status_code)


def test_nobody_designs_while_looking_through_a_role(shop: Workshop) -> None:
    client = shop.person("ann").client
    assert client.post("/view-as", data={"role": "worker"}).status_code == 303
    for route in routes(shop):
        for method in route.methods:
            assert client.request(method, address(route)).status_code == 403, (method, route.path)


def test_no_other_site_and_no_narrowed_token_designs(shop: Workshop) -> None:
    client = shop.person("ann").client
    for route in routes(shop):
        for method in set(route.methods) - {"GET"}:
            for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
                assert client.request(method, address(route), headers=headers).status_code == 403, route.path
    assert client.get("/designer/api/state").status_code == 200
