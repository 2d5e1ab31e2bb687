"""Implication: what is said to follow follows on every row; what is not known is not said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest

from designer.differences.implication import implies
from engine.model.access import Grant
from engine.model.formula import Formula, Moment
from engine.runtime.access.decisions import ALWAYS, NEVER, When
from engine.runtime.formula.value import RowCells, compile_value
from tests.designer.editions import base, change, edition

CONDITIONS = (
    "owner = user.id",
    'owner = user.id and status = "open"',
    'owner = user.id or status = "open"',
    'status in ["open", "done"]',
    'status = "open"',
    'not (status = "open")',
    'not (status in ["open", "done"])',
    "hours < 5",
    "hours <= 7",
    "hours > 5",
    "hours >= 7",
    "hours = 6",
    "not (hours <= 7)",
    "hours < 5 and (owner = user.id or rate > 10)",
    "(hours < 5 and owner = user.id) or (hours < 5 and rate > 10)",
    "not (owner = user.id and hours <= 7)",
    "due_on < date(2026, 3, 1)",
    "due_on <= date(2026, 3, 1)",
    "true",
    "false",
    'status in ["done"]',
)
KNOWN = {
    (1, 0), (0, 2), (4, 2), (4, 3), (1, 4), (6, 5), (7, 8), (10, 9), (11, 8), (11, 9), (16, 17), (13, 14), (14, 13), (13, 7),
}  # fmt: skip
"""Pairs of which the first must be known to imply the second."""


MOMENT = Moment(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), variables={"user.id": 1})
DAYS = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), None)


def _row(owner: int | None, status: str | None, hours: int | None, rate: int | None, due_on: date | None) -> RowCells:
    numbers = {"hours": hours, "rate": rate}
    cells = {name: None if value is None else Decimal(value) for name, value in numbers.items()}
    return RowCells({"owner": owner, "status": status, "due_on": due_on, **cells})


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> list[Formula]:
    pack = base(tmp_path_factory.mktemp("implication"))
    rules = "".join(
        f"  - {{id: r{at}, roles: [worker], actions: [read], rows: '{one}'}}\n" for at, one in enumerate(CONDITIONS)
    )
    change(pack, [{"file": "access/task.yaml", "text": f"grants:\n{rules}"}])
    grants: dict[str, Grant] = {one.id: one for one in edition(pack).model.access["task"].grants}
    found = [grants[f"r{at}"].rows for at in range(len(CONDITIONS))]
    return [one for one in found if one is not None]


def test_what_must_be_known_is(formulas: list[Formula]) -> None:
    for narrow, wide in KNOWN:
        assert implies(When((formulas[narrow],)), When((formulas[wide],))), (CONDITIONS[narrow], CONDITIONS[wide])


def test_what_is_said_to_follow_holds_on_every_row(formulas: list[Formula]) -> None:
    """Every pair, on rows of all combinations, empty cells among them, by the formulas' own values."""
    rows = [
        _row(*one) for one in product((1, 2, None), ("open", "done", None), (4, 5, 6, 7, 8, None), (5, 20, None), DAYS)
    ]
    held = [[compile_value(one)(row, MOMENT) is True for row in rows] for one in formulas]
    said = 0
    for narrow, wide in product(range(len(formulas)), repeat=2):
        if implies(When((formulas[narrow],)), When((formulas[wide],))):
            said += 1
            assert all(b for a, b in zip(held[narrow], held[wide], strict=True) if a), (
                CONDITIONS[narrow],
                CONDITIONS[wide],
            )
    assert said > len(formulas) + len(KNOWN)


def test_ends_of_the_scale(formulas: list[Formula]) -> None:
    some = When((formulas[0],))
    assert implies(NEVER, some)
    assert implies(some, ALWAYS)
    assert not implies(ALWAYS, some)
    assert not implies(some, NEVER)
    assert implies(When((formulas[0], formulas[1])), some)
    assert not implies(some, When(()))
