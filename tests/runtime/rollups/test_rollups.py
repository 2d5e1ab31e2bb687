"""Roll-ups: what cells and deltas say is what the rows say, at every moment and to every reader."""

from __future__ import annotations

import gc
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from weakref import ref

import pytest
from runtime.rollups.ledger import BOSS, METRICS, OF_DATES, OF_DETAILS, OF_VALUES, READERS, Ledger

from engine.model.app import AppModel
from engine.model.errors import ValidationFailed
from engine.model.requests import AggregateRequest
from engine.model.rollup_splits import SCOPE_UNIT
from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.jobs import waiting
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.records.removal import delete, restore
from engine.runtime.rollups import building, keeping
from engine.runtime.rollups.keeping import build_loaded, fold_next
from engine.runtime.rollups.state import built_cells, forget
from engine.runtime.rows import delete as remove
from engine.runtime.rows import update
from engine.runtime.storage.rollup_tables import ROWS, SPLIT
from engine.runtime.work import Work
from tests.web.counted import Count, CountedSession


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path, database_url)
    yield made
    made.close()


def test_figures_from_cells_are_those_from_rows_after_random_writes(ledger: Ledger) -> None:
    for _ in range(4):
        for _ in range(20):
            ledger.act()
        assert ledger.differences(2) == []
        ledger.fold()
        assert ledger.unfolded() == 0
        assert ledger.differences(2) == []


@pytest.mark.parametrize("months", [True, False], ids=["months", "days"])
def test_a_cell_that_is_wrong_is_found(ledger: Ledger, months: bool) -> None:
    """The control: cells of months and cells of days are what is read, and a fault in one shows."""
    for _ in range(40):
        ledger.act()
    ledger.fold()
    for one in (level for level in ledger.rollup.levels if (level.month is not None) == months):
        ledger.write(lambda work, at=one.number: update(work.session, ledger.rollup.cells, {ROWS: 7}, {SPLIT: at}))
    assert ledger.differences(12) != []


def test_what_is_worked_out_from_columns_is_read_from_cells(ledger: Ledger) -> None:
    """Cells of which all rows are said to have gone take with them what was found in them; the largest gross is in no cell."""
    for _ in range(60):
        ledger.act()
    ledger.fold()
    ledger.write(lambda work: update(work.session, ledger.rollup.cells, {ROWS: 0}, {f"{SPLIT} >=": 0}))
    for split in ((), ("kind",)):
        for metric in (*OF_VALUES, "largest"):
            rolled, counted = ledger.both(BOSS, AggregateRequest((metric,), split))
            assert isinstance(rolled, tuple), (metric, rolled)
            assert (rolled == counted) is (metric == "largest"), metric


def test_a_date_is_found_for_each_cell_along_an_index(ledger: Ledger) -> None:
    """Cells of which all rows are said to have gone take their dates with them; no level is split by the date for it."""
    for _ in range(60):
        ledger.act()
    ledger.fold()
    assert any({"desk", "kind", SCOPE_UNIT} <= {*one} and "happened_on" not in one for one in ledger.rollup.splits)
    for split in ((), ("kind",), ("desk", "kind"), ("city",)):
        rolled, counted = ledger.both(BOSS, AggregateRequest(tuple(OF_DATES), split))
        assert isinstance(rolled, tuple)
        assert rolled == counted
    assert any(one.values["since"] is not None for one in rolled)
    if ledger.installation.database.dialect == "sqlite":
        used = read_by(ledger, AggregateRequest(("since",), ("desk", "kind")))
        assert used in ({"ix_entry_desk_happened_on"}, {"ix_entry_kind_happened_on"})
    ledger.write(lambda work: update(work.session, ledger.rollup.cells, {ROWS: 0}, {f"{SPLIT} >=": 0}))
    for split in ((), ("kind",), ("desk", "kind"), ("city",)):
        rolled, counted = ledger.both(BOSS, AggregateRequest(tuple(OF_DATES), split))
        assert rolled != counted, split


def read_by(ledger: Ledger, request: AggregateRequest) -> set[str]:
    """The indexes by which SQLite answers a question about found dates, where the value of the first column is known."""
    count = Count()

    def asked(session: Session) -> None:
        aggregate(ledger.installation.workplace.open(CountedSession(session, count), BOSS), request)

    ledger.installation.database.read(asked)
    (one,) = (each for each in count.asked if '"entry" AS "row"' in each.statement.sql)
    file = sqlite3.connect(ledger.folder / "data" / "dougong.sqlite3")
    lines = [str(row[3]) for row in file.execute(f"EXPLAIN QUERY PLAN {one.statement.sql}", dict(one.parameters))]
    file.close()
    return {found[1] for line in lines if (found := re.match(r"SEARCH row USING INDEX (\w+) \(\w+=", line))}


def test_parts_are_read_from_cells_where_the_rule_of_their_whole_looks_at_the_unit_alone(ledger: Ledger) -> None:
    """A wrong cell shows to whoever reads entries by their unit; the clerk's rule looks at more, and reads rows."""
    for _ in range(60):
        ledger.act()
    ledger.fold()
    request = AggregateRequest(OF_DETAILS, ("kind",))
    assert all(rolled == counted for rolled, counted in (ledger.both(reader, request) for reader in READERS))
    cells = rollups_of(ledger.model)["detail"].cells
    ledger.write(lambda work: update(work.session, cells, {ROWS: 7}, {f"{SPLIT} >=": 0}))
    wrong = [reader for reader in READERS if len({*map(repr, ledger.both(reader, request))}) > 1]
    assert [one.principal.roles for one in wrong] == [{"boss"}, {"keeper"}, {"keeper"}]


def test_who_reads_every_row_reads_cells_over_all_units(ledger: Ledger) -> None:
    """A fault in them shows to the boss alone: a keeper reads cells of units, however many units those are."""
    for _ in range(40):
        ledger.act()
    ledger.fold()
    request = AggregateRequest(("entries",), ("paid",))
    for one in (level for level in ledger.rollup.levels if SCOPE_UNIT not in level.split):
        ledger.write(lambda work, at=one.number: update(work.session, ledger.rollup.cells, {ROWS: 7}, {SPLIT: at}))
    wrong = [reader for reader in READERS if len({*map(repr, ledger.both(reader, request))}) > 1]
    assert wrong == [BOSS]


def test_what_tells_its_unit_has_no_cells_over_all_units(ledger: Ledger) -> None:
    """Split by desk or by clerk there is a cell for each unit anyway."""
    over_all = [one for one in ledger.rollup.splits if SCOPE_UNIT not in one]
    assert over_all != []
    assert not any({"desk", "clerk"} & {*one} for one in over_all)


def test_a_part_does_not_come_back_before_its_whole(ledger: Ledger) -> None:
    entry = ledger.add(ledger.values())
    ledger.detail(entry)
    part = ledger.details[entry][0]
    ledger.write(lambda work: delete(work, "detail", part))
    ledger.write(lambda work: delete(work, "entry", entry))
    with pytest.raises(ValidationFailed) as refused:
        ledger.write(lambda work: restore(work, "detail", part))
    assert [(one.field, one.code) for one in refused.value.problems] == [("entry", "deleted")]
    ledger.write(lambda work: restore(work, "entry", entry))
    assert ledger.differences(1) == []


PERIODS = (
    (date(2025, 3, 2), date(2026, 2, 27)),
    (date(2025, 3, 1), date(2026, 2, 27)),
    (date(2025, 3, 2), date(2026, 2, 28)),
    (date(2025, 3, 2), None),
    (None, date(2026, 2, 27)),
    (date(2025, 3, 2), date(2025, 3, 30)),
    (date(2025, 3, 31), date(2025, 5, 1)),
    (None, None),
)


def test_a_period_is_read_from_whole_months_and_the_days_around_them(ledger: Ledger) -> None:
    for folded in (True, False):
        for _ in range(40):
            ledger.act()
        if folded:
            ledger.fold()
    for since, until in PERIODS:
        for bucket in (None, "month", "quarter", "year", "week"):
            request = AggregateRequest(("total", "entries"), ("desk",), since=since, until=until, bucket=bucket)
            rolled, counted = ledger.both(BOSS, request)
            assert rolled == counted, request


def test_a_model_that_is_served_no_more_is_not_kept_by_its_roll_ups(ledger: Ledger) -> None:
    class Watched(AppModel):
        """A model that can be seen to go."""

    model = Watched(**{one.name: getattr(ledger.model, one.name) for one in fields(AppModel) if one.init})
    model = replace(model, fingerprint="one that is served no more")
    assert rollups_of(model) is rollups_of(model)
    gone = ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_write_is_in_the_figures_at_once(ledger: Ledger) -> None:
    everything = AggregateRequest(METRICS)
    for _ in range(10):
        ledger.act()
        rolled, counted = ledger.both(BOSS, everything)
        assert rolled == counted
        assert ledger.unfolded() > 0


def test_writers_and_folders_side_by_side_and_folders_that_are_killed(ledger: Ledger) -> None:
    """Each writer has its own rows; folders fold all the while, and every other one dies before its commit."""
    for _ in range(10):
        ledger.act()
    writers = ledger.apart(3)
    with ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(writer.act_often, 25) for writer in writers]
        folding = pool.submit(fold_and_die, ledger, writing)
        while not all(one.done() for one in writing):
            assert ledger.differences(1) == []
        deaths = [one.result() for one in (*writing, folding)][-1]
    assert deaths > 0
    assert ledger.differences(4) == []
    ledger.fold()
    assert ledger.differences(4) == []


def test_a_build_counts_each_row_once_while_others_write(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "ROWS_A_STEP", 7)
    for _ in range(40):
        ledger.act()
    for _ in range(2):
        ledger.write(lambda work: forget(work.session, ledger.rollup))
        writers = ledger.apart(2)
        with ThreadPoolExecutor(3) as pool:
            writing = [pool.submit(writer.act_often, 15) for writer in writers]
            ledger.runner.run_due()
            for one in writing:
                one.result()
        assert ledger.rollup.cells in ledger.installation.database.read(built_cells)
        assert ledger.differences(3) == []


def test_what_is_built_is_what_was_folded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that were made day by day, of rows or of finer cells, are those that deltas were folded into."""
    monkeypatch.setattr(building, "ROWS_A_STEP", 7)
    for _ in range(60):
        ledger.act()
    ledger.fold()
    folded = ledger.cells()
    assert {level for level, _ in folded} == {one.number for one in ledger.rollup.levels}
    ledger.write(lambda work: build_loaded(work.session, work.model))
    assert ledger.cells() == folded


def test_before_it_is_built_figures_come_from_rows(ledger: Ledger) -> None:
    for _ in range(30):
        ledger.act()
    ledger.write(lambda work: forget(work.session, ledger.rollup))
    ledger.write(lambda work: remove(work.session, ledger.rollup.cells, {f"{SPLIT} >=": 0}))
    assert ledger.differences(4) == []


def test_jobs_fold_once_enough_waits_and_rest_otherwise(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "ENOUGH", 10)
    ledger.add(ledger.values())
    assert ledger.runner.run_due() == 0
    for _ in range(20):
        ledger.add(ledger.values())
    assert ledger.runner.run_due() > 0
    assert (ledger.unfolded(), ledger.installation.database.read(waiting)) == (0, [])


def test_another_dashboard_is_another_roll_up_that_needs_no_consent(ledger: Ledger) -> None:
    for _ in range(20):
        ledger.act()
    before = ledger.rollup
    ledger.change_dashboard("costs", "mean")
    assert ledger.rollup.cells != before.cells
    assert ledger.differences(3) == []
    ledger.change_dashboard("[entries, mean, gross_total", "[entries, costs, gross_total")
    assert ledger.rollup == before
    ledger.act()
    assert ledger.differences(3) == []


class Killed(Exception):
    """A folder's process has died."""


def fold_and_die(ledger: Ledger, writing: list[Future[None]]) -> int:
    """Fold until nobody writes; every other time die after folding and before the commit. The number of deaths."""
    deaths = 0

    def fold(work: Work) -> None:
        fold_next(work.session, work.model.entities["entry"], ledger.rollup)
        if deaths % 2 == 0:
            raise Killed

    while not all(one.done() for one in writing):
        with suppress(Killed):
            ledger.write(fold)
        deaths += 1
    return deaths
