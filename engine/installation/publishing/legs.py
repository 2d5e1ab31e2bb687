"""Legs: some app tests of some packs, run in a worker's child that keeps what it has compiled from leg to leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.dsl.compiler import compile_packs
from engine.installation.app_tests import FailedTest, TestResult, failed_test, run_one
from engine.installation.migration import migrate
from engine.installation.publishing.affected import TestName, said_by
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.model.app import AppModel
from engine.runtime.clock import clock_from
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.statements import StatementCache
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.nodes.registry import node_specs
from engine.runtime.schema.executor import Stamp
from engine.runtime.sources.registry import connector_specs
from engine.runtime.sovereignty.key_opening import KeyPlace, make_vault
from engine.runtime.testing.coverage import Coverage
from engine.runtime.testing.tracing import tables_in
from engine.widgets.registry import read_widgets

PLACES = 2
"""Places that a child keeps: the run that is under way, and the one before, whose last legs may still come."""


@dataclass(frozen=True, slots=True)
class Leg:
    """How the tests of a leg ended, by name, and what each touched."""

    ended: Mapping[TestName, FailedTest | None]
    touched: Mapping[TestName, frozenset[str]]


class _Place:
    """Packs compiled, with an empty database of theirs."""

    def __init__(self, folders: tuple[Path, ...], place: Path) -> None:
        compilation = compile_packs(folders, read_widgets(WIDGETS), node_specs(), connector_specs())
        if compilation.model is None:
            raise DoesNotCompile(compilation.diagnostics)
        self.folders = folders
        self.model: AppModel = compilation.model
        self._folder = place
        self._database = SqliteDatabase(place / "tests.sqlite3")
        migrate(self._database, self.model, Stamp(1, to_micros(clock_from("").now()), self.model.fingerprint))
        self._statements, self._ids = StatementCache(), IdSource(clock_from(""))
        self._vault = make_vault(KeyPlace(place), clock_from(""))

    def run(self, names: frozenset[TestName]) -> Leg:
        ended: dict[TestName, FailedTest | None] = {}
        touched: dict[TestName, frozenset[str]] = {}
        for key, suite in self.model.suites.items():
            for test in suite.tests:
                if (key, test.id) not in names:
                    continue
                seen = Coverage()
                database, folder = self._database, self._folder
                failures = run_one(self.model, database, folder, test, self._statements, self._ids, seen, self._vault)
                result = TestResult(suite.name, test.id, test.label, test.place, failures)
                ended[key, test.id] = failed_test(result) if failures else None
                touched[key, test.id] = tables_in(seen.statements) | said_by(test, self.model)
        return Leg(ended, touched)

    def close(self) -> None:
        self._database.close()
        self._vault.close()


_KEPT: list[_Place] = []


def run_leg(folders: Sequence[Path], names: frozenset[TestName], place: Path) -> Leg:
    """Run some tests of packs, with their database at `place`, which whoever asks takes away; for a worker, which is given paths and
    gives values. Raises DoesNotCompile."""
    kept = next((one for one in _KEPT if one.folders == tuple(folders)), None)
    if kept is None:
        while len(_KEPT) >= PLACES:
            _KEPT.pop(0).close()
        kept = _Place(tuple(folders), place)
        _KEPT.append(kept)
    return kept.run(names)
