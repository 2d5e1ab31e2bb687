"""Rights on concrete rows: allowed, forbidden, or not there at all."""

from __future__ import annotations

from functools import partial

import pytest
from runtime.builders import context, entity, field, grant, model, relation, rule
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.model.access import Action, FieldRight
from engine.model.entities import FieldKind, OnDelete
from engine.model.errors import Forbidden, NotFound
from engine.runtime.database.protocol import Database
from engine.runtime.query.rights import (
    check_new_row,
    check_permitted,
    field_rights,
    may,
    not_written_by_right,
    permitted,
    writable_fields,
)

DEAL = entity(
    "deal",
    field("name"),
    field("owner", FieldKind.USER),
    field("stage", FieldKind.STATE),
    field("budget", FieldKind.MONEY),
    field("code", FieldKind.NUMBER_CODE, read_only=True),
)
LINE = entity("line", relation("deal", "deal", OnDelete.CASCADE), field("text"), part_of="deal")
OWN = formula("owner = user.id", "deal", DEAL, LINE)
MODEL = model(
    DEAL,
    LINE,
    grants=[
        grant("deal", "sales", None, {Action.READ}),
        grant("deal", "sales", OWN, {Action.CREATE, Action.UPDATE, Action.EXPORT}),
        grant("deal", "typist", None, {Action.CREATE}),
        grant("deal", "sweeper", None, {Action.UPDATE, Action.DELETE, Action.TRANSITION}),
        grant("deal", "reaper", OWN, {Action.READ, Action.DELETE}),
    ],
    rules=[rule("deal", "budget", "sales", FieldRight.WRITE, formula("budget < 100", "deal", DEAL, LINE))],
)
SALES, TYPIST, STRANGER = context(1, "sales"), context(2, "typist"), context(3, "")
SWEEPER = context(1, "sweeper")


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.row("deal", 1, name="mine", owner=1, budget=50)
    made.row("deal", 2, name="his", owner=2, budget=500)
    made.row("deal", 3, name="gone", owner=1, deleted_at=SALES.now)
    made.row("line", 11, deal=1, text="x")
    made.row("line", 12, deal=2, text="y")
    return made


@pytest.mark.parametrize(
    ("name", "record", "action", "error"),
    [
        ("deal", 1, Action.UPDATE, None),
        ("deal", 2, Action.READ, None),
        ("deal", 2, Action.UPDATE, Forbidden),
        ("deal", 1, Action.DELETE, Forbidden),
        ("deal", 3, Action.UPDATE, NotFound),
        ("deal", 99, Action.UPDATE, NotFound),
        ("deal", 2, Action.CREATE, Forbidden),
        ("line", 11, Action.DELETE, None),
        ("line", 12, Action.UPDATE, Forbidden),
        ("nonsense", 1, Action.READ, NotFound),
    ],
)
def test_an_action_is_allowed_forbidden_or_not_found(
    world: World, name: str, record: int, action: Action, error: type[Exception] | None
) -> None:
    if error is None:
        world.read(SALES, lambda work: check_permitted(work, name, record, action))
        return
    with pytest.raises(error):
        world.read(SALES, lambda work: check_permitted(work, name, record, action))


def test_a_row_one_may_only_make_is_checked_without_being_readable(world: World) -> None:
    world.read(TYPIST, lambda work: check_new_row(work, "deal", 1, Action.CREATE))
    with pytest.raises(Forbidden):
        world.read(SALES, lambda work: check_new_row(work, "deal", 2, Action.CREATE))
    with pytest.raises(NotFound):
        world.read(TYPIST, lambda work: check_permitted(work, "deal", 1, Action.UPDATE))


def test_a_row_may_be_written_out_of_its_writers_sight(world: World) -> None:
    world.read(SWEEPER, lambda work: check_new_row(work, "deal", 1, Action.UPDATE))
    with pytest.raises(NotFound):
        world.read(TYPIST, lambda work: check_new_row(work, "deal", 1, Action.UPDATE))
    with pytest.raises(Forbidden):
        world.read(SALES, lambda work: check_new_row(work, "deal", 2, Action.UPDATE))


@pytest.mark.parametrize("action", [Action.UPDATE, Action.DELETE, Action.TRANSITION])
@pytest.mark.parametrize(("name", "record"), [("deal", 1), ("line", 11)])
def test_nobody_acts_on_a_row_that_they_may_not_read(world: World, name: str, record: int, action: Action) -> None:
    with pytest.raises(NotFound):
        world.read(SWEEPER, lambda work: check_permitted(work, name, record, action))


def test_what_may_be_done_and_what_may_be_read_are_asked_of_the_same_row(world: World) -> None:
    both = context(1, "sweeper reaper")
    world.read(both, lambda work: check_permitted(work, "deal", 1, Action.TRANSITION))
    with pytest.raises(NotFound):
        world.read(both, lambda work: check_permitted(work, "deal", 2, Action.DELETE))


def test_deleted_rows_are_checked_when_they_are_asked_for(world: World) -> None:
    assert world.read(SALES, lambda work: permitted(work, "deal", 3, Action.UPDATE, deleted=True))
    assert not world.read(SALES, lambda work: permitted(work, "deal", 1, Action.UPDATE, deleted=True))


def test_buttons_ask_whether_anything_could_be_allowed(world: World) -> None:
    assert world.read(SALES, lambda work: may(work, "deal", Action.UPDATE))
    assert not world.read(STRANGER, lambda work: may(work, "deal", Action.READ))


def test_field_rights_follow_the_row(world: World) -> None:
    mine = world.read(SALES, lambda work: field_rights(work, "deal", 1))
    assert (mine["name"], mine["budget"]) == (FieldRight.WRITE, FieldRight.WRITE)
    his = world.read(SALES, lambda work: field_rights(work, "deal", 2))
    assert (his["name"], his["budget"]) == (FieldRight.READ, FieldRight.NONE)


def test_states_numbers_and_built_in_fields_are_never_written_by_hand(world: World) -> None:
    assert world.read(SALES, lambda work: writable_fields(work, "deal", 1)) == {"name", "owner", "budget"}


def test_a_form_for_a_new_row_offers_what_could_be_written(world: World) -> None:
    assert world.read(SALES, lambda work: field_rights(work, "deal"))["budget"] is FieldRight.WRITE
    assert world.read(TYPIST, lambda work: field_rights(work, "deal"))["budget"] is FieldRight.NONE
    assert world.read(TYPIST, lambda work: field_rights(work, "deal"))["name"] is FieldRight.WRITE


def test_a_right_that_depends_on_the_row_is_asked_of_the_new_row(world: World) -> None:
    """Of row 1 the budget is small enough to be written, of row 4 it is not; row 2 may not be made at all."""
    world.row("deal", 4, name="large", owner=1, budget=500)
    fields = ("budget", "name")
    found = [
        world.read(SALES, partial(not_written_by_right, entity="deal", record=at, fields=fields)) for at in (1, 4, 2)
    ]
    assert found == [frozenset(), {"budget"}, frozenset()]
    assert world.read(SALES, lambda work: not_written_by_right(work, "deal", 4, ("name",))) == frozenset()
    assert world.read(STRANGER, lambda work: not_written_by_right(work, "deal", 4, fields)) == frozenset()


def test_whoever_may_do_nothing_has_no_form_for_a_new_row(world: World) -> None:
    with pytest.raises(NotFound):
        world.read(STRANGER, lambda work: field_rights(work, "deal"))


def test_reading_is_not_writing(world: World) -> None:
    """Fields that are open to everybody are written by whoever may write the row."""
    assert world.read(context(1, "sales"), lambda work: writable_fields(work, "deal", 2)) == frozenset()


@pytest.mark.parametrize("reader", [STRANGER, TYPIST, SWEEPER])
def test_rights_on_a_row_out_of_reach_are_not_told(world: World, reader: object) -> None:
    with pytest.raises(NotFound):
        world.read(reader, lambda work: field_rights(work, "deal", 1))  # type: ignore[arg-type]
