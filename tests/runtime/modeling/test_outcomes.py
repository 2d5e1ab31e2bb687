"""How rows turned out, worked out by hand: what is known in time, what came later, what is not known yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from bills import SOURCES, Row, Rows, model_of, pack, stored
from runtime.builders import NOW, context
from runtime.world import build_world

from engine.runtime.database.protocol import Database
from engine.runtime.modeling.feature_reading import learning_table

TODAY = NOW.date()
BILLS: dict[int, tuple[int, int | None, int | None]] = {
    1: (-100, -90, 5),
    2: (-100, -90, -3),
    3: (-100, -40, 20),
    4: (-100, None, None),
    5: (-10, -5, 8),
    6: (-10, None, None),
    7: (-30, 0, 1),
}
"""Bills: issued and settled so many days from today, late by so many days."""
TOLD = {
    "": {1: 1.0, 2: 0.0, 5: 1.0, 7: 1.0},
    "no": {1: 1.0, 2: 0.0, 3: 0.0, 4: 0.0, 5: 1.0, 7: 1.0},
    "yes": {1: 1.0, 2: 0.0, 3: 1.0, 4: 1.0, 5: 1.0, 7: 1.0},
}
"""What is told of which bill within 30 days: 3 and 4 did not come in time, of 6 the time is not over."""


def rows() -> Rows:
    def at(days: int) -> datetime:
        return datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC) + timedelta(hours=2)

    def day(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    client = Row(100, {"name": "c", "tier": "A", "region": None, "credit": None}, at(-200))
    bills = [
        Row(
            number,
            {
                "name": f"b{number}",
                "client": 100,
                "amount": 1,
                "kind": None,
                "issued_on": day(issued),
                "due_on": day(issued),
                "settled_on": day(settled),
                "late": late,
                "note": None,
            },
            at(issued),
        )
        for number, (issued, settled, late) in BILLS.items()
    ]
    return {"client": [client], "bill": bills, "visit": []}


@pytest.mark.parametrize("beyond", sorted(TOLD))
def test_an_outcome_that_did_not_come_in_time_is_what_the_label_says_it_is(
    database: Database, tmp_path: Path, beyond: str
) -> None:
    more = f", beyond: '{beyond}'" if beyond else ""
    text = (
        SOURCES.lstrip()
        + f"""
  - {{id: shaped, node: features, settings: {{as_of: issued_on, features: [{{name: amount, from: amount}}]}}}}
  - {{id: told, node: label, settings: {{event: "late > 0", known_at: settled_on, horizon: {{days: 30}}{more}}}}}
edges:
  - {{from: bills, to: shaped}}
  - {{from: shaped, to: told}}
"""
    )
    world = stored(build_world(database, model_of(pack(tmp_path, {"trial": text}))), rows())
    plan = world.model.pipelines["trial"].plan
    assert plan is not None
    found = world.read(context(roles="analyst"), lambda work: learning_table(work, plan))
    assert found.table.target is not None
    assert dict(zip(found.table.keys, found.table.target, strict=True)) == TOLD[beyond]
    assert found.censored == len(BILLS) - len(TOLD[beyond])
