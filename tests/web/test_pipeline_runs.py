"""A model learnt from a published pipeline, over HTTP: what its reader may read, where the run is, the version that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from engine.model.context import Context, Principal
from engine.runtime.identity.users import set_roles, user_by_account
from engine.runtime.work import Work
from tests.conftest import KINDS, FixedClock, fresh_url
from tests.designer import trade
from tests.designer.trade import Shop
from tests.images import remove
from tests.web.site import NOW

RUNS, LATE = "/api/pipelines/late/runs", "/api/models/late"


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("runs")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder) if request.param == "postgres" else ""
    try:
        with trade.running(folder, url) as running:
            yield running
    finally:
        remove(url)


class Watch(FixedClock):
    """Each look at it is two seconds later, so that every word of the child is heeded; what the run says then is kept."""

    def __init__(self, client: TestClient, run: str) -> None:
        super().__init__(NOW)
        self.client, self.run, self.seen = client, run, [("", 0.0)]

    def monotonic(self) -> float:
        self.advance(timedelta(seconds=2))
        told = self.client.get(f"{LATE}/runs/{self.run}").json()["data"]
        assert told["state"] == "running"
        if self.seen[-1] != (told["stage"], told["share"]):
            self.seen.append((told["stage"], told["share"]))
        return super().monotonic()


def test_a_run_of_a_pipeline_learns_from_its_rows_and_says_where_it_is_until_there_is_a_version(shop: Shop) -> None:
    client = shop.client("ann")
    begun = client.post(RUNS)
    assert begun.status_code == 202, begun.text
    told = begun.json()["data"]
    assert (told["model"], told["state"], told["version"]) == ("late", "waiting", None)
    watch = Watch(client, told["run"])
    shop.train(watch)
    shares = [share for _, share in watch.seen]
    assert {"checking", "learning", "judging"} <= {stage for stage, _ in watch.seen}
    assert shares == sorted(shares) and 0 < shares[-1] <= 1
    done = client.get(f"{LATE}/runs/{told['run']}").json()["data"]
    assert (done["state"], done["version"], done["share"], done["problem"]) == ("done", 1, 1.0, None)
    card = client.get(f"{LATE}/versions/1").json()["data"]
    assert [one["name"] for one in card["card"]["columns"]] == ["region", "amount", "terms", "earlier", "visits"]
    assert card["learner"] == "line" and card["learnt"] > 100
    assert [one["act"] for one in client.get(LATE).json()["data"]["history"]] == ["trained"]


def test_who_may_not_read_a_column_of_it_is_told_which(shop: Shop) -> None:
    refused = shop.client("cy").post(RUNS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "column_not_readable")
    assert "bill.amount" in refused.text and "visit" in refused.text and "bill.terms" not in refused.text
    for person in ("bo", "wu"):  # who may sign in, and administers nothing
        assert shop.client(person).post(RUNS).status_code == 403
    gone = shop.client("ann").post("/api/pipelines/gone/runs")
    unknown = shop.client("ann").post(RUNS, json={"rows": []})
    assert (gone.status_code, unknown.status_code) == (404, 400)


def test_who_may_read_it_no_longer_when_its_turn_comes_is_told_which(shop: Shop) -> None:
    """The rows are read when the run begins, with the rights of that moment."""
    run = shop.client("ann").post(RUNS).json()["data"]["run"]
    _roles_of_ann(shop, "designer", "drawer")
    try:
        shop.train()
        told = shop.client("ann").get(f"{LATE}/runs/{run}").json()["data"]
    finally:
        _roles_of_ann(shop, *trade.PEOPLE["ann"])
    assert (told["state"], told["version"], told["problem"]["code"]) == ("failed", None, "column_not_readable")
    assert "bill.amount" in told["problem"]["message"]


def _roles_of_ann(shop: Shop, *roles: str) -> None:
    def change(work: Work) -> None:
        ann = user_by_account(work.session, "ann")
        assert ann is not None
        set_roles(work.session, ann.id, roles)

    setup = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    shop.installation.workplace.write(setup, change)
