"""Pipelines of the draft over HTTP: what comes out of each node as its reader may read it, and a model from train to live."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.model.requests import QueryRequest
from engine.runtime.identity.users import set_roles, user_by_account
from engine.runtime.modeling.model_watches import WATCH, ModelClock, ModelWatcher
from engine.runtime.query.lists import list_records
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.conftest import FixedClock
from tests.designer import trade
from tests.designer.studio_site import API, Designer
from tests.designer.trade import Shop
from tests.web.site import NOW

PREVIEW, TRAINING, LATE = f"{API}/pipelines/preview", f"{API}/pipelines/train", f"{API}/models/late"
pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with trade.running(tmp_path_factory.mktemp("trade")) as running:
        yield running


def designer(shop: Shop, person: str) -> Designer:
    return Designer(shop.client(person))


def test_what_comes_out_of_each_node_is_shown_with_how_many_and_what_is_missing(shop: Shop) -> None:
    client = shop.client("ann")

    def shown(node: str) -> dict[str, object]:
        answer = client.post(PREVIEW, json={"file": trade.LATE, "node": node})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    bills = shown("bills")
    assert (bills["kind"], bills["count"], len(bills["rows"])) == ("rows", 700, 20)
    assert [one["name"] for one in bills["columns"]][:3] == ["name", "client", "amount"]
    assert {one["name"] for one in bills["columns"] if one["missing"]} == {"settled_on", "days_late"}
    joined = shown("with_client")
    assert "client.code" in [one["name"] for one in joined["columns"]]
    assert shown("some")["count"] < 700
    known = shown("known")
    assert (known["outcome"], known["held_out"], len(known["rows"][0]["cells"])) == (None, 0, 5)
    assert known["rows"][0]["title"].startswith("B0")
    missing = {one["name"]: one["missing"] for one in known["columns"]}
    assert missing["amount"] == 0 < missing["earlier"] < 1
    late = shown("late")
    assert late["outcome"]["event"] is True and 0.2 < late["outcome"]["mean"] < 0.9
    assert late["count"] + late["censored"] == known["count"]
    split = shown("in_time")
    assert split["held_out"] > 0 and split["in_gap"] > 0
    assert shown("learnt")["count"] == split["count"]


def test_what_a_pipeline_does_is_said_to_whoever_designs_it_whatever_rows_they_may_read(shop: Shop) -> None:
    answer = shop.client("bo").post(f"{API}/pipelines/words", json={"file": trade.LATE})
    assert answer.status_code == 200, answer.text
    says = {one["name"]: one["says"] for one in answer.json()["words"]}
    assert "老板或管理员" in says["deploy"]["zh"]
    assert says["watch"]["en"].startswith("Looked at every 7 days")


def test_a_preview_shows_what_its_reader_may_read_and_names_what_they_may_not(shop: Shop) -> None:
    client = shop.client("bo")
    bills = client.post(PREVIEW, json={"file": trade.LATE, "node": "bills"}).json()
    assert "amount" not in [one["name"] for one in bills["columns"]]
    assert bills["hidden"] == ["金额"]
    assert client.post(PREVIEW, json={"file": trade.LATE, "node": "visits"}).status_code == 404
    for url, body in ((PREVIEW, {"node": "known"}), (TRAINING, {})):
        refused = client.post(url, json={"file": trade.LATE, **body})
        assert refused.status_code == 403
        assert "bill.amount" in refused.text and "visit" in refused.text
    assert shop.client("wu").post(PREVIEW, json={"file": trade.LATE, "node": "bills"}).status_code == 403


def test_a_draft_of_which_nothing_can_be_shown_says_why_and_where(shop: Shop) -> None:
    ann = designer(shop, "ann")
    for body, said in (
        ({"file": trade.LATE, "node": "nobody"}, "没有节点「nobody」"),
        ({"file": "trade/entities/bill.yaml", "node": "bills"}, "不是管道文件"),
        ({"file": "trade/pipelines/gone.yaml", "node": "bills"}, "没有 trade/pipelines/gone.yaml"),
        ({"file": trade.LATE}, "缺少 node"),
    ):
        refused = ann.client.post(PREVIEW, json=body)
        assert refused.status_code == 422
        assert said in refused.text
    path = ["nodes", {"id": "some"}, "settings", "where"]
    ann.does({"do": "set", "file": trade.LATE, "path": path, "value": "termss > 30"})
    refused = ann.client.post(PREVIEW, json={"file": trade.LATE, "node": "known"})
    assert refused.status_code == 422 and "termss" in refused.text
    ann.undo()
    new = "{type: integer, label: {zh: 星级, en: Stars}}"
    ann.does(
        {
            "do": "batch",
            "label": {"zh": "试", "en": "Trial"},
            "commands": [
                {"do": "insert_key", "file": "trade/entities/bill.yaml", "path": ["fields"], "key": "stars", "value": {"type": "integer", "required": True, "label": {"zh": "星级", "en": "Stars"}}, "after": "end"},
                {"do": "set", "file": trade.LATE, "path": path, "value": "stars > 1"},
            ],
        }
    )  # fmt: skip
    refused = ann.client.post(PREVIEW, json={"file": trade.LATE, "node": "known"})
    assert refused.status_code == 422 and "bill.stars 还没有发布" in refused.text, refused.text
    ann.undo()
    assert new


def test_another_window_of_the_draft_is_another_statement(shop: Shop) -> None:
    ann = designer(shop, "ann")

    def visits() -> list[str]:
        told = ann.client.post(PREVIEW, json={"file": trade.LATE, "node": "known"}).json()
        return [one["cells"][4] for one in told["rows"]]

    before = visits()
    features = ["nodes", {"id": "known"}, "settings", "features"]
    ann.does({"do": "set", "file": trade.LATE, "path": [*features, 4, "window", "days"], "value": 600})
    assert sum(map(float, visits())) > sum(map(float, before))
    ann.undo()
    assert visits() == before


def test_a_model_is_learnt_from_a_draft_read_put_live_and_taken_back(shop: Shop) -> None:
    client = shop.client("ann")
    assert client.get(LATE).json()["data"]["versions"] == []
    assert client.get(f"{API}/models/effect:late").status_code == 404  # effects stand beside models
    begun = client.post(TRAINING, json={"file": trade.LATE})
    assert begun.status_code == 202, begun.text
    run = begun.json()["run"]
    assert client.post(f"{LATE}/runs/{run}/cancel").json()["data"]["cancelled"] is True
    run = client.post(TRAINING, json={"file": trade.LATE}).json()["run"]
    shop.train()
    told = client.get(LATE).json()["data"]
    assert [(one["run"] == run, one["state"]) for one in told["runs"]] == [(True, "done"), (False, "cancelled")]
    card = client.get(f"{LATE}/versions/1").json()["data"]
    assert card["learner"] == "line" and card["words"][0]["lines"][0].startswith("校准误差")
    gated = client.post(f"{LATE}/deploy", json={"version": 1, "reason": "看过"})
    assert (gated.status_code, gated.json()["error"]["code"]) == (409, "no_better_than_naive")
    assert client.post(f"{LATE}/deploy", json={"version": 1, "despite": True}).status_code == 409
    reason = {"version": 1, "despite": True, "reason": "先试用一季"}
    assert client.post(f"{LATE}/deploy", json=reason).status_code == 200
    assert client.get(LATE).json()["data"]["versions"][0]["state"] == "champion"
    assert client.post(f"{LATE}/rollback", json={"reason": "试"}).status_code == 409
    assert shop.client("bo").get(LATE).status_code == 404
    assert shop.client("bo").get(f"{LATE}/versions/1").status_code == 404


def test_a_question_becomes_a_pipeline_with_suggested_joins_and_features_by_clicks(shop: Shop) -> None:
    ann = designer(shop, "ann")
    asked = {one["question"]: one for one in ann.client.post(f"{API}/pipelines/questions", json={}).json()}
    assert [one["entity"] for one in asked["late"]["proposals"]] == ["bill"]
    assert {name for name, one in asked.items() if one["proposals"]} == {"late", "forecast", "churn"}
    for one in asked.values():
        for at, proposal in enumerate(one["proposals"]):
            file = f"trade/pipelines/{one['question']}_{at}.yaml"
            ann.does({"do": "create", "file": file, "text": proposal["text"]})
    assert [one for one in ann.client.get(f"{API}/problems").json() if one["severity"] == "error"] == []
    file = "trade/pipelines/late_0.yaml"

    def suggested() -> dict[str, object]:
        answer = ann.client.post(f"{API}/pipelines/suggestions", json={"file": file})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    joins = {(one["entity"], one["many"]): one for one in suggested()["joins"]}
    assert {*joins} == {("bill", True), ("client", False), ("visit", True), ("rating", True)}
    assert joins["client", False]["match"]["found"] == 1
    rating = joins["rating", True]
    assert (rating["by"], rating["to"], rating["keyed"]) == ("client_code", "client.code", True)
    assert 0.7 < rating["match"]["found"] < 1
    for one in joins.values():
        ann.does(one["command"])
    told = suggested()
    assert told["joins"] == []
    names = [one["name"] for one in told["features"]]
    assert {"terms", "amount", "client_region", "bill_days_late_mean", "visit_count_90", "rating_stars_mean"} <= {
        *names
    }
    refused = {one["name"]: one["why"]["en"] for one in told["refused"]}
    assert "tells the outcome" in refused["settled_on_days"]
    assert "days_late" in refused
    ann.does(told["all"])
    assert suggested()["features"] == []
    shown = ann.client.post(PREVIEW, json={"file": file, "node": "in_time"}).json()
    assert len(shown["columns"]) == len(names) + 1
    assert shown["count"] > 400
    ann.undo()
    assert "visit_count_90" not in ann.text(file)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Shop]:
    """A trade of its own whose published pipeline has a live model."""
    with trade.running(tmp_path) as running:
        client = running.client("ann")
        assert client.post("/api/pipelines/late/runs").status_code == 202
        running.train()
        reason = {"version": 1, "despite": True, "reason": "先试用一季"}
        assert client.post(f"{LATE}/deploy", json=reason).status_code == 200
        yield running


def test_who_approves_is_told_when_new_rows_are_not_as_those_learnt_from(live: Shop) -> None:
    """After the model went live: amounts and terms as ever are no alarm; ten times as large, with terms of half a year, are."""
    assert _watched(live, days=3) == 0  # not yet time
    _bills(live, 1, amount=8_000, terms=(15, 30, 60, 90))
    assert _watched(live, days=8) == 1
    before = _told(live)
    assert "金额（PSI" not in before
    assert "账期（PSI" not in before
    _bills(live, 2, amount=80_000, terms=(180,))
    assert _watched(live, days=16) == 1
    told = _told(live)
    assert "模型「逾期」该看一看了" in told
    assert "金额（PSI" in told and "账期（PSI" in told and "再训练一版" in told
    history = live.client("ann").get(LATE).json()["data"]["history"]
    assert history[0]["act"] == "alarmed"


def test_a_draft_takes_no_model_from_who_approves_it_and_opens_no_card_of_rows_that_its_author_may_not_read(
    live: Shop,
) -> None:
    """Bo draws, and may not read amounts: a draft that learns a model of the same name, approved by Bo's own role."""
    bo, ann = designer(live, "bo"), live.client("ann")
    waiting = ann.post("/api/pipelines/late/runs").json()["data"]["run"]
    mine = [line for line in trade.PIPELINE.splitlines(keepends=True) if "visits" not in line and "amount" not in line]
    bo.does({"do": "delete", "file": trade.LATE})
    text = "".join(mine).replace("approve_by: boss", "approve_by: drawer")
    bo.does({"do": "create", "file": trade.LATE, "text": text})
    assert bo.client.get(LATE).status_code == 404
    begun = bo.client.post(TRAINING, json={"file": trade.LATE})
    assert begun.status_code == 202, begun.text
    assert bo.client.post(f"{LATE}/runs/{waiting}/cancel").status_code == 404
    assert ann.post(f"{LATE}/runs/{waiting}/cancel").json()["data"]["cancelled"] is True
    live.train()
    told = bo.client.get(LATE).json()["data"]
    assert [one["version"] for one in told["versions"]] == [2]
    assert [one["version"] for one in told["history"]] == [2]
    assert [one["run"] for one in told["runs"]] == [begun.json()["run"]]
    assert bo.client.get(f"{LATE}/versions/2").status_code == 200
    assert bo.client.get(f"{LATE}/versions/1").status_code == 404
    refused = bo.client.post(f"{LATE}/deploy", json={"version": 2, "despite": True, "reason": "mine"})
    assert refused.status_code == 403 and "boss" in refused.text
    assert bo.client.post(f"{LATE}/rollback", json={"reason": "mine"}).status_code == 403
    by_ann = {"version": 2, "despite": True, "reason": "ours"}
    assert ann.post(f"{LATE}/deploy", json=by_ann).status_code == 200
    assert bo.client.post(f"{LATE}/rollback", json={"reason": "mine"}).status_code == 403


def test_a_watch_that_may_read_no_longer_tells_who_approves_instead_of_ending(live: Shop) -> None:
    """Who had the model learnt may not read amounts any more, and nobody holds the role that approves."""

    def moved(work: Work) -> None:
        ann = user_by_account(work.session, "ann")
        assert ann is not None
        set_roles(work.session, ann.id, ("designer", "drawer"))

    setup = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    live.installation.workplace.write(setup, moved)
    assert _watched(live, days=8) == 1
    told = live.client("cy").get("/inbox?tab=notices").text  # who administers
    assert "无法再监控" in told and "bill.amount" in told


def _bills(shop: Shop, seed: int, amount: int, terms: tuple[int, ...]) -> None:
    chance = random.Random(seed)
    since = NOW.date() + timedelta(days=1 + 8 * (seed - 1))

    def enter(work: Work) -> None:
        clients = [one.id for one in list_records(work, QueryRequest("client", (("name",),), limit=40)).records]
        rows = []
        for at in range(500):
            on, days = since + timedelta(days=at % 6), chance.choice(terms)
            money = Decimal(round(amount * math.exp(chance.gauss(0, 1))))
            values = {"name": f"N{seed}-{at}", "client": chance.choice(clients), "amount": money, "terms": days}
            rows.append((work.ids.next(), {**values, "issued_on": on, "due_on": on + timedelta(days=days)}))
        load_rows(work, work.model.entities["bill"], rows)
        finish_loading(work, {"bill"})

    boss = Principal(0, "setup", frozenset({"boss"}), service="setup")
    shop.installation.workplace.write(Context(boss, NOW), enter)


def _watched(shop: Shop, days: int) -> int:
    """So many days later: how many looks were ordered, and carried out."""
    installation, clock = shop.installation, FixedClock(NOW + timedelta(days=days))
    ordered = ModelClock(installation.workplace, "UTC").look(clock.now())
    worker = Workers()
    watcher = ModelWatcher(worker, clock, "UTC", 2_000)
    JobRunner(installation.workplace, clock, "UTC", {WATCH: watcher}).run_due()
    worker.close()
    return ordered


def _told(shop: Shop) -> str:
    """The notices of who approves the model."""
    return shop.client("ann").get("/inbox?tab=notices").text
