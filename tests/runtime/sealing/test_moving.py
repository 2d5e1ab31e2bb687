"""Sealing and unsealing what stands: rows and versions follow, and the plain values leave the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from runtime.sealing.deals import files
from runtime.sealing.test_sealed_rows import BUDGET, VALUES
from runtime.textual import HASH, NOW

from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.history import history
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.query.records import get_record
from engine.runtime.records.writing import create, update
from engine.runtime.schema.executor import ConsentNeeded, NothingToRevert, revert
from engine.runtime.schema.journal import residue
from engine.runtime.settings import Settings
from tests.conftest import FixedClock

EXACT = "7351902.46", "735190246", "13907551234", "the uncle of the director", "他们愿意出到七百万"
"""What stood in the clear, in the forms that a database file may hold it in: the stored number as text is in versions."""


@dataclass
class Shop:
    """An installation of the deals, opened again and again with other definitions."""

    folder: Path
    url: str
    clock: FixedClock
    deal: int = 0

    @contextmanager
    def opened(self, definitions: Mapping[str, str], consent: bool = True) -> Iterator[Installation]:
        for name, text in definitions.items():
            path = self.folder / "packs" / "small" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self.clock.advance(timedelta(minutes=1))
        settings = Settings(data=self.folder / "data", database=self.url, packs=str(self.folder / "packs"))
        installation = open_installation(settings, self.clock)
        try:
            bring_up_to_date(installation, consent)
            yield installation
        finally:
            installation.database.close()

    def context(self) -> Context:
        return Context(Principal(1, "clerk", frozenset({"clerk"})), self.clock.now())

    def fill(self, installation: Installation) -> None:
        new = NewUser(1, "clerk", "Clerk", 0, HASH, roles=("clerk",))
        installation.database.write(lambda session: create_user(session, new))
        place = installation.workplace
        buyer = place.write(self.context(), lambda work: create(work, "buyer", {"name": "Huayi"}).id)
        self.deal = place.write(self.context(), lambda work: create(work, "deal", {**VALUES, "buyer": buyer}).id)
        self.clock.advance(timedelta(hours=2))
        changed = {"budget": Decimal("2.50"), "secret": None}
        place.write(self.context(), lambda work: update(work, "deal", self.deal, changed))

    def check(self, installation: Installation) -> None:
        """What the deal holds, held and will hold is what it is, wherever it lies."""
        place = installation.workplace
        now = place.read(self.context(), lambda work: get_record(work, "deal", self.deal))
        assert {name: now.cells.get(name) for name in VALUES} == {**VALUES, "budget": Decimal("2.50"), "secret": None}
        past = replace(self.context(), as_of=NOW + timedelta(hours=1))
        was = place.read(past, lambda work: get_record(work, "deal", self.deal))
        assert {name: was.cells.get(name) for name in VALUES} == VALUES
        told = {
            one.field: (one.old, one.new)
            for one in place.read(self.context(), lambda work: history(work, "deal", self.deal))
        }
        assert told["budget"] == (BUDGET, Decimal("2.50"))
        assert told["secret"] == (VALUES["secret"], None)

    def found(self) -> list[str]:
        """Which of the plain values lie in a file of the database."""
        texts = b"".join(one.read_bytes() for one in (self.folder / "data").rglob("*") if one.is_file())
        forms = {one: (one.encode(), one.encode("utf-16-le")) for one in EXACT}
        stored = {str(one): one.to_bytes(4, "big") for one in (735190246, 90817263)}
        return [
            *(name for name, found in forms.items() if any(form in texts for form in found)),
            *(name for name, form in stored.items() if form in texts),
        ]


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
        patch.setattr("engine.runtime.database.sqlite.SqliteDatabase.scrub", _killed)
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(broken, consent=True)
    assert broken.database.read(residue) == ("buyer", "deal")
    assert shop.found()  # the log still holds the pages of before
    broken.database.close()
    with shop.opened(files()) as installation:
        assert installation.database.read(residue) == ()
        assert shop.found() == []
        shop.check(installation)


def _killed(self: object, tables: object) -> None:
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
