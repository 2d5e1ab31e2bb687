"""A small application with sources of every kind, read from a simulator and from files, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.application import Installation, bring_up_to_date, open_installation
from engine.extensions import SourceFile
from engine.model.context import Context, Principal
from engine.model.requests import QueryRequest, Sort
from engine.runtime.database.protocol import Session
from engine.runtime.query.lists import list_records
from engine.runtime.records.writing import create
from engine.runtime.rows import delete, select
from engine.runtime.settings import Settings
from engine.runtime.sources.refusals import REFUSAL
from engine.runtime.sources.running import SourceOrder, SourceReport, SourceRunner
from engine.runtime.sources.seen import SEEN
from engine.runtime.sources.standing import STANDING, Standing, standing_of
from engine.runtime.sources.tables import SOURCE_RUN, SourceRun, runs_of
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.conftest import FixedClock
from tests.runtime.simulator import Simulator

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEEPER = Context(Principal(0, "keeper", frozenset({"keeper"}), service="test"), NOW)
COLUMNS = ("code", "name", "price", "made_on", "grade", "maker")

FILES = {
    "pack.yaml": """
label: {zh: 物料, en: Items}
version: 0.1.0
languages: [zh, en]
""",
    "entities/maker.yaml": """
label: {zh: 厂家, en: Maker}
title: name
natural_key: [code]
fields:
  code: {type: text, required: true, unique: true, label: {zh: 代码, en: Code}}
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
""",
    "entities/item.yaml": """
label: {zh: 物料, en: Item}
title: name
natural_key: [code]
fields:
  code: {type: text, required: true, unique: true, max_length: 20, label: {zh: 编码, en: Code}}
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  price: {type: money, scale: 4, min: 0, label: {zh: 价格, en: Price}}
  made_on: {type: date, label: {zh: 生产日期, en: Made on}}
  grade:
    type: choice
    default: plain
    label: {zh: 等级, en: Grade}
    choices: {plain: {zh: 普通, en: Plain}, fine: {zh: 精品, en: Fine}}
  maker: {type: relation, to: maker, on_delete: clear, inverse: items, label: {zh: 厂家, en: Maker}}
  keeper: {type: user, default_formula: "user.id", label: {zh: 保管, en: Keeper}}
""",
    "roles/keeper.yaml": """
label: {zh: 保管员, en: Keeper}
""",
    "roles/reader.yaml": """
label: {zh: 读者, en: Reader}
""",
    "roles/administrator.yaml": """
label: {zh: 管理员, en: Administrator}
administers: true
""",
    "access/item.yaml": """
grants:
  - {id: keep, roles: [keeper], actions: [read, create, update, delete]}
  - {id: look, roles: [reader], actions: [read]}
""",
    "access/maker.yaml": """
grants:
  - {id: keep, roles: [keeper], actions: [read, create, update, delete]}
""",
}
SHEET_FIELDS = "{code: 编码, name: 名称, price: 价格, made_on: 生产日期, grade: 等级, maker: 厂家}"
JSON_FIELDS = "{code: /sku, name: /title, price: /price/list, made_on: /made, grade: /grade, maker: /maker/code}"
SQL_FIELDS = "{code: sku, name: title, price: price, made_on: made, grade: grade, maker: maker}"


def source(kind: str, fields: str, settings: str, more: str = "roles: [keeper]") -> str:
    return (
        f"label: {{zh: 来源, en: Source}}\nkind: {kind}\nentity: item\n{more}\nkey: [code]\nfields: {fields}\n"
        f"settings: {settings}\n"
    )


def remote(settings: str, destination: str = "erp") -> str:
    return source("http_json", JSON_FIELDS, settings, f"roles: [keeper]\ndestination: {destination}")


def definitions(port: int, more: Mapping[str, str]) -> dict[str, str]:
    """The files of the pack; the destination `erp` is the simulator."""
    erp = (
        f"label: {{zh: ERP, en: ERP}}\nscheme: http\nhost: localhost\nport: {port}\nmax_level: G1\n"
        "purposes: [operation]\nallow_private: true\n"
    )
    return {**FILES, "destinations/erp.yaml": erp, **{f"sources/{name}.yaml": text for name, text in more.items()}}


@dataclass
class SourceWorld:
    """An installation of the pack and everything around it."""

    installation: Installation
    clock: FixedClock
    simulator: Simulator
    runner: SourceRunner
    waits: list[float] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        folder = self.installation.settings.data / "inbox"
        folder.mkdir(exist_ok=True)
        return folder

    def run(self, name: str, file: tuple[str, bytes] | None = None, dry_run: bool = False) -> SourceReport:
        return self.runner.run(SourceOrder(name, SourceFile(*file) if file else None, dry_run))

    def maker(self, code: str, name: str) -> None:
        self.installation.workplace.write(KEEPER, lambda work: create_maker(work, code, name))

    def again(self, name: str) -> SourceReport:
        """Take up the rows that were refused."""
        return self.runner.run(SourceOrder(name, refused=True))

    def afresh(self, name: str) -> SourceReport:
        """Read all from the beginning."""
        return self.runner.run(SourceOrder(name, afresh=True))

    def standing(self, name: str) -> Standing:
        return self.installation.database.read(lambda session: standing_of(session, name))

    def rows(self) -> list[tuple[object, ...]]:
        """The rows of `item` as a reader sees them, in order of their codes."""
        request = QueryRequest("item", tuple((name,) for name in COLUMNS), sort=(Sort(("code",)),), limit=200)
        page = self.installation.workplace.read(KEEPER, lambda work: list_records(work, request))
        return [
            tuple(one.cells.get("maker.@title") if name == "maker" else one.cells.get(name) for name in COLUMNS)
            for one in page.records
        ]

    def versions(self) -> int:
        return len(self.installation.database.read(lambda session: select(session, "item__version", ("version",))))

    def runs(self, name: str) -> list[SourceRun]:
        return self.installation.database.read(lambda session: runs_of(session, name))

    def empty(self) -> None:
        """Takes every row out again, so that tests share one installation."""

        def act(session: Session) -> None:
            for table in ("item__version", "item", SOURCE_RUN):
                delete(session, table, {"version >": 0} if "item" in table else {"id >": 0})
            for table in (STANDING, SEEN, REFUSAL):
                delete(session, table, {"source >": ""})

        self.installation.database.write(act)
        self.simulator.answers.clear()
        self.simulator.asked.clear()
        self.waits.clear()
        for file in self.inbox.iterdir():
            file.unlink()


@contextmanager
def source_world(
    folder: Path, url: str, simulator: Simulator, sources: Mapping[str, str], secrets: Mapping[str, str]
) -> Iterator[SourceWorld]:
    """The world, with one maker in it."""
    for path, text in definitions(simulator.port, sources).items():
        file = folder / "pack" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    clock = FixedClock(NOW)
    database = url if url.startswith("postgres") else ""
    settings = Settings(data=folder / "data", packs=str(folder / "pack"), database=database, rate_limit=100_000)
    installation = open_installation(settings, clock)
    bring_up_to_date(installation)
    workplace, waits = installation.workplace, list[float]()
    worker = Workers()
    gate = EgressGate(workplace.database, workplace.models, workplace.ids, clock)
    runner = SourceRunner(workplace, gate, clock, settings.zone, worker, secrets, waiting(clock, waits))
    world = SourceWorld(installation, clock, simulator, runner, waits)
    installation.workplace.write(
        KEEPER, lambda work: [create_maker(work, code, name) for code, name in (("M1", "华东厂"), ("M2", "华北厂"))]
    )
    try:
        yield world
    finally:
        worker.close()
        installation.database.close()


def create_maker(work: Work, code: str, name: str) -> None:
    create(work, "maker", {"code": code, "name": name})


def waiting(clock: FixedClock, waits: list[float]) -> Callable[[float], None]:
    """Waits by moving the clock."""

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    return wait
