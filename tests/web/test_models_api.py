"""Models over HTTP: a training as a job with progress, stopped, put live and taken back, asked for answers and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.application import make_school
from engine.installation.job_runner import JobRunner
from engine.runtime.modeling.model_files import learnt_from
from engine.runtime.modeling.trainings import TRAIN
from engine.runtime.workers import Workers
from tests.conftest import KINDS, unmade_url
from tests.receivables import objects, receivables
from tests.web.site import Site, running_site

LATE = "/api/models/late"
ROWS = receivables(1_200, 1)
ORDER = {
    "rows": objects(ROWS),
    "at": "issued_on",
    "target": "late",
    "key": "id",
    "unit": "unit",
    "categories": ["terms"],
    "groups": {"amount": "deal", "terms": "deal"},
    "monotone": {"past_late": 1},
    "heuristic": {"column": "past_late", "above": 0.4},
}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("models")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


@pytest.fixture(scope="module")
def runner(site: Site) -> Iterator[JobRunner]:
    """Does the jobs of trainings, as the serving process does."""
    worker, installation = Workers(), site.installation
    school = make_school(installation, worker)
    yield JobRunner(installation.workplace, installation.clock, "UTC", {TRAIN: school})
    worker.close()


def test_a_training_is_a_job_whose_version_is_put_live_and_answers_with_reasons(site: Site, runner: JobRunner) -> None:
    client = site.client("admin")
    begun = client.post(f"{LATE}/runs", json=ORDER)
    assert begun.status_code == 202, begun.text
    run = begun.json()["data"]["run"]
    assert begun.json()["data"]["state"] == "waiting"
    runner.run_due()
    done = client.get(f"{LATE}/runs/{run}").json()["data"]
    assert (done["state"], done["version"], done["problem"]) == ("done", 1, None)
    card = client.get(f"{LATE}/versions/1").json()["data"]
    assert card["card"]["parity"]["met"] is True
    assert card["words"][0]["lines"][0].startswith("校准误差")
    assert client.post(f"{LATE}/score", json={"rows": objects(ROWS[:1])}).status_code == 409
    assert client.post(f"{LATE}/deploy", json={"version": 1}).status_code == 200
    asked = {"rows": objects(ROWS[:5]), "key": "id", "explain": True}
    answers = client.post(f"{LATE}/score", json=asked).json()["data"]
    assert [one["key"] for one in answers] == [1, 2, 3, 4, 5]
    for one in answers:
        told = one["explanation"]
        added = told["base"] + sum(reason["share"] for reason in told["reasons"])
        assert abs(added - one["value"]) < 1e-9
        assert {reason["group"] for reason in told["reasons"]} == {"deal", "past_late", "region", "trade"}
    folder, digest = site.installation.settings.data, card["sha256"]
    assert learnt_from(folder, digest, 1)
    assert not learnt_from(folder, digest, 999_999)
    assert not list((folder / "models" / "waiting").iterdir())


def test_a_training_that_cannot_be_ends_in_words_and_one_that_is_stopped_makes_nothing(
    site: Site, runner: JobRunner
) -> None:
    client = site.client("admin")
    same = [{**one, "late": 0} for one in objects(ROWS)]
    run = client.post("/api/models/never/runs", json={**ORDER, "rows": same}).json()["data"]["run"]
    runner.run_due()
    failed = client.get(f"/api/models/never/runs/{run}").json()["data"]
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "one_class")
    assert "都没有发生" in failed["problem"]["message"]
    other = client.post("/api/models/never/runs", json=ORDER).json()["data"]["run"]
    assert client.post(f"/api/models/never/runs/{other}/cancel").json()["data"]["cancelled"] is True
    assert client.post(f"/api/models/never/runs/{other}/cancel").json()["data"]["cancelled"] is False
    runner.run_due()
    assert client.get(f"/api/models/never/runs/{other}").json()["data"]["state"] == "cancelled"
    assert client.get("/api/models/never").json()["data"]["versions"] == []
    assert client.get(f"{LATE}/runs/{run}").status_code == 404  # of another model


def test_a_training_is_stopped_while_it_runs(site: Site) -> None:
    client = site.client("admin")
    run = client.post("/api/models/slow/runs", json=ORDER).json()["data"]["run"]
    worker, installation = Workers(), site.installation
    school = make_school(installation, worker)

    class Clock:
        """Each look at the time is two seconds later, so that every word of the child is heeded; once it has learnt a
        part, somebody stops it."""

        def __init__(self) -> None:
            self.seconds = 0.0

        def now(self) -> datetime:
            return datetime(2026, 3, 2, 1, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

        def monotonic(self) -> float:
            self.seconds += 2
            if client.get(f"/api/models/slow/runs/{run}").json()["data"]["share"] > 0:
                client.post(f"/api/models/slow/runs/{run}/cancel")
            return self.seconds

    object.__setattr__(school, "clock", Clock())
    JobRunner(installation.workplace, installation.clock, "UTC", {TRAIN: school}).run_due()
    worker.close()
    stopped = client.get(f"/api/models/slow/runs/{run}").json()["data"]
    assert stopped["state"] == "cancelled"
    assert 0 < stopped["share"] < 1
    assert client.get("/api/models/slow").json()["data"]["versions"] == []


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"rows": []},
        {**ORDER, "at": ""},
        {**ORDER, "learner": "deep"},
        {**ORDER, "holdout": 0.9},
        {**ORDER, "nothing": 1},
        {**ORDER, "monotone": {"past_late": 2}},
        {**ORDER, "rows": [{"issued_on": "2026-01-01", "late": [1]}]},
        {**ORDER, "trees": "many"},
        {**ORDER, "gap": -1},
    ],
)
def test_an_order_that_is_none_is_refused(site: Site, order: dict[str, object]) -> None:
    answer = site.client("admin").post("/api/models/bad/runs", json=order)
    assert answer.status_code in {400, 422}, answer.text
    assert site.client("admin").post("/api/models/Bad name/runs", json=ORDER).status_code == 422


def test_a_file_is_looked_at_in_a_child_and_nobody_else_comes_near(site: Site) -> None:
    folder: Path = site.installation.settings.data / "models"
    content = next(folder.glob("*.onnx")).read_bytes()
    client = site.client("admin")
    assert client.post("/api/model-files/check", files={"file": ("m.onnx", content)}).json()["data"]["nodes"] > 3
    refused = client.post("/api/model-files/check", files={"file": ("m.onnx", b"no model")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "graph_unreadable")
    assert client.post("/api/model-files/check").status_code == 400
    for person in ("li", "lead", "audit", "money"):
        assert site.client(person).get("/api/models").status_code == 403
        assert site.client(person).post(f"{LATE}/score", json={"rows": objects(ROWS[:1])}).status_code == 403
