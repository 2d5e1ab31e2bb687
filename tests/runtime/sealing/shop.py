"""An installation of deals that is opened again and again with other definitions, and what lies in its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from runtime.sealing.test_sealed_rows import BUDGET, VALUES
from runtime.textual import HASH, NOW

from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.history import history
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.query.records import get_record
from engine.runtime.records.writing import create, update
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
