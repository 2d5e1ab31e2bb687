"""Statements of a write: the row, its right and the rights on its fields in one look, formulas only where one reads what has
changed, the new row's right and its checks in one more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.model.errors import DeletedMeanwhile, Forbidden, NotFound, ValidationFailed
from engine.runtime.identifiers import encode_id
from engine.runtime.query.records import get_record
from engine.runtime.records.removal import delete
from engine.runtime.records.writing import create, update
from tests.web.counted import Count, CountedSession

READER = "grants: [{id: see, roles: [reader, careful], actions: [read]}, {id: all, roles: [clerk], actions: [read, create, update, delete]}]\n"
RULED = """grants:
  - {id: all, roles: [clerk], actions: [read, create, update, delete]}
  - {id: open, roles: [careful], actions: [read]}
  - {id: small, roles: [careful], actions: [update], rows: "coalesce(total, 0) < 100"}
"""
FILES = {
    **SHOP,
    "roles/reader.yaml": "label: {zh: 读者, en: Reader}\n",
    "roles/careful.yaml": "label: {zh: 谨慎, en: Careful}\n",
    "access/area.yaml": READER,
    "access/order.yaml": RULED,
}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, FILES) as opened:
        yield opened


@pytest.fixture
def order(shop: Application) -> int:
    """An order of 50 in an area."""
    area = shop.write(lambda work: create(work, "area", {"name": "north", "factor": "2"}).id)
    given = {"name": "one", "area": encode_id(area)}
    lines = {"lines": [{"what": "tea", "count": "1", "price": "25"}]}
    return shop.write(lambda work: create(work, "order", given, children=lines).id)


def statements(shop: Application, order: int, values: Mapping[str, object], *roles: str) -> list[str]:
    """Those of a change of an order, by the word they begin with."""
    count, place = Count(), shop.installation.workplace
    place.database.write(
        lambda session: place.act(
            CountedSession(session, count), shop.context(*roles), lambda work: update(work, "order", order, values)
        )
    )
    return [one.split()[0] for one in count.statements]


def test_a_change_that_no_formula_reads_computes_none(shop: Application, order: int) -> None:
    written = [
        "UPDATE",
        "SELECT",
        "UPDATE",
        "INSERT",
        "INSERT",
    ]  # the look for subjects that are being erased among them
    assert statements(shop, order, {"note": "new"}) == ["SELECT", *written, "SELECT"]
    assert statements(shop, order, {"note": "newer"}, "careful") == ["SELECT", *written, "SELECT"]


def test_a_change_that_formulas_read_computes_them(shop: Application, order: int) -> None:
    """The control: the factor follows the area, the total follows the factor, the areas follow the total."""
    south = shop.write(lambda work: create(work, "area", {"name": "south", "factor": "3"}).id)
    assert len(statements(shop, order, {"area": encode_id(south)})) > len(statements(shop, order, {"note": "new"}))
    found = shop.read(lambda work: get_record(work, "order", order)).cells
    assert (str(found["factor"]), str(found["total"])) == ("3.00", "75.00")
    totals = shop.read(lambda work: get_record(work, "area", south)).cells
    assert (str(totals["orders_total"]), totals["orders_count"]) == ("75.00", 1)


def test_one_look_tells_missing_rows_from_forbidden_ones(shop: Application, order: int) -> None:
    area = shop.write(lambda work: create(work, "area", {"name": "west"}).id)
    with pytest.raises(Forbidden):
        shop.write(lambda work: update(work, "area", area, {"name": "mine"}), "reader")
    with pytest.raises(NotFound):
        shop.write(lambda work: update(work, "area", 1, {"name": "mine"}), "reader")
    with pytest.raises(NotFound):
        shop.write(lambda work: update(work, "label", area, {"name": "mine"}), "reader")
    shop.write(lambda work: delete(work, "area", area))
    with pytest.raises(NotFound):
        shop.write(lambda work: update(work, "area", area, {"name": "late"}))
    with pytest.raises(DeletedMeanwhile):
        shop.write(lambda work: update(work, "area", area, {"name": "late"}, expected_version=1))


def test_the_right_to_the_new_row_comes_before_its_checks(shop: Application, order: int) -> None:
    """A row that its writer lets grow out of their right is refused as that, also where a check fails besides."""
    for factor in ("9", "90000"):
        grown = shop.write(
            lambda work, factor=factor: create(work, "area", {"name": f"f{factor}", "factor": factor}).id
        )
        with pytest.raises(Forbidden):
            shop.write(lambda work, grown=grown: update(work, "order", order, {"area": encode_id(grown)}), "careful")
    with pytest.raises(ValidationFailed):
        shop.write(lambda work: update(work, "order", order, {"area": encode_id(grown)}))
