"""Lines of a sheet that repeat the key of their whole become one record with parts; brought in again they change nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path

import pytest
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.installation.job_runner import JobRunner
from engine.model.requests import QueryRequest
from engine.runtime.database.trying import trial as undone
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import disable
from engine.runtime.query.lists import list_records
from engine.runtime.records.stored import columns_of
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.transfer import runs
from engine.runtime.transfer.documents import Documents
from engine.runtime.transfer.importing import ImportPlan, ImportReport, import_sheet
from engine.runtime.transfer.runs import (
    IMPORT_JOB,
    ImportRunner,
    begin,
    mend,
    own_run,
    resume,
    undo,
    written_at_once,
)
from engine.runtime.transfer.sheets import Sheet
from engine.runtime.transfer.tables import ImportRun, ImportState, add_run, refused_of, run_of, sheet_path
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
FILES = {
    **SHOP,
    "roles/packer.yaml": "label: {zh: 配货员, en: Packer}\n",
    "access/order.yaml": SHOP["access/order.yaml"].replace("[clerk]", "[clerk, packer]"),
    "entities/line.yaml": SHOP["entities/line.yaml"]
    + """  place: {type: relation, to: area, on_delete: clear, inverse: places, label: {zh: 库位, en: Place}}
  due: {type: date, default_formula: "order.due_on", label: {zh: 日期, en: Due}}
  shared: {type: decimal, precision: 12, scale: 2, formula: "round(count * coalesce(order.factor, 1), 2)", label: {zh: 份, en: Share}}
checks:
  - {id: not_many, expect: "count <= 500", fields: [count], message: {zh: 太多, en: Too many}}
""",
    "access/line.yaml": "fields: [{id: prices, fields: [price], roles: [clerk], right: write}]\n",
}


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("documents")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), FILES) as made:
        yield made


def test_documents_are_made_completed_and_taken_back(shop: Application) -> None:
    run = encode_id(shop.installation.ids.next())

    def bring(
        rows: tuple[tuple[str, ...], ...], run: str | None = None, columns: Mapping[str, str] = COLUMNS
    ) -> ImportReport:
        plan = ImportPlan("order", columns, ("name",))

        def act(work: Work) -> ImportReport:
            return import_sheet(work.under(work.context.caused_by("import", run)), plan, Sheet(tuple(columns), rows))

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
    wrong = bring((ROWS[0], ("o1", "", "", "", ""), ("o1", "", "墨", "x", "5")))
    assert [(one.line, one.column) for one in wrong.problems] == [(2, ""), (3, ""), (4, "数")]
    columns = {**COLUMNS, "位": "lines.place"}
    lost = (("o5", "北", "纸", "1", "5", ""), ("o5", "", "笔", "1", "5", "架上"), ("o5", "", "墨", "1", "5", ""))
    unknown = bring(lost, columns=columns)
    assert [(one.line, one.column) for one in unknown.problems] == [(2, "区"), (3, "位"), (4, "")]
    more = bring((*ROWS[:2], ("o1", "", "笔", "1", "5")), run)
    assert more.updated == 3
    assert totals()["o1"] == "30.00"
    shop.write(lambda work: take_back(work, work.model.entities["order"], run, 0))
    assert totals()["o1"] == "25.00"


def _lines(drawn: random.Random) -> list[dict[str, str]]:
    """Documents of some lines each: sound ones, ones with any fault, ones that come again, one after the other or later."""
    rows: list[dict[str, str]] = []
    for at in range(drawn.randrange(8, 20)):
        name = f"d{at}" if drawn.random() < 0.8 else drawn.choice(["d1", "d2", "stands", ""])
        for _ in range(drawn.randrange(1, 4)):
            faulty = drawn.random() < 0.05
            rows.append(
                {
                    "单": name,
                    "区": drawn.choice(["北", ""]),
                    "期": drawn.choice(["2026-03-05", ""]),
                    "品": drawn.choice(["纸", "笔", ""]),
                    "数": drawn.choice(["x", "501", "-1"] if faulty else ["2", "", "3.5"]),
                    "价": "2000000" if drawn.random() < 0.03 else drawn.choice(["10", "5", ""]),
                }
            )
    return rows


def _everything(work: Work) -> dict[str, object]:
    """All that stands of orders, lines and areas, ids told by the order in which they were made."""
    tables = ("area", "order", "line")
    found = {name: select(work.session, name, columns_of(work.model.entities[name]), {}, ("id",)) for name in tables}
    ids = {row[0]: f"{name} {at}" for name, rows in found.items() for at, row in enumerate(rows)}
    told: dict[str, object] = {
        name: [[ids.get(one, one) for one in (row[0], *row[7:])] for row in rows] for name, rows in found.items()
    }  # what rows are computed from others gets one version for a batch
    told["versions of areas"] = sum(int(str(row[1])) for row in found["area"])
    for name in ("order", "line"):
        versions = select(work.session, f"{name}__version", ("record", "version", "action", "changed", "before"))
        told[f"{name} versions"] = sorted((ids[row[0]], *row[1:4], row[4] is None) for row in versions)
    events = select(work.session, "dougong_event", ("entity", "record", "version", "action"))
    told["events"] = sorted(
        (str(one[0]), ids[one[1]], *one[2:]) for one in events if one[1] in ids and one[0] != "area"
    )
    return told


def test_documents_together_leave_what_documents_one_by_one_leave(shop: Application) -> None:
    columns = {"name": "单", "area": "区", "due_on": "期", "lines.what": "品", "lines.count": "数", "lines.price": "价"}

    def trial(rows: list[dict[str, str]], together: bool) -> tuple[list[str], dict[str, object]]:
        def act(work: Work) -> tuple[list[str], dict[str, object]]:
            with undone(work.savepoint()):
                create(work, "area", {"name": "北", "factor": "2"})
                create(work, "order", {"name": "stands"}, children={"lines": [{"what": "纸", "count": "2"}]})
                documents = Documents(work, work.model.entities["order"], columns, ("name",))
                cut = [[*lines] for _, lines in groupby(rows, key=lambda row: row["单"])]
                found = documents.written(rows) if together else chain(*map(documents.alone, cut))
                return [repr(getattr(one, "problems", one)) for one in found], _everything(work)

        return shop.write(act)

    made = saved = 0
    for seed in range(6):
        rows = _lines(random.Random(seed))
        (results, traces), (apart, alone) = (trial(rows, one) for one in (True, False))
        assert results == apart, seed
        saved += int(str(alone["versions of areas"])) - int(str(traces.pop("versions of areas")))
        for what, found in traces.items():
            assert found == alone[what], (seed, what)
        made += results.count("'created'")
    assert made > 30
    assert saved > 10, "documents were written one by one"


def test_who_may_not_read_a_part_learns_nothing_of_it_by_bringing_it_again(shop: Application) -> None:
    sheet = Sheet(tuple(COLUMNS), (("p1", "", "纸", "2", "10"),))

    def bring(price: str, *roles: str) -> ImportReport:
        plan = ImportPlan("order", COLUMNS, ("name",))
        rows = tuple((*row[:-1], price) for row in sheet.rows)
        return shop.write(lambda work: import_sheet(work, plan, replace(sheet, rows=rows)), *roles)

    assert (bring("10").created, bring("10").unchanged) == (1, 1)
    right, wrong = bring("10", "packer"), bring("11", "packer")
    assert len(right.problems) == 1
    assert right == wrong


def brought(shop: Application, *rows: tuple[str, str]) -> ImportRun:
    """A small sheet of orders that was brought in at once."""
    run = ImportRun(
        id=shop.installation.ids.next(),
        entity="order",
        user=shop.clerk,
        post="",
        locale="zh-CN",
        zone="Asia/Shanghai",
        filename="orders.csv",
        header=("单", "区"),
        columns={"单": "name", "区": "area"},
        total=len(rows),
        created_at=shop.clock.now(),
    )

    def act(work: Work) -> ImportRun:
        done = written_at_once(work, run, list(enumerate(rows, 2)))
        add_run(work.session, done)
        return done

    return shop.write(act)


def waiting(shop: Application, rows: Sequence[Sequence[str]]) -> ImportRun:
    """An import of these rows that a job is to carry out."""
    installation = shop.installation
    run = replace(
        brought(shop), id=installation.ids.next(), header=tuple(COLUMNS), columns=COLUMNS, key=("name",),
        total=len(rows), state=ImportState.MAPPED, finished_at=None,
    )  # fmt: skip
    path = sheet_path(installation.workplace.data_folder, run.id)
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps([at, *row])}\n" for at, row in enumerate(rows, 2)))

    def begins(work: Work) -> None:
        add_run(work.session, run)
        begin(work, run, rehearse=False)

    shop.write(begins)
    return run


def test_a_record_is_not_cut_where_a_batch_ends(shop: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that says what a line before says is not taken for one that is there already."""
    monkeypatch.setattr(runs, "BATCH", 2)
    installation, clock = shop.installation, shop.clock
    jobs = JobRunner(installation.workplace, clock, "Asia/Shanghai", {IMPORT_JOB: ImportRunner(clock)})
    rows = (*((" c1" if at else "c1", "", "纸", "1", "5") for at in range(5)), ("c2", "", "纸", "1", "7"))
    run = waiting(shop, rows)
    jobs.run_due()
    done = installation.database.read(lambda session: run_of(session, run.id))
    assert done is not None
    assert (done.state, done.counts.created, done.counts.lines) == (ImportState.DONE, 6, 6)
    request = QueryRequest("order", (("name",), ("total",)), limit=50)
    records = shop.read(lambda work: list_records(work, request)).records
    totals = {one.cells["name"]: str(one.cells["total"]) for one in records}
    assert (totals["c1"], totals["c2"]) == ("25.00", "7.00")


def test_one_child_reads_a_sheet_through_all_legs_of_its_import(
    shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    monkeypatch.setattr(runs, "LEG", -1.0)  # each batch is a leg
    installation, clock = shop.installation, shop.clock
    jobs = JobRunner(installation.workplace, clock, "Asia/Shanghai", {IMPORT_JOB: ImportRunner(clock)})
    run = waiting(shop, [(f"g{at}", "", "纸", "1", "5") for at in range(8)])
    before, reading = _children(), list[set[str]]()
    while jobs.run_one():
        reading.append(_children() - before)
    done = installation.database.read(lambda session: run_of(session, run.id))
    assert done is not None
    assert (done.state, done.counts.created) == (ImportState.DONE, 8)
    assert [len(one) for one in reading] == [1, 1, 1, 0], "the last leg ends the child"
    assert len(set().union(*reading)) == 1


def _children() -> set[str]:
    """The processes that this one has started and that run."""
    return {child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()}


def orders(shop: Application) -> list[object]:
    request = QueryRequest("order", (("name",),), limit=50)
    return [one.cells["name"] for one in shop.read(lambda work: list_records(work, request)).records]


def test_an_undo_that_stopped_goes_on_as_an_undo(shop: Application) -> None:
    installation, clock = shop.installation, shop.clock
    jobs = JobRunner(installation.workplace, clock, "Asia/Shanghai", {IMPORT_JOB: ImportRunner(clock)})
    run = brought(shop, ("u1", ""), ("u2", ""))
    assert (run.counts.created, {"u1", "u2"} <= set(orders(shop))) == (2, True)

    def stands() -> ImportRun:
        found = installation.database.read(lambda session: run_of(session, run.id))
        assert found is not None
        return found

    shop.write(lambda work: undo(work, own_run(work, run.id, lock=True)))
    installation.database.write(lambda session: disable(session, shop.clerk, True))
    jobs.run_due()
    assert (stands().state, stands().problem) == (ImportState.UNDO_FAILED, "发起的人已停用")
    installation.database.write(lambda session: disable(session, shop.clerk, False))
    shop.write(lambda work: resume(work, own_run(work, run.id, lock=True)))
    jobs.run_due()
    assert (stands().state, stands().undone) == (ImportState.UNDONE, 2)
    assert not {"u1", "u2"} & set(orders(shop))


def test_a_line_mended_twice_at_once_is_one_record(shop: Application) -> None:
    run = brought(shop, ("m1", "北"))
    assert run.counts.refused == 1

    def mends(work: Work) -> int:
        held = own_run(work, run.id, lock=True)
        lines = [replace(one, cells=("m1", "")) for one in refused_of(work.session, run.id)]
        return mend(work, held, lines)

    with ThreadPoolExecutor(1) as elsewhere:
        other: list[Future[int]] = []

        def first(work: Work) -> None:
            mends(work)
            other.append(elsewhere.submit(shop.write, mends))
            wait(other, timeout=0.2)

        shop.write(first)
    assert (other[0].result(), orders(shop).count("m1")) == (0, 1)
