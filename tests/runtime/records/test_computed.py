"""Computed fields across relations are what computing everything anew would make them, after any run of writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.model.errors import ValidationFailed
from engine.runtime.identifiers import encode_id
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.writing import create, update
from engine.runtime.rows import select
from tests.conftest import KINDS, fresh_url

CENT = Decimal("0.01")
NUMBERS = st.decimals(0, 500, places=2)


def cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("computed")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), SHOP) as made:
        yield made


class Shop(RuleBasedStateMachine):
    """Orders with lines move between areas, are edited, deleted and restored; the machine keeps a naive copy."""

    app: Application
    rounds = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).rounds += 1
        self.areas: dict[int, Decimal] = {}
        self.orders: dict[int, dict[str, object]] = {}
        self.gone: set[int] = set()

    @rule(factor=st.decimals("0.5", 3, places=2))
    def add_area(self, factor: Decimal) -> None:
        name = f"a{self.rounds}-{len(self.areas)}"
        made = self.app.write(lambda work: create(work, "area", {"name": name, "factor": str(factor)}))
        self.areas[made.id] = factor

    @rule(lines=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3), pick=st.integers(0, 9))
    def add_order(self, lines: list[tuple[Decimal, Decimal]], pick: int) -> None:
        area = self._area(pick)
        values = {"name": "o", "area": encode_id(area) if area else None}
        children = {"lines": [{"count": str(count), "price": str(price)} for count, price in lines]}
        made = self._tried(lambda work: create(work, "order", values, children=children))
        if made is not None:
            self.orders[made] = {"area": area, "lines": lines}

    @rule(pick=st.integers(0, 9), to=st.integers(0, 9))
    def move(self, pick: int, to: int) -> None:
        order, area = self._order(pick), self._area(to)
        if order and self._tried(
            lambda work: update(work, "order", order, {"area": encode_id(area) if area else None})
        ):
            self.orders[order]["area"] = area

    @rule(pick=st.integers(0, 9), factor=st.decimals("0.5", 3, places=2))
    def weigh(self, pick: int, factor: Decimal) -> None:
        area = self._area(pick)
        if area and self._tried(lambda work: update(work, "area", area, {"factor": str(factor)})):
            self.areas[area] = factor

    @rule(pick=st.integers(0, 9), lines=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=2))
    def rewrite(self, pick: int, lines: list[tuple[Decimal, Decimal]]) -> None:
        order = self._order(pick)
        if order is None:
            return
        old = self.app.read(
            lambda work: select(work.session, "line", ("id",), {"order": order, "deleted_at is null": None})
        )
        rows = [{"id": int(str(row[0])), "_delete": True} for row in old]
        rows += [{"count": str(count), "price": str(price)} for count, price in lines]  # type: ignore[misc]
        if self._tried(lambda work: update(work, "order", order, {}, children={"lines": rows})):
            self.orders[order]["lines"] = lines

    @rule(pick=st.integers(0, 9))
    def remove(self, pick: int) -> None:
        order = self._order(pick)
        if order:
            self.app.clock.advance(timedelta(seconds=1))  # parts come back with the record that took them along
            self.app.write(lambda work: delete(work, "order", order))
            self.gone.add(order)

    @rule()
    def bring_back(self) -> None:
        if self.gone:
            order = min(self.gone)
            self.app.write(lambda work: restore(work, "order", order))
            self.gone.discard(order)

    @invariant()
    def everything_is_as_computed_anew(self) -> None:
        living = {order: known for order, known in self.orders.items() if order not in self.gone}
        orders = self._stored("order", ("lines_sum", "total"))
        for order, known in living.items():
            assert orders[order] == (cents(self._lines(known)), cents(self._total(known))), known
        areas = self._stored("area", ("orders_total", "orders_count"))
        for area in self.areas:
            totals = [self._total(known) for known in living.values() if known["area"] == area]
            assert areas[area] == (cents(sum(totals, Decimal(0))), len(totals))

    def _stored(self, entity: str, names: tuple[str, ...]) -> dict[int, tuple[object, ...]]:
        """What the table holds: whole numbers, money in cents."""
        rows = self.app.read(lambda work: select(work.session, entity, ("id", *names)))
        return {int(str(row[0])): tuple(int(str(one)) for one in row[1:]) for row in rows if row[1] is not None}

    def _lines(self, known: dict[str, object]) -> Decimal:
        lines: list[tuple[Decimal, Decimal]] = known["lines"]  # type: ignore[assignment]
        return sum(((count * price).quantize(CENT, ROUND_HALF_UP) for count, price in lines), Decimal(0))

    def _total(self, known: dict[str, object]) -> Decimal:
        area: int | None = known["area"]  # type: ignore[assignment]
        return (self._lines(known) * (self.areas[area] if area else 1)).quantize(CENT, ROUND_HALF_UP)

    def _area(self, pick: int) -> int | None:
        listed = [*self.areas, None]
        return listed[pick % len(listed)]

    def _order(self, pick: int) -> int | None:
        listed = [one for one in self.orders if one not in self.gone]
        return listed[pick % len(listed)] if listed else None

    def _tried(self, act: object) -> int | None:
        try:
            return self.app.write(act).id  # type: ignore[arg-type, attr-defined]
        except ValidationFailed as error:
            assert [one.code for one in error.problems] == ["not_dear"]
            return None


def test_stored_values_stay_equal_to_recomputation(shop: Application) -> None:
    machine = type("OneShop", (Shop,), {"app": shop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
