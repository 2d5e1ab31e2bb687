"""Lists: pages, order, filters and search over secured rows, the same in both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from runtime.builders import context, entity, field, grant, model, relation
from runtime.world import World, build_world

from engine.model.entities import FieldKind
from engine.model.errors import BadRequest, NotFound, UnknownField
from engine.model.requests import AllOf, AnyOf, Condition, Filter, QueryRequest, RecordPage, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.identifiers import encode_id
from engine.runtime.query.lists import list_records
from engine.runtime.query.parameters import parse_query
from engine.runtime.query.records import find_record, get_record

MODEL = model(
    entity("customer", field("name", search=2), field("city")),
    entity(
        "deal",
        field("name", search=3),
        field("note", FieldKind.LONG_TEXT, search=1),
        relation("customer", "customer"),
        field("owner", FieldKind.USER),
        field("amount", FieldKind.MONEY),
        field("day", FieldKind.DATE),
        field("at", FieldKind.INSTANT),
        field("open", FieldKind.BOOLEAN),
        field("tags", FieldKind.CHOICES),
    ),
    grants=[grant("customer", "boss"), grant("deal", "boss"), grant("deal", "clerk")],
)
BOSS, CLERK, STRANGER = context(9, "boss"), context(8, "clerk"), context(7, "stranger")


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.units((10, "北区", "area", None), (11, "一店", "store", 10), (12, "南区", "area", None))
    made.row("customer", 100, name="华为", city="深圳")
    made.row("customer", 101, name="Acme", city="Oslo")
    rows: list[dict[str, object]] = [
        {
            "id": 1,
            "name": "Press",
            "customer": 100,
            "owner": 1,
            "amount": Decimal("20.00"),
            "scope_unit": 11,
            "open": True,
        },
        {"id": 2, "name": "line", "customer": 101, "owner": 2, "amount": None, "scope_unit": 10, "open": False},
        {"id": 3, "name": "中文 100%", "customer": 100, "owner": 2, "amount": Decimal("-3.50"), "scope_unit": 12},
        {"id": 4, "name": "Apple", "owner": 1, "amount": Decimal("20.00"), "day": date(2026, 3, 1), "tags": ("a", "b")},
        {"id": 5, "name": None, "amount": None, "day": date(2026, 2, 28), "tags": ("ab",), "note": "press release"},
        {"id": 6, "name": "gone", "amount": Decimal(1), "deleted_at": context().now},
    ]
    made.rows("deal", rows)
    return made


def ids(world: World, *conditions: Filter, sort: str = "id", search: str = "") -> list[int]:
    request = QueryRequest("deal", (), where=AllOf(conditions), sort=sorts(sort), search=search)
    return [record.id for record in world.read(BOSS, lambda work: list_records(work, request)).records]


def sorts(written: str) -> tuple[Sort, ...]:
    return tuple(Sort(tuple(one.removeprefix("-").split(".")), one.startswith("-")) for one in written.split())


FILTERS: list[tuple[str, Filter, list[int]]] = [
    ("equal", Condition(("amount",), "eq", Decimal("20.00")), [1, 4]),
    ("not equal takes empty along", Condition(("amount",), "ne", Decimal("20.00")), [2, 3, 5]),
    ("equal to nothing", Condition(("amount",), "eq", None), [2, 5]),
    ("less", Condition(("amount",), "lt", Decimal(0)), [3]),
    ("between takes both ends", Condition(("amount",), "between", (Decimal("-3.5"), Decimal("20"))), [1, 3, 4]),
    ("one of", Condition(("name",), "in", ("Press", "Apple", "nobody")), [1, 4]),
    ("one of none", Condition(("name",), "in", ()), []),
    ("none of", Condition(("name",), "not_in", ("Press", "Apple")), [2, 3, 5]),
    ("holds, in any case", Condition(("name",), "contains", "P"), [1, 4]),
    ("holds a percent sign", Condition(("name",), "contains", "0%"), [3]),
    ("holds one Chinese letter", Condition(("customer", "name"), "contains", "为"), [1, 3]),
    ("starts with", Condition(("name",), "starts_with", "LI"), [2]),
    ("is empty", Condition(("name",), "empty"), [5]),
    ("is not empty", Condition(("day",), "not_empty"), [4, 5]),
    ("a date from", Condition(("day",), "ge", date(2026, 3, 1)), [4]),
    ("a truth", Condition(("open",), "eq", False), [2]),
    ("one of several options", Condition(("tags",), "contains", "a"), [4]),
    ("a reference", Condition(("customer",), "eq", 101), [2]),
    ("along a relation", Condition(("customer", "city"), "eq", "Oslo"), [2]),
    ("a person's name", Condition(("owner", "name"), "eq", "李"), [1, 4]),
    ("below a unit", Condition(("scope_unit",), "under", 10), [1, 2]),
    ("either", AnyOf((Condition(("id",), "eq", 3), Condition(("id",), "eq", 5))), [3, 5]),
    ("one of two dates", Condition(("day",), "in", (date(2026, 2, 28),)), [5]),
]


@pytest.mark.parametrize(("title", "where", "found"), FILTERS, ids=[case[0] for case in FILTERS])
def test_a_filter_finds_the_same_rows_in_both_databases(
    world: World, title: str, where: Filter, found: list[int]
) -> None:
    assert ids(world, where) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("amount", [2, 5, 3, 1, 4]),
        ("-amount", [4, 1, 3, 5, 2]),
        ("-amount id", [1, 4, 3, 2, 5]),
        ("name", [5, 4, 1, 2, 3]),
        ("-day", [4, 5, 3, 2, 1]),
        ("customer id", [4, 5, 2, 1, 3]),
        ("-owner id", [2, 3, 1, 4, 5]),
        ("", [5, 4, 3, 2, 1]),
    ],
)
def test_order_is_complete_and_puts_empty_first_ascending(world: World, sort: str, order: list[int]) -> None:
    assert ids(world, sort=sort) == order


@pytest.mark.parametrize("sort", ["amount", "-amount", "name", "-day id", "customer.name -amount", "", "open"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_together_are_the_whole_list_once(world: World, sort: str, size: int) -> None:
    whole = ids(world, sort=sort)
    found: list[int] = []
    cursor = None
    for _ in range(len(whole) + 1):
        request = QueryRequest("deal", (("name",),), sort=sorts(sort), limit=size, cursor=cursor)
        page = world.read(BOSS, lambda work, asked=request: list_records(work, asked))
        found += [record.id for record in page.records]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == whole


def first_page(world: World) -> RecordPage:
    return world.read(BOSS, lambda work: list_records(work, QueryRequest("deal", (), sort=sorts("amount"), limit=2)))


def test_a_cursor_tells_nothing_and_cannot_be_changed(world: World) -> None:
    cursor = first_page(world).next_cursor
    assert cursor is not None
    assert cursor == first_page(world).next_cursor
    for altered in (
        cursor[:-4] + "AAAA",
        ("B" if cursor[0] == "A" else "A") + cursor[1:],
        cursor[:10],
        "",
        "é",
        "x" * 9000,
    ):
        request = QueryRequest("deal", (), sort=sorts("amount"), limit=2, cursor=altered or "=")
        with pytest.raises(BadRequest):
            world.read(BOSS, lambda work, asked=request: list_records(work, asked))


def test_a_cursor_serves_only_its_own_list_and_reader(world: World) -> None:
    cursor = first_page(world).next_cursor
    other = QueryRequest("deal", (), sort=sorts("-amount"), limit=2, cursor=cursor)
    same = QueryRequest("deal", (), sort=sorts("amount"), limit=2, cursor=cursor)
    with pytest.raises(BadRequest):
        world.read(BOSS, lambda work: list_records(work, other))
    with pytest.raises(BadRequest):
        world.read(context(10, "boss"), lambda work: list_records(work, same))


def test_a_record_has_all_its_readable_cells_with_titles(world: World) -> None:
    cells = world.read(BOSS, lambda work: get_record(work, "deal", 1)).cells
    assert cells["amount"] == Decimal("20.00")
    assert (cells["customer"], cells["customer.@title"]) == (100, "华为")
    assert (cells["owner"], cells["owner.@title"]) == (1, "李")
    assert (cells["scope_unit"], cells["scope_unit.@title"]) == (11, "一店")
    assert cells["open"] is True
    assert cells["created_at"] == context().now


def test_what_lies_behind_an_entity_without_a_grant_does_not_exist(world: World) -> None:
    cells = world.read(CLERK, lambda work: get_record(work, "deal", 1)).cells
    assert cells["customer"] == 100
    assert "customer.@title" not in cells
    for path in (("customer", "name"), ("customer", "nonsense"), ("nonsense",)):
        with pytest.raises(UnknownField) as refused:
            world.read(CLERK, lambda work, asked=path: list_records(work, QueryRequest("deal", (asked,))))
        assert refused.value.message.en == f"There is no field named {'.'.join(path)}"


def test_an_entity_without_a_grant_looks_like_one_that_is_not_there(world: World) -> None:
    for name in ("deal", "nonsense"):
        with pytest.raises(NotFound):
            world.read(STRANGER, lambda work, asked=name: list_records(work, QueryRequest(asked, ())))


def test_deleted_rows_are_found_only_when_asked_for(world: World) -> None:
    with pytest.raises(NotFound):
        world.read(BOSS, lambda work: get_record(work, "deal", 6))
    assert world.read(BOSS, lambda work: find_record(work, "deal", 6, deleted=True)) is not None
    assert world.read(BOSS, lambda work: find_record(work, "deal", 1, deleted=True)) is None


def test_search_takes_every_word_in_any_searched_field(world: World) -> None:
    assert ids(world, search="press") == [1, 5]
    assert ids(world, search="press RELEASE") == [5]
    assert ids(world, search="中") == [3]
    assert ids(world, search="100% 文") == [3]
    assert ids(world, search="nothing") == []


def test_totals_are_counted_on_what_is_found(world: World) -> None:
    request = QueryRequest("deal", (), where=Condition(("amount",), "not_empty"), limit=1, count=True)
    page = world.read(BOSS, lambda work: list_records(work, request))
    assert (page.total, page.total_capped) == (3, False)


def query(world: World, *pairs: tuple[str, str]) -> list[int]:
    def act(work: object) -> list[int]:
        return [one.id for one in list_records(work, parse_query(work, "deal", pairs)).records]  # type: ignore[arg-type]

    return world.read(BOSS, act)


def test_an_address_is_a_request(world: World) -> None:
    assert query(world, ("amount__ge", "20"), ("sort", "name")) == [4, 1]
    assert query(world, ("customer.city", "深圳"), ("sort", "-id")) == [3, 1]
    assert query(world, ("name__in", "Press,line"), ("sort", "id")) == [1, 2]
    assert query(world, ("amount__between", "-4,0")) == [3]
    assert query(world, ("day__empty", "false"), ("fields", "name"), ("limit", "1")) == [5]
    assert query(world, ("scope_unit__under", encode_id(10)), ("sort", "id")) == [1, 2]
    assert query(world, ("deleted", "true")) == [6]


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("nonsense", "1", UnknownField),
        ("amount__nonsense", "1", UnknownField),
        ("__class__", "1", UnknownField),
        ("name'; drop table deal; --", "1", UnknownField),
        ("customer.name.x", "1", UnknownField),
        ("", "1", UnknownField),
        ("amount", "abc", BadRequest),
        ("amount__contains", "1", BadRequest),
        ("customer__lt", "0000000000001", BadRequest),
        ("customer", "1", BadRequest),
        ("day__between", "2026-01-01", BadRequest),
        ("open__empty", "perhaps", BadRequest),
        ("limit", "0", BadRequest),
        ("limit", "201", BadRequest),
        ("limit", "-1", BadRequest),
        ("count", "2", BadRequest),
        ("name__contains", "a\x00b", BadRequest),
        ("search", "\ud800", BadRequest),
        ("sort", "nonsense", UnknownField),
        ("fields", "name,nonsense", UnknownField),
    ],
)
def test_an_address_that_does_not_fit_is_refused(world: World, key: str, value: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        query(world, (key, value))


def test_a_statement_is_compiled_once_per_shape(world: World) -> None:
    for value in range(5):
        ids(world, Condition(("amount",), "ge", Decimal(value)))
    assert world.statements.misses == 1
    assert world.statements.hits == 4
