"""Twin worlds over HTTP: two installations that differ only in what a person may not read answer with the same bytes.

Rows and cells that a definition releases to the person are the same in both; `dougong explain releases` lists them, and a
computed field that tells of anything else fails here.
"""

from __future__ import annotations

import pytest

from tests.rights.random_rights import SPOILS, drawn_rights, with_access
from tests.rights.twin_trial import SEED, Trials
from tests.rights.worlds import Ground
from tests.web.site import shipped

EACH = 1
ROLES = sorted(shipped().current().roles)
COPIED = ROLES[1::4]
"""Somebody in each role asks, in these on PostgreSQL; `make fuzz` asks more, of all, on both."""


def asking(ground: Ground) -> list[str]:
    """Who asks on the database of a ground."""
    return [f"{role}_1" for role in (COPIED if ground.url else sorted({*ROLES} - {*COPIED}))]


def test_what_a_person_may_not_read_changes_no_byte_of_any_answer(trials: Trials) -> None:
    leaks, changed, same, good = [], 0, 0, 0
    for account in asking(trials.ground):
        outcome = trials.run(account, EACH)
        leaks += [f"{account}: {one}" for one in outcome.leaks]
        changed, same = changed + outcome.changed + outcome.added, same + outcome.same
        good += outcome.readings.good + outcome.writings.good
    assert leaks == []
    assert changed > 1000 * len(asking(trials.ground))
    assert same > 90 * len(asking(trials.ground))
    assert good > same / 5


@pytest.mark.parametrize("seed", range(2))
def test_the_same_holds_under_rights_that_nobody_thought_of(ground: Ground, seed: int) -> None:
    drawn = Trials(ground, drawn_rights(shipped().current(), seed), SEED + seed)
    asked = drawn.draw.random.sample(sorted(drawn.people), 1)
    assert [leak for account in asked for leak in drawn.run(account, EACH).leaks] == []
    assert {one for account in drawn.people for one in drawn.unlisted(account)} == set()


def test_whatever_tells_of_cells_that_its_reader_may_not_read_is_listed(trials: Trials) -> None:
    assert {account: found for account in trials.people if (found := trials.unlisted(account))} == {}


@pytest.mark.parametrize("fault", SPOILS)
def test_a_world_that_is_served_under_weaker_rights_is_found(ground: Ground, fault: str) -> None:
    model = shipped().current()
    weaker = with_access(model, lambda entity, access: SPOILS[fault](access), fault)
    spoiled = Trials(ground, model, SEED, weaker)
    assert any(spoiled.run(account, 2, most=1).leaks for account in ("finance_1", "sales_1", "service_1"))
