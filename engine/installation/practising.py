"""Practising, in a worker's child: workflows of a draft tried in an empty database of its own, app tests about an entity run there.
What was compiled and set up for one question stays for the next about the same draft."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from designer.api.workflows import tried_body
from designer.file_names import file_name
from designer.workflows.practice import Drafted, Part, Trial
from designer.workflows.trying import Attempt
from engine.dsl.compiler import Compiler
from engine.installation.app_tests import run_one
from engine.installation.migration import migrate
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.tests import AppTest
from engine.runtime.clock import clock_from
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.statements import StatementCache
from engine.runtime.database.trying import tried
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.nodes.registry import node_specs
from engine.runtime.schema.executor import Stamp
from engine.runtime.sources.registry import connector_specs
from engine.runtime.sovereignty.key_opening import KeyPlace, make_vault
from engine.runtime.testing.coverage import Coverage
from engine.runtime.work import OneModel, Work, Workplace
from engine.runtime.workflow.flow_following import follow
from engine.widgets.registry import read_widgets


class Walk(NamedTuple):
    """Parts that tests walk with the names of these, and the tests that failed."""

    parts: Mapping[Part, tuple[str, ...]]
    failed: tuple[str, ...]


class _Ground:
    """The compiler, and the place of the draft that was asked about last."""

    def __init__(self) -> None:
        self._compiler = Compiler((), read_widgets(WIDGETS), node_specs(), connector_specs())
        self._known = ""
        self._model: AppModel | None = None
        self._folder: Path | None = None
        self._database: SqliteDatabase | None = None
        self.vault = make_vault(KeyPlace(Path()), clock_from(""))
        self.statements, self.ids = StatementCache(), IdSource(clock_from(""))

    def stand_on(self, draft: Drafted) -> tuple[AppModel, SqliteDatabase, Path]:
        """The draft's model and an empty database of it. Raises DoesNotCompile."""
        if self._known != draft.fingerprint or self._model is None or self._database is None or self._folder is None:
            self._leave()
            self._compiler.folders, self._compiler.unsaved = draft.folders, dict(draft.unsaved)
            compilation = self._compiler.compile()
            if compilation.model is None:
                raise DoesNotCompile(compilation.diagnostics)
            self._model = compilation.model
            self._folder = draft.place / draft.fingerprint[:16]
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()
            self._database = SqliteDatabase(self._folder / "practice.sqlite3")
            self.vault = make_vault(KeyPlace(self._folder), clock_from(""))
            stamp = Stamp(1, to_micros(clock_from("").now()), self._model.fingerprint)
            migrate(self._database, self._model, stamp)
            self.statements, self._known = StatementCache(), draft.fingerprint
        return self._model, self._database, self._folder

    def undone(self, draft: Drafted, context: Context, act: Callable[[Work], object]) -> object:
        """What an act gives in a unit of work of which nothing stays."""
        model, database, folder = self.stand_on(draft)
        place = Workplace(
            database, OneModel(model), self.ids, self.statements, b"0" * 32, folder, follow, vault=self.vault
        )
        return tried(database.write, lambda session: place.act(session, context, act))

    def _leave(self) -> None:
        if self._database is not None and self._folder is not None:
            self._database.close()
            self.vault.close()
            shutil.rmtree(self._folder, ignore_errors=True)
        self._model = self._database = self._folder = None


_GROUND: list[_Ground] = []


def ground() -> _Ground:
    """The ground of this process, made when it is needed first."""
    if not _GROUND:
        _GROUND.append(_Ground())
    return _GROUND[0]


def try_out(draft: Drafted, trial: Trial) -> object:
    """What a workflow comes to, as JSON. Raises DougongError."""
    model, _, _ = ground().stand_on(draft)
    named = file_name(trial.file)
    name = named.name if named is not None else ""
    found = model.flows.get(name) or model.workflows[name]
    language = trial.context.language
    return ground().undone(
        draft, trial.context, lambda work: tried_body(Attempt(work, model, trial.wish), found, language)
    )


def names_about(draft: Drafted, entity: str) -> tuple[str, ...]:
    """The app tests about an entity."""
    return tuple(one.id for one in _tests(ground().stand_on(draft)[0], entity))


def walk(draft: Drafted, entity: str, names: frozenset[str]) -> Walk:
    """Run some of the app tests about an entity, each by itself."""
    model, database, folder = ground().stand_on(draft)
    parts: dict[Part, list[str]] = {}
    failed: list[str] = []
    for test in _tests(model, entity):
        if test.id not in names:
            continue
        coverage = Coverage()
        if run_one(model, database, folder, test, ground().statements, ground().ids, coverage, ground().vault):
            failed.append(test.id)
        for flow, part, how in {*coverage.flows, *((*one, "taken") for one in coverage.transitions)}:
            parts.setdefault((flow, part, how), []).append(test.id)
    return Walk({part: tuple(names) for part, names in parts.items()}, tuple(failed))


def _tests(model: AppModel, entity: str) -> tuple[AppTest, ...]:
    return tuple(one for suite in model.suites.values() for one in suite.tests if _is_about(one, entity))


def _is_about(test: AppTest, entity: str) -> bool:
    """Whether a test has rows of an entity, or acts on some."""
    return any(row.entity == entity for row in test.rows) or any(
        step.arguments.get("entity") == entity for step in test.steps
    )
