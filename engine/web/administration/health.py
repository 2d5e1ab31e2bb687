"""Health: the database, the disk, the clock, the version, the last backup, and what the definitions say."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.version import product_version
from engine.runtime.backup.last import last_backup
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.facts.desk import FactStanding
from engine.runtime.instants import from_micros
from engine.runtime.jobs import waiting
from engine.runtime.schema.journal import migrations
from engine.runtime.work import Work
from engine.web.administration.storage import Room, room_of
from engine.web.calls import Call
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_bytes, format_instant

BACKUP_OLD = timedelta(days=2)
CLOCK_OFF = timedelta(seconds=5)
WAL_LARGE = 256_000_000
GOOD, WORTH_A_LOOK, BAD = "success", "warning", "danger"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, what was found, how it does, and what helps when it does not."""

    icon: str
    label: str
    value: str
    tone: str = GOOD
    remedy: str = ""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/health"""
    language = work.context.language
    findings = findings_of(work, site)
    worst = max((one.tone for one in findings), key=(GOOD, WORTH_A_LOOK, BAD).index)
    values = {
        "title": Message("健康", "Health").text(language),
        "findings": findings,
        "worst": worst,
        "packs": [(pack.label.text(language), pack.version, pack.name) for pack in work.model.packs.values()],
        "facts": list(_facts(work, language)),
        "diagnostics": tuple(site.compiling().diagnostics),
    }
    return page_response(work, call, site, "administration/health.html", values)


def findings_of(work: Work, site: Site) -> list[Finding]:
    """Everything that is looked at. Takes the same time whatever is stored."""
    room, language = room_of(work.session, site.settings), work.context.language
    return [
        _database(work.session, room, language),
        _disk(room, language),
        _backup(work, site),
        _clock(work.session, language),
        _jobs(work, language),
        _definitions(site, language),
        *_copy_of_facts(site, language),
    ]


def _database(session: Session, room: Room, language: str) -> Finding:
    label = Message("数据库", "Database").text(language)
    if session.dialect == "postgres":
        row = session.row(Statement("SHOW server_version", (), "postgres"))
        return Finding(
            "table", label, f"PostgreSQL {str(row[0]).split()[0] if row else ''} · {format_bytes(room.database)}"
        )
    value = f"SQLite {sqlite3.sqlite_version} · {format_bytes(room.database)} · WAL {format_bytes(room.wal)}"
    if room.wal < WAL_LARGE:
        return Finding("table", label, value)
    words = Message(
        "日志文件很大：可能有一个很久的读取(例如备份)还没有结束。",
        "The log is large: a long read (a backup, say) may still run.",
    )
    return Finding("table", label, value, WORTH_A_LOOK, words.text(language))


def _disk(room: Room, language: str) -> Finding:
    words = Message(
        f"可用 {format_bytes(room.free)} / 共 {format_bytes(room.total)}",
        f"{format_bytes(room.free)} free of {format_bytes(room.total)}",
    )
    remedy = Message("腾出空间，或缩短保留期限。", "Make room, or shorten the retention.") if room.low else None
    return Finding(
        "boxes",
        Message("磁盘", "Disk").text(language),
        words.text(language),
        BAD if room.low else GOOD,
        remedy.text(language) if remedy else "",
    )


def _backup(work: Work, site: Site) -> Finding:
    context, language = work.context, work.context.language
    label, last = Message("上次备份", "Last backup").text(language), last_backup(site.settings.data)
    if last is None:
        remedy = Message(
            "用 dougong backup 建立，并让它每天运行。", "Make one with dougong backup, and let it run daily."
        )
        return Finding("download", label, Message("从未", "Never").text(language), WORTH_A_LOOK, remedy.text(language))
    value = format_instant(last.at, language, context.now, context.zone)
    if context.now - last.at > BACKUP_OLD:
        remedy = Message(
            "超过两天没有备份了，请检查定时任务。", "No backup for more than two days; look at the schedule."
        )
        return Finding("download", label, value, WORTH_A_LOOK, remedy.text(language))
    return Finding("download", label, value)


def _clock(session: Session, language: str) -> Finding:
    """The clock of this machine, against the database's where that is another."""
    label, here = Message("时钟", "Clock").text(language), datetime.now(UTC)
    if session.dialect == "sqlite":
        return Finding("clock", label, f"{here:%Y-%m-%d %H:%M} UTC")
    row = session.row(
        Statement("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", (), "postgres")
    )
    off = abs(from_micros(int(str(row[0]))) - datetime.now(UTC)) if row else timedelta()
    value = f"{here:%Y-%m-%d %H:%M} UTC · Δ {off.total_seconds():.1f} s"
    if off < CLOCK_OFF:
        return Finding("clock", label, value)
    words = Message(
        "与数据库服务器的时钟不一致，请校时。", "This clock and the database server's differ; set them right."
    )
    return Finding("clock", label, value, BAD, words.text(language))


def _jobs(work: Work, language: str) -> Finding:
    jobs = waiting(work.session)
    dead = sum(one.dead for one in jobs)
    value = Message(f"{len(jobs) - dead} 项等待，{dead} 项已停止", f"{len(jobs) - dead} waiting, {dead} stopped")
    remedy = Message("在「死信」里重试或放弃。", "Retry them or give them up under Dead letters.").text(language)
    return Finding(
        "refresh",
        Message("作业", "Jobs").text(language),
        value.text(language),
        BAD if dead else GOOD,
        remedy if dead else "",
    )


def _definitions(site: Site, language: str) -> Finding:
    label, problems = Message("定义", "Definitions").text(language), site.compiling().diagnostics
    if not problems:
        return Finding("file", label, Message("已编译，没有问题", "Compiled, no problem").text(language))
    words = Message(
        f"新的定义有 {len(problems)} 个问题，仍在运行上一版", f"{len(problems)} problems; the last good one serves"
    )
    return Finding("file", label, words.text(language), WORTH_A_LOOK)


def _copy_of_facts(site: Site, language: str) -> Iterator[Finding]:
    """How the columnar copy stands, where the settings ask for one: which figures come from it, and why others do not."""
    if site.facts is None:
        return
    standing = site.facts.standing()
    label = Message(f"指标副本 ({standing.engine})", f"Copy of facts ({standing.engine})").text(language)
    left = sum(standing.left.values())
    told = Message(
        f"{standing.answered} 个问题由副本回答，{left} 个由数据库回答",
        f"{standing.answered} questions answered by the copy, {left} by the database",
    ).text(language)
    words, remedy, tone = _WORDS_OF_FACTS[_state_of_facts(standing)]
    fresh = "" if standing.fresh is None else f" · {standing.fresh:.0f} s"
    yield Finding("table", label, f"{words.text(language)}{fresh} · {told}", tone, remedy.text(language))


def _state_of_facts(standing: FactStanding) -> str:
    if standing.problem:
        return standing.problem
    return "current" if standing.built and standing.fresh is not None else "building"


_WORDS_OF_FACTS: Mapping[str, tuple[Message, Message, str]] = {
    "current": (Message("与数据库一致", "As the database"), Message("", ""), GOOD),
    "building": (
        Message("正在建立", "Being made"),
        Message("建好之前由数据库回答。", "Until then the database answers."),
        GOOD,
    ),
    "missing": (
        Message("没有安装", "Not installed"),
        Message(
            "数字由数据库回答。安装扩展：pip install dougong[facts] 或 dougong[clickhouse]，然后重新启动。",
            "The database answers. Install the extra: pip install dougong[facts] or dougong[clickhouse], then start again.",
        ),
        WORTH_A_LOOK,
    ),
    "failed": (
        Message("出错", "Failed"),
        Message(
            "数字由数据库回答；原因见日志 dougong.facts。", "The database answers; the log of dougong.facts says why."
        ),
        WORTH_A_LOOK,
    ),
}


def _facts(work: Work, language: str) -> Iterator[tuple[str, str]]:
    done = [one for one in migrations(work.session) if not one.reverted]
    last = (
        format_instant(from_micros(done[-1].applied_at), language, work.context.now, work.context.zone) if done else "—"
    )
    yield Message("版本", "Version").text(language), product_version() or "—"
    yield "Python", platform.python_version()
    yield Message("模型", "Model").text(language), work.model.fingerprint[:12]
    yield Message("实体数", "Entities").text(language), str(len(work.model.entities))
    yield Message("上次迁移", "Last migration").text(language), last
    yield (
        Message("语句缓存命中", "Statement cache hits").text(language),
        f"{work.statements.hits} / {work.statements.misses}",
    )
