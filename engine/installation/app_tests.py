"""Running app tests: each on a fresh database with its own units, users and rows, by the services that users reach."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.dsl.compiler import compile_packs
from engine.dsl.suggestions import listed, suggestion
from engine.extensions import Clock
from engine.installation.migration import migrate
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.model.app import AppModel
from engine.model.names import Label, Place
from engine.model.tests import AppTest
from engine.runtime.clock import clock_from
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.statements import StatementCache
from engine.runtime.database.trying import tried
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.nodes.registry import node_specs
from engine.runtime.schema.executor import Stamp
from engine.runtime.sources.registry import connector_specs
from engine.runtime.sovereignty.key_opening import KeyPlace, make_vault
from engine.runtime.sovereignty.vault import Vault
from engine.runtime.testing.coverage import Coverage, coverage_of
from engine.runtime.testing.running import Failure, run_test
from engine.runtime.testing.tracing import TracedSession
from engine.runtime.work import OneModel, Workplace
from engine.runtime.workflow.flow_following import follow
from engine.widgets.registry import read_widgets

DEFAULT_CLOCK = "2026-03-02T09:00:00+08:00"


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended."""

    suite: str
    test: str
    label: Label
    place: Place
    failures: tuple[Failure, ...]

    __test__ = False


@dataclass(slots=True)
class TestReport:
    """How all tests ended, and what they covered: name to (covered, total)."""

    results: list[TestResult] = field(default_factory=list)
    coverage: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    __test__ = False


class UnknownSuite(DougongError):
    """A name that is neither a folder nor a suite of the packs."""

    code = "unknown_suite"
    status = 404

    def __init__(self, name: str, model: AppModel) -> None:
        names = sorted(suite.name for suite in model.suites.values())
        hint = suggestion(name, names) or Message(f"现有：{listed(names)}", f"there are: {listed(names)}")
        super().__init__(
            Message(
                f"「{name}」既不是文件夹，也不是测试套件。{hint.zh}",
                f'"{name}" is neither a folder nor a suite; {hint.en}',
            )
        )


class _StandingClock:
    """The test's clock: stands at one instant."""

    def __init__(self, text: str) -> None:
        self._now = datetime.fromisoformat(text).astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0


def run_suites(folders: Sequence[Path], names: Sequence[str] = (), database: Database | None = None) -> TestReport:
    """Run the suites of packs; with `database` on that one (one after another, each undone), else on SQLite in memory-backed files."""
    compilation = compile_packs(folders, read_widgets(WIDGETS), node_specs(), connector_specs())
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    model = compilation.model
    known = {name for key, suite in model.suites.items() for name in (key, suite.name)}
    for name in names:
        if name not in known:
            raise UnknownSuite(name, model)
    with tempfile.TemporaryDirectory(prefix="dougong-tests-") as folder:
        opened = database or SqliteDatabase(Path(folder) / "tests.sqlite3")
        try:
            migrate(opened, model, Stamp(1, to_micros(clock_from("").now()), model.fingerprint))
            return _run(model, opened, Path(folder), names)
        finally:
            if database is None:
                opened.close()


def _run(model: AppModel, database: Database, folder: Path, names: Sequence[str]) -> TestReport:
    report, coverage = TestReport(), Coverage()
    statements = StatementCache()
    ids = IdSource(clock_from(""))
    vault = make_vault(KeyPlace(folder), clock_from(""))
    for key, suite in model.suites.items():
        if names and not {key, suite.name}.intersection(names):
            continue
        for test in suite.tests:
            failures = run_one(model, database, folder, test, statements, ids, coverage, vault)
            report.results.append(TestResult(suite.name, test.id, test.label, test.place, failures))
    vault.close()
    report.coverage = coverage_of(model, coverage)
    return report


def run_one(
    model: AppModel,
    database: Database,
    folder: Path,
    test: AppTest,
    statements: StatementCache,
    ids: IdSource,
    coverage: Coverage,
    vault: Vault,
) -> tuple[Failure, ...]:
    """Run one test on a migrated database and undo it; what it covers is added to `coverage`."""
    clock: Clock = _StandingClock(test.clock or DEFAULT_CLOCK)
    workplace = Workplace(database, OneModel(model), ids, statements, b"0" * 32, folder, follow, vault=vault)

    def unit(session: Session) -> tuple[Failure, ...]:
        return tuple(run_test(workplace, TracedSession(session, coverage.statements), test, clock, coverage))

    try:
        return tried(database.write, unit)
    except DougongError as error:
        words = Message(f"准备数据失败：{error.message.zh}", f"The given rows fail: {error.message.en}")
        return (Failure("given", test.place, words),)


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed: its suite, what it is called, where it stands, and what was wrong."""

    suite: str
    test: str
    label: Message
    place: str
    problems: tuple[Message, ...]


def failed_test(one: TestResult) -> FailedTest:
    """A test that failed, as it is told."""
    label = Message(one.label.text("zh") or one.test, one.label.text("en") or one.test)
    return FailedTest(one.suite, one.test, label, str(one.place), tuple(failure.message for failure in one.failures))
