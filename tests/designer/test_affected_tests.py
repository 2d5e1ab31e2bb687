"""App tests that a change can affect run first; their result is shown at once, and publishing may wait for them alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.installation.publishing.legs import Leg
from engine.installation.publishing.plan import Order, PublishPlan
from engine.installation.publishing.testing import TestRun, TestRuns
from engine.runtime.audit import newest
from engine.runtime.workers import Workers
from tests.designer.publishing_world import ENTITY, World, world
from tests.designer.studio_site import API
from tests.designer.upgrade_site import product

NOTE = {
    "entities/note.yaml": "label: {zh: 备注, en: Note}\nicon: box\ntitle: name\nfields:\n  name: {type: text, label: {zh: 名称, en: Name}, required: true}\n  size: {type: integer, label: {zh: 大小, en: Size}}\n",
    "access/note.yaml": "grants:\n  - {id: all, roles: [worker], actions: [read, create, update]}\n",
    "tests/notes.yaml": "label: {zh: 备注, en: Notes}\ntests:\n  - id: a_note_is_made\n    label: {zh: 建一条备注, en: A note is made}\n    users: [{id: li, roles: [worker]}]\n    steps:\n      - {id: make, as: li, do: create, entity: note, values: {name: first, size: 3}, expect: {values: {size: 3}}}\n",
}
TASKS, NOTES = ("tasks.task_status", "a_member_finishes_an_own_task"), ("tasks.notes", "a_note_is_made")


class Held:
    """The product's worker, whose later legs wait until a test lets them go."""

    def __init__(self) -> None:
        self.workers = Workers()
        self.legs: list[frozenset[tuple[str, str]]] = []
        self.free = threading.Event()
        self.free.set()

    def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object:
        if self.legs and arguments[1] != self.legs[-1]:
            self.free.wait(60)
        self.legs.append(arguments[1])
        found = self.workers.call(function, *arguments, seconds=seconds, megabytes=megabytes)
        assert isinstance(found, Leg)
        return found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, "") as opened:
        opened.publish({f"tasks/{file}": text for file, text in NOTE.items()})
        yield opened


def plan_of(here: World, **changes: str) -> PublishPlan:
    texts = {f"tasks/{file.replace('__', '/')}.yaml": text for file, text in changes.items()}
    return here.publisher.plan(Order(texts, None))


def ended(runs: TestRuns, plan: PublishPlan) -> TestRun:
    run = runs.waited_for(plan, 120)
    assert run.ended
    assert run.stopped is None
    return run


@pytest.mark.one_database
def test_what_a_change_can_affect_runs_first_and_the_rest_goes_on(here: World) -> None:
    worker = Held()
    runs = TestRuns(worker, here.installation.settings, lambda: here.installation.models.compiler.folders)
    entity = here.live()[ENTITY]
    first = ended(runs, plan_of(here, entities__task=entity.replace("icon: check", "icon: flag")))
    assert first.affected == first.names == {TASKS, NOTES}, "nothing was seen yet: everything may be affected"
    worker.legs.clear()
    worker.free.clear()
    plan = plan_of(here, entities__task=entity.replace('"round(rate * hours, 2)"', '"round(rate * hours * 2, 2)"'))
    run = runs.waited_for(plan, 120, affected=True)
    assert run.affected == {TASKS}
    assert run.affected_ended
    assert not run.ended
    assert [one.test for one in run.failed] == [TASKS[1]], "its result is there before the rest"
    worker.free.set()
    assert ended(runs, plan).done[NOTES] is None
    assert worker.legs == [frozenset({TASKS}), frozenset({NOTES})]
    back = runs.waited_for(
        plan_of(here, entities__note=NOTE["entities/note.yaml"].replace("max: 9", "max: 9") + "# x\n"), 120
    )
    assert back.affected == {NOTES, TASKS}, "one that failed is awaited until it passes"
    worker.workers.close()


@pytest.mark.one_database
def test_a_test_that_was_not_made_as_it_should_fails_and_the_others_go_on(here: World) -> None:
    """A step about a row that no step before has made."""
    runs = TestRuns(worker := Held(), here.installation.settings, lambda: here.installation.models.compiler.folders)
    broken = NOTE["tests/notes.yaml"].replace(
        "values: {name: first, size: 3}, expect", "values: {size: 3}, save_as: one, expect"
    )
    broken += "      - {id: list, as: li, do: list, entity: note, expect: {rows: ['@one']}}\n"
    run = ended(runs, plan_of(here, tests__notes=broken))
    assert [one.test for one in run.failed] == [NOTES[1]]
    assert any("@one" in problem.zh for problem in run.failed[0].problems)
    assert run.passed == 1
    worker.workers.close()


@pytest.mark.one_database
def test_who_publishes_may_choose_not_to_wait_for_the_rest_and_that_is_kept(tmp_path: Path) -> None:
    shop = product(tmp_path, "")
    many = "".join(
        NOTE["tests/notes.yaml"].partition("tests:\n")[2].replace("a_note_is_made", f"a_note_is_made_{at}")
        for at in range(120)
    )
    shop.ships({**NOTE, "tests/notes.yaml": f"label: {{zh: 备注, en: Notes}}\ntests:\n{many}"})
    with shop.running():
        ann = shop.person()
        entity = "tasks/entities/task.yaml"
        ann.does({"do": "set", "file": entity, "path": ["icon"], "value": "flag"})
        ends = time.monotonic() + 120
        while ann.client.get(f"{API}/publish").json()["tests"]["state"] == "running" and time.monotonic() < ends:
            time.sleep(0.2)
        ann.does({"do": "set", "file": entity, "path": ["icon"], "value": "user"})
        plan = ann.client.get(f"{API}/publish").json()
        while not plan["tests"]["affected"]["ended"] and time.monotonic() < ends:
            plan = ann.client.get(f"{API}/publish").json()
        assert (plan["tests"]["affected"]["total"], plan["tests"]["total"]) == (1, 121)
        done = ann.client.post(f"{API}/publish", json={"rev": plan["rev"], "affected": True, "note": "图标"})
        assert done.status_code == 200, done.text[:400]
        if plan["tests"]["state"] == "running":
            assert done.json()["version"]["note"] == "图标 [tests: 1/121]"
            assert shop.installation is not None
            act = shop.installation.database.read(lambda session: newest(session, limit=1))[0].act
            assert "tests=affected:1/121" in act.subject
            assert act.actor is not None
