"""The composition root: the only place that wires database, model, services and pages into one application."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from designer.browser_half import TEMPLATES as DESIGNER_TEMPLATES
from designer.browser_half import built_files
from designer.feed import DesignFeed
from designer.live import Live
from designer.routes import designer_routes
from designer.studio import Studio
from engine.extensions import Clock
from engine.installation.audit_sealing import AuditSealer
from engine.installation.earlier_flows import EarlierFlows
from engine.installation.fact_keeping import FactKeeper
from engine.installation.holding_back import compiled_installation
from engine.installation.housekeeping import Housekeeper
from engine.installation.job_runner import JobRunner
from engine.installation.key_keeping import KeyKeeper
from engine.installation.leasing import Leaseholder, go_on_after_events
from engine.installation.migration import migrate, migration_stamp
from engine.installation.outside import outside_steps
from engine.installation.practice import PracticeGround
from engine.installation.publishing.api import PublishingApi, publishing_routes
from engine.installation.publishing.following import Follower
from engine.installation.publishing.lock import recover
from engine.installation.publishing.publisher import Publisher
from engine.installation.publishing.testing import TestRuns
from engine.installation.removal_mark import recover_removal
from engine.installation.scheduler import Scheduler
from engine.installation.served import (
    ServedModel,
    own_packs_folder,
    shipped_folder,
)
from engine.runtime.alerts.watching import AlertClock
from engine.runtime.backup.marker import refuse_unfinished
from engine.runtime.clock import clock_from
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import Dialect, StatementCache
from engine.runtime.demo.progress import Progress
from engine.runtime.duties import DutyClock
from engine.runtime.facts.desk import FactDesk, fact_desk
from engine.runtime.figure_watches.clock import FigureClock
from engine.runtime.identifiers import IdSource
from engine.runtime.live_settings import LiveSettings
from engine.runtime.modeling.model_watches import ModelClock
from engine.runtime.modeling.pipeline_trainings import pipeline_table
from engine.runtime.modeling.trainings import School
from engine.runtime.nodes.registry import node_specs
from engine.runtime.openid.directory import Directory
from engine.runtime.openid.exchange import Exchange
from engine.runtime.organisation.standings import Standings
from engine.runtime.records.changed_formulas import catch_up
from engine.runtime.records.starting_rows import stand_up, starting_context
from engine.runtime.reports.clock import ReportClock
from engine.runtime.sealing.moving import mover_of
from engine.runtime.settings import Settings
from engine.runtime.sources.registry import connector_specs
from engine.runtime.sources.running import runner_of
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.sovereignty.key_opening import key_place, make_vault
from engine.runtime.sovereignty.level_scanning import LevelClock
from engine.runtime.sovereignty.self_test import self_test
from engine.runtime.sovereignty.subjects.clock import SubjectClock
from engine.runtime.sovereignty.subjects.running import Eraser
from engine.runtime.themes.learning import Student
from engine.runtime.work import Workplace
from engine.runtime.workers import Nursery, Workers
from engine.runtime.workflow.flow_following import follow
from engine.runtime.workflow.flow_starting import FlowClock
from engine.web.assets import Assets, collect_assets
from engine.web.crew import Crew
from engine.web.dispatch import Route
from engine.web.division_lists import DIVISION_LISTS, division_lists
from engine.web.feed import Feed
from engine.web.front import Front
from engine.web.gate import Gate
from engine.web.logging import configure_logging
from engine.web.meter import Meter
from engine.web.reports.letters import Letters
from engine.web.routes import ROUTES
from engine.web.site import Site
from engine.web.url_table import UrlTable
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER, Renderer, load_modules, make_environment
from engine.widgets.shared import STYLE_BUNDLE, STYLE_SHEETS

TEMPLATES = Path(__file__).parent / "web" / "templates"
KEY_FILE = "cursor.key"
CREW: dict[Dialect, int] = {"sqlite": 1, "postgres": 4}
"""Threads at work at a time: a database in the process computes under the same lock as we do, one behind a socket does not."""
Act = Callable[[], None]
CLOCKS = (DutyClock, ReportClock, AlertClock, FigureClock, SubjectClock, LevelClock, ModelClock)
"""What is looked at now and then, each by itself."""
WORK = ("reading", "learning of themes", "printing", "testing", "training", "practising", "proving")
"""What an application has children for."""


class LooksNowAndThen(Protocol):
    """Does what it is time for; how much that was."""

    def look(self, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation: its database, its served model, its clock, and the workplace over them."""

    settings: Settings
    database: Database
    models: ServedModel
    clock: Clock
    ids: IdSource
    workplace: Workplace
    facts: FactDesk | None = None

    def close(self) -> None:
        """End the connections to the database and to the keys."""
        if self.workplace.vault is not None:
            self.workplace.vault.close()
        self.database.close()


def open_installation(
    settings: Settings, clock: Clock | None = None, models: ServedModel | None = None
) -> Installation:
    """Open the database and compile the packs, unless `models` are compiled already.

    Raises DoesNotCompile, DatabaseUnavailable, RestoreUnfinished, CiphersUnfit.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    refuse_unfinished(settings.data)
    self_test()
    now = clock or clock_from(settings.now)
    key = _key(settings.data)
    database, ids = open_database(settings.database_url), IdSource(now)
    try:
        recover(settings.data, database)
        recover_removal(settings.data, database, ids, key)
        served = models or compiled_installation(settings, database, key)
    except BaseException:
        database.close()
        raise
    vault = make_vault(key_place(settings), now)
    earlier = EarlierFlows(lambda: served.compiler.folders, served.current)
    facts = fact_desk(settings, database, served, now)
    workplace = Workplace(database, served, ids, StatementCache(), key, settings.data, follow, earlier, facts, vault)
    return Installation(settings, database, served, now, ids, workplace, facts)


def bring_up_to_date(installation: Installation, consent: bool = False) -> int:
    """Migrate the database to the served model; the number of operations."""
    model = installation.models.current()
    stamp = migration_stamp(model, installation.ids, installation.clock)
    done = len(migrate(installation.database, model, stamp, consent, mover_of(installation.workplace.vault)).operations)
    go_on_after_events(installation.database, installation.ids)
    context = starting_context(installation.clock.now(), installation.settings.zone)
    stand_up(installation.workplace, context)
    catch_up(installation.workplace, context)
    return done


@cache
def look_of_pages() -> tuple[Assets, Renderer]:
    """Styles, scripts and templates: they come with the product and are the same for every application of a process."""
    bundles, made = {STYLE_BUNDLE: STYLE_SHEETS}, {DIVISION_LISTS: division_lists()}
    assets = collect_assets(WIDGETS_FOLDER, bundles, made, built_files())
    environment = make_environment(assets.url, TEMPLATES, DESIGNER_TEMPLATES)
    widgets = read_widgets(WIDGETS_FOLDER)
    return assets, Renderer(environment, load_modules(tuple(widgets)), widgets)


def make_site(
    installation: Installation, workers: Workers, press: Workers, live: LiveSettings, making: Progress
) -> Site:
    """What the endpoints stand on."""
    assets, renderer = look_of_pages()
    authorities = installation.settings.authorities
    gate = gate_of(installation.workplace, installation.clock, authorities)
    return Site(
        workplace=installation.workplace,
        renderer=renderer,
        assets=assets,
        clock=installation.clock,
        live=live,
        workers=workers,
        press=press,
        compiling=installation.models.compiling,
        standings=Standings(),
        meter=Meter(),
        feed=Feed(installation.database),
        exchange=Exchange(Directory(gate, installation.models, installation.clock)),
        making=making,
        facts=installation.facts,
    )


def make_school(installation: Installation, worker: Workers) -> School:
    """Where models are trained."""
    settings = installation.settings
    return School(worker, installation.clock, settings.zone, settings.train_memory, pipeline_table)


def make_eraser(installation: Installation, worker: Workers) -> Eraser:
    """What carries out requests of data subjects."""
    drop = installation.facts.drop if installation.facts is not None else (lambda: None)
    return Eraser(installation.settings, installation.clock, worker, drop)


def make_studio(installation: Installation, worker: Workers) -> Studio:
    """What the designer stands on."""
    settings, models = installation.settings, installation.models
    folders = Live(lambda: models.compiler.folders, own_packs_folder(settings.data), shipped_folder(settings))
    studio = Studio(folders, read_widgets(WIDGETS_FOLDER), PracticeGround(worker), node_specs(), connector_specs())
    studio.compiler.beside, models.compiler.beside = (models.compiler,), (studio.compiler,)
    return studio


def make_publishing(installation: Installation, studio: Studio, worker: Workers) -> tuple[Route, ...]:
    """The addresses of publishing and versions."""
    settings, models = installation.settings, installation.models
    publisher = Publisher(settings, installation.workplace, models, installation.clock)
    runs = TestRuns(worker, settings, lambda: models.compiler.folders)
    return publishing_routes(PublishingApi(studio, publisher, runs, installation.database))


def audit_sealer(installation: Installation) -> AuditSealer:
    """What seals the audit log."""
    anchors = installation.settings.audit_anchors
    folder = Path(anchors) if anchors else None
    return AuditSealer(installation.database, installation.workplace.key, installation.clock, folder)


def make_application(installation: Installation, ended: Act | None = None, nursery: Nursery | None = None) -> Front:
    """The ASGI application: routes, the gate before them, threads. Who makes several, one after another, has a nursery."""
    configure_logging()
    workers, bench, press, trial, classroom, practising, proving = (Workers(use, nursery) for use in WORK)
    settings, live, making = installation.settings, LiveSettings(installation.settings), Progress()
    installation.database.read(live.refresh)
    leaseholder = Leaseholder(installation.database, installation.ids, installation.clock)
    housekeeper = Housekeeper(installation.workplace, live, installation.clock)
    flows = FlowClock(installation.workplace, settings.zone, installation.clock.now())
    clocks = [one(installation.workplace, settings.zone) for one in CLOCKS]
    student, school = Student(installation.workplace, bench, settings.zone), make_school(installation, classroom)
    eraser = make_eraser(installation, proving)
    outside = outside_steps(settings, housekeeper, student, Letters(*look_of_pages()), press, making, school, eraser)
    jobs = JobRunner(installation.workplace, installation.clock, settings.zone, outside)
    rounds: tuple[Callable[[], object], ...] = (
        lambda: installation.database.read(live.refresh),
        housekeeper.look,
        KeyKeeper(installation.workplace, live, installation.clock).look,
        lambda: flows.look(installation.clock.now()),
        lambda: student.look(installation.clock.now()),
        *(partial(_look, one, installation.clock) for one in clocks),
    )
    scheduler = Scheduler(runner_of(installation.workplace, installation.clock, settings, workers), rounds)
    crew = Crew(CREW[installation.database.dialect], settings.threads)
    site = make_site(installation, workers, press, live, making)
    studio = make_studio(installation, practising)
    designing = DesignFeed(installation.workplace, studio, installation.clock, lambda: site.standings.designers)
    follower = Follower(settings, installation.database, installation.models)
    keeper, sealer = FactKeeper(installation.facts), audit_sealer(installation)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        leaseholder.start()
        for begun in (jobs, scheduler, follower, keeper, sealer):
            begun.start()
        heard = installation.models.listen(site.feed.renew)
        reading = [asyncio.create_task(one) for one in (site.feed.run(crew.run), designing.run(crew.run))]
        yield
        for one in reading:
            one.cancel()
        heard()
        crew.close()
        for thread in (jobs, scheduler, follower, keeper, sealer, leaseholder):
            thread.stop()
        for children in (workers, bench, trial, press, classroom, practising, proving):
            children.end()
        if ended is not None:
            ended()
        installation.close()

    gate = Gate(lambda: live.current().rate_limit, settings.external_url)
    drawing = make_publishing(installation, studio, trial)
    return Front(site, UrlTable((*ROUTES, *drawing, *designer_routes(studio, designing))), gate, crew, lifespan)


def _look(clock: LooksNowAndThen, time: Clock) -> int:
    return clock.look(time.now())


def _key(folder: Path) -> bytes:
    """The installation's key for cursors, made once and readable by its owner alone."""
    path = folder / KEY_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()
