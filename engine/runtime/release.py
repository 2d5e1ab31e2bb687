"""Release: which version of the product last brought the database up to date. An older product leaves a newer one alone."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.model.version import is_older
from engine.runtime.database.protocol import Session
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tables import Column, PhysicalKind, Table

RELEASE = "dougong_release"
RELEASE_TABLE = Table(
    RELEASE,
    (Column("id", PhysicalKind.INTEGER, nullable=False), Column("version", PhysicalKind.TEXT, nullable=False)),
)


class NewerDatabase(DougongError):
    """A newer version of the product has changed the database: this one would not understand it."""

    code = "newer_database"
    status = 409

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(
            Message(
                f"数据库已由更新的版本 {theirs} 升级，本程序是 {ours}。请安装 {theirs} 或更新的版本，或从升级前的备份恢复；什么都没有改动",
                f"The database was upgraded by version {theirs}, which is newer than this one, {ours}. Install {theirs} or later, "
                "or restore a backup from before the upgrade; nothing was changed",
            )
        )


def recorded_release(session: Session) -> str:
    """The version that brought the database up to date, empty for one from before releases were recorded."""
    if RELEASE not in table_names(session):
        return ""
    rows = select(session, RELEASE, ("version",), {"id": 1})
    return str(rows[0][0]) if rows else ""


def refuse_newer(session: Session, ours: str) -> None:
    """Raises NewerDatabase."""
    theirs = recorded_release(session)
    if is_older(ours, theirs):
        raise NewerDatabase(theirs, ours)


def record_release(session: Session, version: str) -> None:
    """This version has brought the database up to date."""
    if version and not update(session, RELEASE, {"version": version}, {"id": 1}):
        insert(session, RELEASE, {"id": 1, "version": version})
