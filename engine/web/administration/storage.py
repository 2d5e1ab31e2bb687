"""Storage: how much room tables and files take and how much is left; measured anew on demand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.database.open import is_postgres, sqlite_path
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite_files import BALLAST_SUFFIX
from engine.runtime.database.statements import Statement
from engine.runtime.jobs import enqueue
from engine.runtime.measuring import FILES, Measure, known_measures, measure_tables
from engine.runtime.moments import last_moment
from engine.runtime.retention import PRUNE
from engine.runtime.settings import Settings, setting_fields
from engine.runtime.storage.tables import SEARCH_SUFFIX, VERSION_SUFFIX
from engine.runtime.stores import BACKUPS
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_bytes, format_instant, format_number

PATH = "/admin/storage"
LOW = 1_000_000_000
"""Bytes of free disk below which the page warns."""
HISTORY, SEARCH = Message("历史", "history"), Message("搜索索引", "search index")
KERNEL = Message("系统", "System")


@dataclass(frozen=True, slots=True)
class Room:
    """What takes room on the disk, and what is free; bytes."""

    database: int
    wal: int
    ballast: int
    backups: int
    free: int
    total: int

    @property
    def low(self) -> bool:
        return self.free < LOW


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table as the page shows it; `share` is of the largest, in per cent."""

    name: str
    label: str
    rows: str
    size: str
    share: int


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/storage: sizes of now, tables as measured last."""
    language = work.context.language
    known = known_measures(work.session)
    measured = [one for one in known if one.name != FILES]
    room = room_of(work.session, site.settings)
    when = measured[0].measured_at if measured else None
    values: dict[str, object] = {
        "title": Message("存储", "Storage").text(language),
        "room": room,
        "files": next((one for one in known if one.name == FILES), None),
        "used": int(100 * (room.total - room.free) / room.total) if room.total else 0,
        "size": format_bytes,
        "lines": [_line(work, one, measured[0].bytes) for one in measured if one.rows or one.bytes],
        "measured": format_instant(when, language, work.context.now, work.context.zone) if when else "",
        "sqlite": work.session.dialect == "sqlite",
    }
    kept = [one for one in setting_fields() if one.name.startswith("retention_")]
    pruned = last_moment(work.session, PRUNE)
    values["retention"] = [
        (Message(one.metadata["zh"], one.metadata["help"]).text(language), getattr(site.settings, one.name))
        for one in kept
    ]
    values["pruned"] = format_instant(pruned, language, work.context.now, work.context.zone) if pruned else ""
    return page_response(work, call, site, "administration/storage.html", values)


def measure(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """Measure every table, after this unit of work: counting takes its time and holds nobody up; or queue the pruning now."""
    now = work.context.now
    if call.form_first().get("act") == "prune":
        enqueue(work, PRUNE, "", {})
        return see_other("/admin/jobs")

    def respond() -> Response:
        measure_tables(site.workplace.database, now)
        return see_other(PATH)

    return Afterwards(respond)


def room_of(session: Session, settings: Settings) -> Room:
    """What the installation takes and what the disk has left. Takes the same time whatever there is."""
    disk = shutil.disk_usage(settings.data)
    database, wal, ballast = _database(session, settings)
    backups = sum(one.stat().st_size for one in _files(settings.data / BACKUPS))
    return Room(database, wal, ballast, backups, disk.free, disk.total)


def _database(session: Session, settings: Settings) -> tuple[int, int, int]:
    """Bytes of the database, its log and the room kept for a full disk."""
    if is_postgres(settings.database_url):
        row = session.row(Statement("SELECT pg_database_size(current_database())", (), "postgres"))
        return (int(str(row[0])) if row else 0), 0, 0
    path = sqlite_path(settings.database_url)
    files = (path, path.with_name(f"{path.name}-wal"), path.with_name(path.name + BALLAST_SUFFIX))
    sizes = [one.stat().st_size if one.exists() else 0 for one in files]
    return sizes[0], sizes[1], sizes[2]


def _files(folder: Path) -> Iterator[Path]:
    if folder.exists():
        yield from (one for one in folder.iterdir() if one.is_file())


def _line(work: Work, one: Measure, largest: int) -> TableLine:
    language = work.context.language
    return TableLine(
        name=one.name,
        label=_label(work, one.name),
        rows=format_number(one.rows, language),
        size=format_bytes(one.bytes),
        share=max(1, round(100 * one.bytes / largest)) if largest else 0,
    )


def _label(work: Work, table: str) -> str:
    """The entity of a table and what of it the table holds."""
    language = work.context.language
    for suffix, words in ((VERSION_SUFFIX, HISTORY), (SEARCH_SUFFIX, SEARCH)):
        entity = work.model.entities.get(table.removesuffix(suffix))
        if table.endswith(suffix) and entity:
            return f"{entity.label.text(language)} · {words.text(language)}"
    entity = work.model.entities.get(table)
    return entity.label.text(language) if entity else KERNEL.text(language)
