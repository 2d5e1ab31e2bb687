"""What changed since is asked for, and every state of a row is taken once: whatever comes twice, late, broken off or refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from runtime.simulator import Answer, Asked, json_answer
from runtime.source_world import SourceWorld, remote

from engine.installation.scheduler import Scheduler
from engine.runtime.sources.refusals import let_go, refusals_of
from engine.runtime.sources.shapes import Drift
from engine.runtime.sources.tables import Counts

PAGED = "path: /changes, items: /data, version: /at, page: {parameter: page, size: 3}"
SOURCES = {
    "changes": remote(f"{{{PAGED}, since: {{parameter: after, field: /at, ordered: true}}}}"),
    "shuffled": remote(f"{{{PAGED}, since: {{parameter: after, field: /at}}}}"),
    "nightly": remote("{path: /changes, items: /data}") + "schedule: daily\n",
}


@dataclass
class Feed:
    """States of rows on the other side, in the order in which they are told; `breaks` at the requests of these numbers."""

    states: list[dict[str, object]] = field(default_factory=list)
    ordered: bool = True
    breaks: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def say(self, number: int, title: str, at: int, **more: object) -> None:
        self.states.append({"sku": f"A{number}", "title": title, "price": {"list": 1.5}, "at": at, **more})

    def change(self, number: int, title: str, at: int) -> None:
        """The state of a row in place of its former one, as a system tells that keeps no history."""
        self.states = [one for one in self.states if one["sku"] != f"A{number}"]
        self.say(number, title, at)

    def answer(self, asked: Asked) -> Answer:
        after, page = asked.query.get("after", ""), int(asked.query.get("page", 1))
        self.asked.append(f"{after}/{page}")
        if len(self.asked) == 2 and self.meanwhile is not None:
            self.meanwhile()
        if len(self.asked) in self.breaks:
            return Answer(500)
        found = [one for one in self.states if not after or int(str(one["at"])) >= int(after)]
        if self.ordered:
            found.sort(key=lambda one: int(str(one["at"])))
        return json_answer({"data": found[3 * (page - 1) : 3 * page]})

    def newest(self) -> list[tuple[str, str]]:
        last: dict[str, tuple[int, str]] = {}
        for one in self.states:
            state = (int(str(one["at"])), str(one["title"]))
            last[str(one["sku"])] = max(state, last.get(str(one["sku"]), state))
        return sorted((sku, title) for sku, (_, title) in last.items())


@pytest.fixture
def feed(world: SourceWorld) -> Feed:
    feed = Feed()
    world.simulator.lay("/changes", feed.answer)
    return feed


def titles(world: SourceWorld) -> list[tuple[object, object]]:
    return [(row[0], row[1]) for row in world.rows()]


def test_a_run_asks_for_what_changed_since_the_last_one(world: SourceWorld, feed: Feed) -> None:
    for number in range(1, 5):
        feed.say(number, f"物料 {number}", 100 + number)
    assert world.run("changes").counts == Counts(4, 4, 0, 0, 0)
    assert feed.asked == ["/1", "103/1"]
    feed.say(2, "改名", 200)
    assert world.run("changes").counts == Counts(2, 0, 1, 1, 0)
    assert feed.asked[2:] == ["104/1"]
    assert titles(world) == feed.newest()
    before = world.versions()
    assert world.afresh("changes").counts == Counts(5, 0, 0, 5, 0)
    assert (titles(world), world.versions()) == (feed.newest(), before)


def test_a_row_that_changes_while_pages_are_read_makes_no_other_one_lost(world: SourceWorld, feed: Feed) -> None:
    for number in range(1, 10):
        feed.say(number, f"物料 {number}", 100 + number)
    feed.meanwhile = lambda: feed.change(2, "改名", 200)
    assert world.run("changes").fault is None
    assert titles(world) == feed.newest()


def test_a_page_of_one_instant_is_counted_on(world: SourceWorld, feed: Feed) -> None:
    for number in range(1, 9):
        feed.say(number, f"物料 {number}", 100)
    assert world.run("changes").counts.created == 8


def test_a_run_that_breaks_off_goes_on_after_the_page_that_it_wrote(world: SourceWorld, feed: Feed) -> None:
    for number in range(1, 9):
        feed.say(number, f"物料 {number}", 100 + number)
    feed.breaks = {3}
    assert world.run("changes").error == "bad_status"
    assert len(world.rows()) == 5
    assert world.run("changes").counts.created == 3
    assert feed.asked == ["/1", "103/1", "105/1", "105/1", "107/1"]


def test_a_state_that_comes_late_does_not_overwrite_a_newer_one(world: SourceWorld, feed: Feed) -> None:
    feed.ordered = False
    feed.say(1, "新", 300)
    feed.say(2, "唯一", 100)
    assert world.run("shuffled").counts.created == 2
    feed.states = []
    feed.say(1, "旧", 200)
    feed.say(1, "旧", 299)
    feed.say(2, "更新", 400)
    assert world.afresh("shuffled").counts == Counts(3, 0, 1, 2, 0)
    feed.states = []
    feed.say(1, "更旧", 150)
    feed.say(1, "最新", 500)
    feed.say(1, "次新", 450)
    assert world.run("shuffled").counts == Counts(2, 0, 1, 1, 0)
    assert titles(world) == [("A1", "最新"), ("A2", "更新")]


@pytest.mark.parametrize("seed", range(3))
def test_the_newest_states_stand_in_the_end_whatever_breaks_and_in_whatever_order(
    world: SourceWorld, feed: Feed, seed: int
) -> None:
    chance, at = random.Random(seed), 1000
    feed.ordered = bool(seed % 2)
    name = "changes" if feed.ordered else "shuffled"
    for _ in range(6):
        for _ in range(chance.randrange(1, 9)):
            at += chance.randrange(0, 3)
            feed.say(chance.randrange(1, 7), f"名 {at}-{len(feed.states)}" if feed.ordered else f"名 {at}", at)
            if chance.random() < 0.3:
                feed.states.append(dict(chance.choice(feed.states)))
        if not feed.ordered:
            chance.shuffle(feed.states)
        feed.breaks = {len(feed.asked) + chance.randrange(1, 6)}
        world.run(name)
    feed.breaks = set()
    assert world.run(name).error is None
    if feed.ordered:  # states of one instant: the first that came stands
        assert {sku for sku, _ in titles(world)} == {sku for sku, _ in feed.newest()}
    else:
        assert titles(world) == feed.newest()
    assert world.run(name).counts.updated == 0


def test_a_refused_row_waits_with_its_problem_until_it_passes_or_a_newer_state_comes(
    world: SourceWorld, feed: Feed
) -> None:
    feed.say(1, "好", 100)
    feed.say(2, "没有这个厂", 101, maker={"code": "M9"})
    feed.say(3, "坏价格", 102, price={"list": "十二"})
    report = world.run("changes")
    assert (report.counts.created, report.counts.refused) == (1, 2)
    waiting = world.installation.database.read(lambda session: refusals_of(session, "changes"))
    assert [one.cells["code"] for one in waiting] == ["A2", "A3"]
    assert all(problem[1].zh and problem[1].en for one in waiting for problem in one.problems)
    assert world.again("changes").counts == Counts(2, 0, 0, 0, 2)
    world.maker("M9", "新厂")
    assert world.again("changes").counts == Counts(2, 1, 0, 0, 1)
    feed.say(3, "好价格", 200)
    assert world.run("changes").counts.created == 1
    assert world.installation.database.read(lambda session: refusals_of(session, "changes")) == []
    assert titles(world) == [("A1", "好"), ("A2", "没有这个厂"), ("A3", "好价格")]
    assert world.again("changes").counts == Counts()


def test_a_rehearsal_leaves_states_that_come_late_as_the_run_does(world: SourceWorld, feed: Feed) -> None:
    for number, title, at in ((1, "甲", 100), (2, "乙", 101), (3, "丙", 102), (3, "晚", 102), (1, "丁", 103)):
        feed.say(number, title, at)
    rehearsed = world.run("changes", dry_run=True).counts
    assert (rehearsed.read, rehearsed.unchanged, rehearsed.refused) == (5, 1, 0)
    assert world.run("changes").counts == Counts(5, 3, 1, 1, 0)
    assert titles(world) == [("A1", "丁"), ("A2", "乙"), ("A3", "丙")]


def test_taking_up_refused_rows_is_no_run_and_puts_none_off(world: SourceWorld, feed: Feed) -> None:
    feed.say(1, "坏价格", 100, price={"list": "十二"})
    scheduler = Scheduler(world.runner, ())
    world.clock.advance(timedelta(days=1))
    assert scheduler.run_due() == ("nightly",)
    [before] = world.runs("nightly")
    world.clock.advance(timedelta(days=1))
    assert world.again("nightly").counts.refused == 1
    assert world.runs("nightly") == [before]
    assert scheduler.run_due() == ("nightly",)


def test_a_refused_row_may_be_let_go(world: SourceWorld, feed: Feed) -> None:
    feed.say(1, "坏价格", 100, price={"list": "十二"})
    world.run("changes")
    database = world.installation.database
    [one] = database.read(lambda session: refusals_of(session, "changes"))
    database.write(lambda session: let_go(session, "changes", [one.id]))
    assert world.again("changes").counts == Counts()


def test_a_field_that_changes_its_type_or_loses_its_values_is_told(world: SourceWorld, feed: Feed) -> None:
    for number in range(30):
        feed.say(number, f"物料 {number}", 100 + number, grade="精品")
    assert world.run("changes").drift == ()
    feed.states = []
    for number in range(30):
        feed.say(number, f"物料 {number}", 300 + number, price={"list": f"约 {number}"})
    assert world.run("changes").drift == (Drift("price", "number", "text"), Drift("grade", "text", "empty"))
    assert world.standing("changes").drift[0].field == "price"
    feed.states = []
    for number in range(30):
        feed.say(number, f"物料 {number}", 500 + number, grade="精品")
    assert world.run("changes").drift == ()
    assert world.standing("changes").drift == ()


def test_a_scheduled_source_that_fails_is_tried_again_later_each_time_and_not_for_ever(
    world: SourceWorld, feed: Feed
) -> None:
    scheduler = Scheduler(world.runner, ())
    world.simulator.lay("/changes", Answer(500))
    world.clock.advance(timedelta(days=1))
    assert scheduler.run_due() == ("nightly",)
    waits = []
    for minutes in (5, 15, 45, 135):
        world.clock.advance(timedelta(minutes=minutes, seconds=-30))
        assert scheduler.run_due() == ()
        world.clock.advance(timedelta(seconds=31))
        assert scheduler.run_due() == ("nightly",)
        waits.append(world.standing("nightly").retry_at)
    assert waits[-1] is None
    world.clock.advance(timedelta(hours=7))
    assert scheduler.run_due() == ()
    world.simulator.lay("/changes", json_answer({"data": []}))
    world.clock.advance(timedelta(days=1))
    assert scheduler.run_due() == ("nightly",)
    assert world.standing("nightly").failures == 0
    assert world.standing("nightly").read_at is not None
