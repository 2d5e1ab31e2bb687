"""An installation of the smallest application that publishes, opened, and looked at from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from designer.draft.rows import current_rev
from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.publishing.plan import Order
from engine.installation.publishing.publisher import Agreement, Publisher
from engine.installation.publishing.staging import live_texts
from engine.installation.served import installed_packs
from engine.runtime.design_versions import Version, versions
from engine.runtime.schema.journal import recorded_schema
from engine.runtime.settings import Settings
from tests.conftest import FixedClock
from tests.designer.editions import base
from tests.runtime.textual import NOW

CHANGES: Mapping[str, str | None] = {
    "tasks/roles/boss.yaml": "label: {zh: 主管, en: Boss}\nhome: task_board\n",
    "tasks/tests/task_status.yaml": None,
}
FIELD = "  due_on: {type: date, label: {zh: 截止日期, en: Due on}}\n"
PLACE = "  place: {type: text, label: {zh: 地点, en: Place}}\n"
ENTITY = "tasks/entities/task.yaml"


@dataclass
class World:
    """The installation and its publisher."""

    installation: Installation
    publisher: Publisher

    @property
    def data(self) -> Path:
        return self.installation.settings.data

    def live(self) -> dict[str, str]:
        return live_texts(installed_packs(self.installation.settings))

    def with_field(self) -> dict[str, str | None]:
        """Changes of every kind: a field, a new file, one that goes."""
        return {**CHANGES, ENTITY: self.live()[ENTITY].replace(FIELD, FIELD + PLACE)}

    def publish(self, texts: Mapping[str, str | None], agreement: Agreement | None = None) -> Version:
        rev = self.installation.database.read(current_rev)
        return self.publisher.publish(Order(texts, None, rev=rev), agreement or Agreement())

    def versions(self) -> list[Version]:
        return self.installation.database.read(versions)

    def columns(self) -> frozenset[str]:
        schema = self.installation.database.read(recorded_schema)
        return frozenset(one.name for one in schema.tables["task"].columns)


@contextmanager
def world(folder: Path, database_url: str) -> Iterator[World]:
    """The installation of `folder`, set up when there is none yet, for as long as the block lasts."""
    if not (folder / "packs" / "tasks").exists():
        (folder / "packs").mkdir(parents=True)
        base(folder / "packs")
    installation = opened(folder, database_url)
    try:
        yield World(installation, publisher_of(installation))
    finally:
        installation.database.close()


@contextmanager
def shipped_world(data: Path) -> Iterator[World]:
    """An installation of the shipped packs."""
    installation = open_installation(Settings(data=data), FixedClock(NOW))
    bring_up_to_date(installation)
    try:
        yield World(installation, publisher_of(installation))
    finally:
        installation.database.close()


def opened(folder: Path, database_url: str) -> Installation:
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"))
    installation = open_installation(settings, FixedClock(NOW))
    bring_up_to_date(installation)
    return installation


def publisher_of(installation: Installation) -> Publisher:
    return Publisher(installation.settings, installation.workplace, installation.models, installation.clock)
