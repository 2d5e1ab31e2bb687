"""Sealing and unsealing what stands: rows and versions follow, and the plain values leave the files."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import connect
from runtime.sealing.deals import files
from runtime.sealing.shop import EXACT, Shop
from runtime.sealing.test_sealed_rows import VALUES
from runtime.textual import NOW

from engine.application import bring_up_to_date, open_installation
from engine.runtime.query.records import get_record
from engine.runtime.records.writing import update
from engine.runtime.schema.executor import ConsentNeeded, NothingToRevert, revert
from engine.runtime.schema.journal import residue
from engine.runtime.settings import Settings
from tests.conftest import FixedClock


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    return Shop(tmp_path, database_url if database_url.startswith("postgres") else "", FixedClock(NOW))


def test_what_stands_is_sealed_and_unsealed_and_moved(shop: Shop) -> None:
    lifted = {
        **files(),
        "entities/deal.yaml": files()["entities/deal.yaml"].replace("level: G3, mask", "level: G4, mask"),
    }
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
        shop.check(installation)
    for definitions in (files(), lifted, files(sealed=False), lifted):
        with shop.opened(definitions) as installation:
            shop.check(installation)
            if definitions is lifted:
                with pytest.raises(NothingToRevert):
                    revert(installation.database)


def test_it_needs_consent(shop: Shop) -> None:
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
    with pytest.raises(ConsentNeeded) as caught, shop.opened(files(), consent=False):
        pass
    assert "seal budget" in caught.value.message.en
    with shop.opened(files()) as installation:
        shop.check(installation)


@pytest.mark.one_database
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_plain_values_leave_the_files(shop: Shop) -> None:
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
    assert set(shop.found()) >= {*EXACT[:1], *EXACT[2:]}  # the control: in the clear they are found
    with shop.opened(files()) as installation:
        assert shop.found() == []
    assert shop.found() == []


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_the_plain_values_leave_what_the_planner_knows(shop: Shop) -> None:
    """A server keeps samples of columns, and of the texts of versions too."""
    known = "SELECT count(*) FROM pg_stats WHERE histogram_bounds::text LIKE %s OR most_common_vals::text LIKE %s"
    sample = [f"%{VALUES['secret']}%"] * 2
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
    with closing(connect(shop.url, autocommit=True)) as connection:
        connection.execute("ANALYZE")
        assert connection.execute(known, sample).fetchone() != (0,)
        with shop.opened(files()):
            assert connection.execute(known, sample).fetchone() == (0,)


@pytest.mark.one_database
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_clearing_that_was_broken_off_is_done_at_the_next_start(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
    shop.clock.advance(timedelta(minutes=1))
    settings = Settings(data=shop.folder / "data", packs=str(shop.folder / "packs"))
    for name, text in files().items():
        (shop.folder / "packs" / "small" / name).write_text(text, "utf-8")
    broken = open_installation(settings, shop.clock)
    with monkeypatch.context() as patch:
        patch.setattr("engine.runtime.database.sqlite.SqliteDatabase.cleanse", _killed)
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(broken, consent=True)
    assert broken.database.read(residue) == ("buyer", "deal")
    assert shop.found()  # the log still holds the pages of before
    broken.database.close()
    with shop.opened(files()) as installation:
        assert installation.database.read(residue) == ()
        assert shop.found() == []
        shop.check(installation)


def _killed(self: object, tables: object, full_text: object) -> None:
    raise KeyboardInterrupt


def test_what_people_may_enter_changes_and_what_stands_is_read_on(shop: Shop) -> None:
    """An option that is gone, and another number of places: the first only reads, the second rewrites envelopes."""
    narrow = files()["entities/deal.yaml"].replace(", large: {zh: 大, en: Large}", "")
    finer = files()["entities/deal.yaml"].replace("{type: percent,", "{type: percent, scale: 5,")
    with shop.opened(files()) as installation:
        shop.fill(installation)
    for text in (narrow, finer, files()["entities/deal.yaml"]):
        with shop.opened({**files(), "entities/deal.yaml": text}) as installation:
            place = installation.workplace
            found = place.read(shop.context(), lambda work: get_record(work, "deal", shop.deal)).cells
            assert (found["kind"], found["share"]) == ("large", VALUES["share"])
            place.write(shop.context(), lambda work: update(work, "deal", shop.deal, {"count": 4}))
            place.write(shop.context(), lambda work: update(work, "deal", shop.deal, {"count": VALUES["count"]}))
    with shop.opened(files()) as installation:
        found = installation.workplace.read(shop.context(), lambda work: get_record(work, "deal", shop.deal)).cells
        assert found["count"] == VALUES["count"]
