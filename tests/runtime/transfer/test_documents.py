"""Lines of a sheet that repeat the key of their whole become one record with parts; brought in again they change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.model.requests import QueryRequest
from engine.runtime.identifiers import encode_id
from engine.runtime.query.lists import list_records
from engine.runtime.transfer.importing import ImportPlan, ImportReport, import_sheet
from engine.runtime.transfer.sheets import Sheet
from engine.runtime.transfer.undoing import take_back
from engine.runtime.work import Work
from tests.conftest import KINDS, fresh_url

COLUMNS = {"单": "name", "区": "area", "品": "lines.what", "数": "lines.count", "价": "lines.price"}
ROWS = (
    ("o1", "", "纸", "2", "10"),
    ("o1", "", "笔", "1", "5"),
    ("o2", "", "纸", "x", "10"),
    ("o2", "", "笔", "1", "5"),
    ("o3", "北", "", "", ""),
    ("o4", "", "墨", "", "3"),
)


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("documents")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), SHOP) as made:
        yield made


def test_documents_are_made_completed_and_taken_back(shop: Application) -> None:
    run = encode_id(shop.installation.ids.next())

    def bring(rows: tuple[tuple[str, ...], ...], run: str | None = None) -> ImportReport:
        plan = ImportPlan("order", COLUMNS, ("name",))

        def act(work: Work) -> ImportReport:
            return import_sheet(work.under(work.context.caused_by("import", run)), plan, Sheet(tuple(COLUMNS), rows))

        return shop.write(act)

    def totals() -> dict[object, object]:
        request = QueryRequest("order", (("name",), ("total",), ("lines_sum",)), limit=50)
        records = shop.read(lambda work: list_records(work, request)).records
        return {one.cells["name"]: str(one.cells["total"] or 0) for one in records}

    first = bring(ROWS)
    assert (first.created, first.updated) == (3, 0)
    assert [(one.line, one.column) for one in first.problems] == [(4, "数"), (5, ""), (6, "区")]
    assert totals() == {"o1": "25.00", "o4": "3.00"}
    again = bring(ROWS[:2], run)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    more = bring((*ROWS[:2], ("o1", "", "笔", "1", "5")), run)
    assert more.updated == 3
    assert totals()["o1"] == "30.00"
    shop.write(lambda work: take_back(work, work.model.entities["order"], run, 0))
    assert totals()["o1"] == "25.00"
