"""Rows that stand are worked out anew when the formulas of their entity are others than before: added, changed, put in words anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from runtime.records.shop import SHOP
from runtime.textual import NOW, application

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.job_runner import JobRunner
from engine.runtime.jobs import oldest_about
from engine.runtime.records.postponing import RECOMPUTE
from engine.runtime.records.recomputing import BATCH
from engine.runtime.records.removal import delete
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import KINDS, FixedClock, fresh_url

LINE = SHOP["entities/line.yaml"]
DOUBLED = LINE.replace('"round(count * price, 2)"', '"round(count * price * 2, 2)"')
REWORDED = LINE.replace('"round(count * price, 2)"', '"round(price * count, 2)"')
ADDED = SHOP["entities/area.yaml"] + (
    '  share: {type: decimal, precision: 9, scale: 2, label: {zh: 均值, en: Mean}, formula: "round(orders_total / orders_count, 2)"}\n'
)


@dataclass(frozen=True)
class Place:
    """Where the shop is, to be opened with other definitions."""

    folder: Path
    url: str

    @contextmanager
    def opened(self, files: Mapping[str, str]) -> Iterator[Installation]:
        for name, text in files.items():
            (self.folder / "packs" / "small" / name).write_text(text, "utf-8")
        url = self.url if self.url.startswith("postgres") else ""
        settings = Settings(data=self.folder / "data", database=url, packs=str(self.folder / "packs"))
        installation = open_installation(settings, FixedClock(NOW + timedelta(hours=len(files) + 1)))
        bring_up_to_date(installation)
        yield installation
        installation.database.close()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A shop of two areas; one order of ten lines, more orders without any than a job does at once, one deleted."""
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    made = Place(tmp_path, fresh_url(request.param, dsn, tmp_path))

    def fill(work: Work) -> None:
        area = create(work, "area", {"name": "北", "factor": "1"}).id
        lines = [{"what": f"{at}", "count": "1", "price": "10"} for at in range(10)]
        create(work, "order", {"name": "o", "area": area}, children={"lines": lines})
        for at in range(BATCH + 1):
            create(work, "order", {"name": f"empty {at}", "area": area})
        delete(work, "order", create(work, "order", {"name": "gone", "area": area}).id)

    with application(tmp_path, made.url, SHOP) as shop:
        shop.write(fill)
    return made


def values(installation: Installation, entity: str, *names: str) -> list[tuple[object, ...]]:
    found = installation.database.read(
        lambda session: select(session, entity, names, {"deleted_at is null": None}, ("id",))
    )
    return [tuple(row) for row in found]


def waits(installation: Installation) -> list[str]:
    return [
        one
        for one in ("area", "order", "line", "label")
        if installation.database.read(lambda session, one=one: oldest_about(session, one, RECOMPUTE)) is not None
    ]


def work_off(installation: Installation) -> None:
    JobRunner(installation.workplace, installation.clock, "Asia/Shanghai").run_due()


def test_a_changed_formula_and_all_that_stands_on_it(place: Place) -> None:
    with place.opened({"entities/line.yaml": DOUBLED}) as installation:
        assert waits(installation) == ["line"]
        assert values(installation, "area", "orders_total") == [(10000,)]
        work_off(installation)
        assert waits(installation) == []
        assert values(installation, "line", "amount", "version") == [(2000, 2)] * 10
        assert values(installation, "order", "total", "version")[0] == (20000, 2)
        assert {version for _, version in values(installation, "order", "total", "version")[1:]} == {1}
        assert values(installation, "area", "orders_total") == [(20000,)]


def test_a_formula_that_is_added_is_worked_out_for_the_rows_that_stand(place: Place) -> None:
    with place.opened({"entities/area.yaml": ADDED}) as installation:
        assert values(installation, "area", "share") == [(None,)]
        work_off(installation)
        count = values(installation, "area", "orders_count")[0][0]
        assert values(installation, "area", "share") == [(round(10000 / int(str(count))),)]


def test_rows_that_come_out_the_same_get_no_version_and_nothing_is_done_twice(place: Place) -> None:
    with place.opened({"entities/line.yaml": REWORDED}) as installation:
        assert waits(installation) == ["line"]
        before = [values(installation, one, "id", "version") for one in ("area", "order", "line")]
        work_off(installation)
        assert [values(installation, one, "id", "version") for one in ("area", "order", "line")] == before
    with place.opened({}) as installation:
        assert waits(installation) == []
