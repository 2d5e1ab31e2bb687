"""A place to practise: an empty database of a draft's definitions, gone afterwards, and its app tests run there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from designer.workflows.practice import Part, Walked
from engine.installation.app_tests import run_one
from engine.installation.migration import migrate
from engine.model.app import AppModel
from engine.model.tests import AppTest
from engine.runtime.clock import clock_from
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.statements import StatementCache
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.schema.executor import Stamp
from engine.runtime.testing.coverage import Coverage
from engine.runtime.work import OneModel, Workplace
from engine.runtime.workflow.flow_following import follow


class PracticeGround:
    """Practice places on SQLite in a folder for the time being."""

    @contextmanager
    def place(self, model: AppModel) -> Iterator[Workplace]:
        """An empty database of a model."""
        with self._database(model) as (database, folder):
            yield Workplace(
                database, OneModel(model), IdSource(clock_from("")), StatementCache(), b"0" * 32, folder, follow
            )

    def walked(self, model: AppModel, entity: str) -> Walked:
        """What the app tests about an entity walk."""
        tests = [one for suite in model.suites.values() for one in suite.tests if is_about(one, entity)]
        parts: dict[Part, list[str]] = {}
        failed: list[str] = []
        if not tests:
            return Walked({}, (), ())
        with self._database(model) as (database, folder):
            statements, ids = StatementCache(), IdSource(clock_from(""))
            for test in tests:
                coverage = Coverage()
                if run_one(model, database, folder, test, statements, ids, coverage):
                    failed.append(test.id)
                for flow, part, how in {*coverage.flows, *((*one, "taken") for one in coverage.transitions)}:
                    parts.setdefault((flow, part, how), []).append(test.id)
        found = {part: tuple(names) for part, names in parts.items()}
        return Walked(found, tuple(one.id for one in tests), tuple(failed))

    @contextmanager
    def _database(self, model: AppModel) -> Iterator[tuple[SqliteDatabase, Path]]:
        with tempfile.TemporaryDirectory(prefix="dougong-practice-") as folder:
            database = SqliteDatabase(Path(folder) / "practice.sqlite3")
            try:
                migrate(database, model, Stamp(1, to_micros(clock_from("").now()), model.fingerprint))
                yield database, Path(folder)
            finally:
                database.close()


def is_about(test: AppTest, entity: str) -> bool:
    """Whether a test has rows of an entity, or acts on some."""
    return any(row.entity == entity for row in test.rows) or any(
        step.arguments.get("entity") == entity for step in test.steps
    )
