"""Figures of steps and verdicts over instances that began with an older text, on a shop whose flow is changed while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workflow.flow_analytics import StepFigures, step_figures
from engine.runtime.workflow.flow_instances import flow_of, instance
from engine.runtime.workflow.flow_migration import move_instances, verdicts
from tests.conftest import FixedClock
from tests.runtime.records.shop import SHOP
from tests.web.site import HASH, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FLOW = """label: {zh: 审批, en: Approval}
entity: order
triggers: [{id: made, type: created}]
title: name
steps:
  - {id: first, type: approval, label: {zh: 初审, en: First}, approvers: [{type: role, roles: [chief]}], empty: reject, actions: [return], back: [initiator]}
  - {id: second, type: approval, label: {zh: 复审, en: Second}, approvers: [{type: role, roles: [chief]}], empty: reject, actions: [return], back: [previous, initiator]}
"""
ADDED = FLOW + "  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '\"new\"'}}\n"
OTHER_KIND = (
    FLOW.replace("id: first, type: approval,", "id: first, type: task,")
    .replace("en: First}, approvers: ", "en: First}, people: ")
    .replace("empty: reject, actions: [return], back: [initiator]}", "empty: reject}", 1)
)
WITHOUT_FIRST = "\n".join(line for line in FLOW.splitlines() if "id: first" not in line) + "\n"


@dataclass
class Shop:
    """A served shop; its clock, its flow's file, and what people do there."""

    folder: Path
    clock: FixedClock
    installation: Installation
    client: TestClient
    serving: ExitStack

    def order(self, name: str) -> int:
        answer = self._as("clerk").post("/api/records/order", json={"name": name})
        assert answer.status_code == 201, answer.text
        found = self.client.get(f"/api/records/order/{answer.json()['data']['id']}/flows").json()["flows"]
        return decode_id(found[0]["id"])

    def answer(self, person: str, flow: int, act: str, after: timedelta, **body: object) -> None:
        """Somebody answers after some time."""
        self.clock.advance(after)
        tasks = self._as(person).get("/api/inbox").json()["data"]
        task = next(one["id"] for one in tasks if decode_id(one["flow"]) == flow)
        answer = self.client.post(f"/api/tasks/{task}/{act}", json=body)
        assert answer.status_code == 200, answer.text

    def changed(self, text: str) -> Installation:
        """The installation opened again on a changed text, no longer served."""
        self.serving.close()
        self.installation.database.close()
        (self.folder / "packs/shop/workflows/approval.yaml").write_text(text, "utf-8")
        self.installation = _opened(self.folder, self.installation.settings.database, self.clock)
        return self.installation

    def _as(self, person: str) -> TestClient:
        assert self.client.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
        return self.client


def _opened(folder: Path, url: str, clock: FixedClock) -> Installation:
    settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000)
    installation = open_installation(settings, clock)
    bring_up_to_date(installation)
    return installation


def _inside(installation: Installation, now: datetime) -> Context:
    return Context(Principal(0, "setup", frozenset(), service="setup"), now)


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    grant = SHOP["access/order.yaml"].replace("[clerk]", "[clerk, chief]")
    extra = {
        "roles/chief.yaml": "label: {zh: 主管, en: Chief}\n",
        "access/order.yaml": grant,
        "workflows/approval.yaml": FLOW,
    }
    for name, text in {**SHOP, **extra}.items():
        path = tmp_path / "packs" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    clock = FixedClock(NOW)
    installation = _opened(tmp_path, database_url if database_url.startswith("postgres") else "", clock)

    def people(work: Work) -> None:
        for name in ("clerk", "chief"):
            create_user(work.session, NewUser(work.ids.next(), name, name.title(), 0, HASH, roles=(name,)))

    installation.workplace.write(_inside(installation, NOW), people)
    with ExitStack() as serving:
        made = TestClient(make_application(installation), base_url="http://testserver", follow_redirects=False)
        shop = Shop(tmp_path, clock, installation, serving.enter_context(made), serving)
        yield shop
    shop.installation.database.close()


def test_dwell_rework_and_the_bottleneck_are_the_logs_own_numbers(shop: Shop) -> None:
    hour = timedelta(hours=1)
    one = shop.order("one")
    shop.answer("chief", one, "approve", hour)
    shop.answer("chief", one, "return", 5 * hour, step="@initiator", comment="改")
    shop.answer("clerk", one, "resubmit", hour)
    shop.answer("chief", one, "approve", 3 * hour)
    shop.answer("chief", one, "approve", 7 * hour)
    two = shop.order("two")
    shop.answer("chief", two, "approve", 2 * hour)
    shop.answer("chief", two, "reject", 9 * hour, comment="不行")
    flow = shop.installation.models.current().flows["approval"]
    context = _inside(shop.installation, shop.clock.now())
    found = shop.installation.workplace.read(context, lambda work: step_figures(work, flow))
    assert found == (
        StepFigures("first", 3, 2 * 3600.0, 3 * 3600.0, 0, 0, False),
        StepFigures("second", 3, 7 * 3600.0, 9 * 3600.0, 1, 1, True),
    )


def test_instances_go_on_with_their_text_until_they_are_moved(shop: Shop) -> None:
    stays, goes = shop.order("stays"), shop.order("goes")
    shop.answer("chief", goes, "approve", timedelta(hours=1))
    context = _inside(shop.installation, shop.clock.now())
    lacking = shop.changed(WITHOUT_FIRST)
    flow = lacking.models.current().flows["approval"]
    told = lacking.workplace.read(context, lambda work: verdicts(work, flow))
    assert [(one.row.id, one.fits, one.missing) for one in told] == [(stays, False, ("first",)), (goes, True, ())]
    assert lacking.workplace.write(context, lambda work: move_instances(work, flow)) == 1
    again = lacking.workplace.read(context, lambda work: verdicts(work, flow))
    assert [(one.row.id, one.fits) for one in again] == [(stays, False)]


def test_a_step_that_has_become_another_kind_keeps_its_instances_where_they_are(shop: Shop) -> None:
    stays = shop.order("stays")
    context = _inside(shop.installation, shop.clock.now())
    other = shop.changed(OTHER_KIND)
    flow = other.models.current().flows["approval"]
    told = other.workplace.read(context, lambda work: verdicts(work, flow))
    assert [(one.row.id, one.missing) for one in told] == [(stays, ("first",))]
    assert other.workplace.write(context, lambda work: move_instances(work, flow)) == 0


def test_an_earlier_text_is_read_against_what_is_served_now(shop: Shop) -> None:
    order = shop.order("old")
    context = _inside(shop.installation, shop.clock.now())
    newer = shop.changed(ADDED)

    def kept(work: Work) -> list[str]:
        row = instance(work.session, order)
        flow = flow_of(work, row) if row is not None else None
        return [step.id for step in flow.steps] if flow is not None else []

    assert newer.workplace.read(context, kept) == ["first", "second"]
    flow = newer.models.current().flows["approval"]
    assert newer.workplace.write(context, lambda work: move_instances(work, flow)) == 1
    assert newer.workplace.read(context, kept) == ["first", "second", "mark"]
    broken = shop.changed(FLOW.replace("title: name", "title: name\namount: total").replace("chief", "clerk"))
    assert broken.workplace.read(context, kept) == ["first", "second", "mark"], "the text that it was moved to"
