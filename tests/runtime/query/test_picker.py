"""Picker: what a reference field offers, as far as its user may see."""

from __future__ import annotations

import pytest
from runtime.builders import context, entity, field, grant, model, relation, rule
from runtime.world import World, build_world

from engine.model.access import FieldRight
from engine.model.entities import FieldKind
from engine.model.errors import UnknownField
from engine.runtime.database.protocol import Database
from engine.runtime.query.picker import pick
from engine.runtime.work import Work

MODEL = model(
    entity("customer", field("name", search=2), field("code", FieldKind.NUMBER_CODE, search=1)),
    entity(
        "deal",
        field("name"),
        relation("customer", "customer"),
        relation("rival", "customer"),
        field("owner", FieldKind.USER),
        field("unit", FieldKind.UNIT),
        field("store", FieldKind.UNIT, unit_kinds=("store",)),
    ),
    grants=[grant("customer", "boss"), grant("deal", "boss"), grant("deal", "clerk")],
    rules=[rule("deal", "rival", "clerk", FieldRight.READ)],
)
BOSS, CLERK = context(9, "boss"), context(8, "clerk")


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李敏"), (2, "王敏"))
    made.units((10, "北区", "area", None), (11, "一店", "store", 10))
    made.row("customer", 100, name="华为", code="C1")
    made.row("customer", 101, name="华润", code="C2")
    made.row("customer", 102, name="华新", code="C3", deleted_at=context().now)
    return made


def offered(world: World, field_name: str, text: str = "", only: object = None, who: object = BOSS) -> list[str]:
    def act(work: Work) -> list[str]:
        return [one.label for one in pick(work, "deal", field_name, text, only=only)]

    return world.read(who, act)  # type: ignore[arg-type]


def test_rows_are_found_by_title_or_any_searched_field(world: World) -> None:
    assert offered(world, "customer", "华") == ["华为", "华润"]
    assert offered(world, "customer", "c2") == ["华润"]


def test_one_row_is_offered_by_its_id(world: World) -> None:
    assert offered(world, "customer", only=100) == ["华为"]
    assert offered(world, "customer", only=102) == []


def test_users_and_units_are_offered_by_name(world: World) -> None:
    assert offered(world, "owner", "敏") == ["李敏", "王敏"]
    assert offered(world, "unit", "店") == ["一店"]
    assert offered(world, "unit", only=10) == ["北区"]


def test_a_unit_field_offers_and_takes_its_kinds_of_unit_only(world: World) -> None:
    assert offered(world, "store") == ["一店"]
    assert offered(world, "store", only=11) == ["一店"]
    assert offered(world, "store", only=10) == []


def test_rows_that_may_not_be_read_are_not_offered(world: World) -> None:
    assert offered(world, "customer", "华", who=CLERK) == []


@pytest.mark.parametrize("name", ["name", "nonsense", "rival"])
def test_a_field_that_is_no_reference_or_no_name_is_unknown(world: World, name: str) -> None:
    with pytest.raises(UnknownField):
        offered(world, name)
