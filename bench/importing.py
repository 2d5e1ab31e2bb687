"""A process that brings a sheet in, takes it back, or counts what is there: `python -m bench.importing FOLDER DATABASE ACT`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from bench.imports import COLUMNS, living
from bench.sales_world import NOW
from engine.application import Installation, open_installation
from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.jobs import any_due
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.transfer.runs import IMPORT_JOB, ImportRunner, begin, undo
from engine.runtime.transfer.spooling import Spooled, spool
from engine.runtime.transfer.tables import IMPORT, ImportRun, add_run, run_of, sheet_path
from engine.runtime.work import Work
from engine.runtime.workers import Workers


def main(folder: Path, database: str, act: str) -> None:
    installation = open_installation(Settings(data=folder, database=database))
    try:
        if act == "count":
            print(installation.database.read(lambda session: living(installation.workplace.open(session, _nobody()))))
            return
        run = _standing(installation) or _begun(installation, folder)
        if act == "undo":
            installation.workplace.write(_nobody(), lambda work: undo(work, _run(work, run)))
        _carry_on(installation, run)
    finally:
        installation.database.close()


def _nobody() -> Context:
    return Context(Principal(0, "bench", frozenset(), service="bench"), NOW)


def _standing(installation: Installation) -> int | None:
    rows = installation.database.read(lambda session: select(session, IMPORT, ("id",)))
    return int(str(rows[0][0])) if rows else None


def _begun(installation: Installation, folder: Path) -> int:
    """Read the sheet and let it be brought in by somebody of the headquarters."""
    ids = installation.ids
    person, identity = ids.next(), ids.next()
    new = NewUser(person, "importer", "Importer", 0, None, roles=("headquarters",))
    installation.database.write(lambda session: create_user(session, new))
    target = sheet_path(folder, identity)
    target.parent.mkdir(exist_ok=True)
    workers = Workers()
    found = workers.call(spool, str(folder / "sheet.csv"), "sheet.csv", str(target), seconds=600, megabytes=2_000)
    workers.close()
    assert isinstance(found, Spooled)
    now = installation.clock.now()
    run = ImportRun(
        id=identity,
        entity="store_product",
        user=person,
        post="",
        locale="zh-CN",
        zone="Asia/Shanghai",
        filename="sheet.csv",
        header=found.header,
        columns=COLUMNS,
        key=("sku",),
        total=found.count,
        created_at=now,
    )

    def begins(work: Work) -> None:
        add_run(work.session, run)
        begin(work, run, rehearse=False)

    installation.workplace.write(replace(_nobody(), now=now), begins)
    return identity


def _run(work: Work, run: int) -> ImportRun:
    found = run_of(work.session, run)
    assert found is not None
    return found


def _carry_on(installation: Installation, run: int) -> None:
    """Do all jobs, and say now and then how many lines are done."""
    runner = JobRunner(
        installation.workplace, installation.clock, "Asia/Shanghai", {IMPORT_JOB: ImportRunner(installation.clock)}
    )
    runner.take_over()
    database = installation.database

    def counts(session: Session) -> int:
        found = run_of(session, run)
        return found.counts.lines if found is not None else 0

    while database.read(lambda session: any_due(session, installation.clock.now())):
        runner.run_one()
        print(database.read(counts), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
