"""How imports do, in words: state, lines by what became of them, pace and time left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.diagnostics import Message
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.transfer.tables import WORKING, ImportRun, ImportState
from engine.runtime.work import Work
from engine.widgets.formats import format_duration, format_instant, format_number

STATES = {
    ImportState.MAPPED: (Message("待对应列", "Columns to map"), "neutral"),
    ImportState.REHEARSING: (Message("试运行中", "Rehearsing"), "info"),
    ImportState.REHEARSED: (Message("已试运行", "Rehearsed"), "info"),
    ImportState.RUNNING: (Message("导入中", "Importing"), "info"),
    ImportState.DONE: (Message("已完成", "Done"), "success"),
    ImportState.UNDOING: (Message("撤销中", "Undoing"), "warning"),
    ImportState.UNDONE: (Message("已撤销", "Undone"), "neutral"),
    ImportState.FAILED: (Message("已中断", "Stopped"), "danger"),
    ImportState.UNDO_FAILED: (Message("撤销中断", "Undo stopped"), "danger"),
}


@dataclass(frozen=True, slots=True)
class RunLine:
    """An import as it is read; `left` is empty where nothing can be said of it yet."""

    id: str
    filename: str
    state: str
    tone: str
    working: bool
    begun: str
    by: str
    done: str
    total: str
    share: int
    pace: str
    left: str
    counts: tuple[tuple[str, str], ...]


def line_of(work: Work, run: ImportRun) -> RunLine:
    context, language = work.context, work.context.language

    def figure(value: int) -> str:
        return format_number(value, language, 0)

    words, tone = STATES[run.state]
    done, total = _progress(run)
    rate = _rate(run, done, context.now)
    user = user_by_id(work.session, run.user)
    left = timedelta(seconds=round((total - done) / rate)) if rate and run.state in WORKING else None
    counts = run.counts
    told = (
        (Message("新增", "Created"), counts.created),
        (Message("更新", "Updated"), counts.updated),
        (Message("不变", "Unchanged"), counts.unchanged),
        (Message("待改正", "To mend"), counts.refused),
        (Message("已撤销", "Undone"), run.undone),
        (Message("保留", "Left"), run.kept),
    )
    return RunLine(
        id=encode_id(run.id),
        filename=run.filename or Message("粘贴的行", "Pasted rows").text(language),
        state=words.text(language),
        tone=tone,
        working=run.state in WORKING,
        begun=format_instant(run.created_at, language, context.now, context.zone),
        by=user.called(language) if user is not None else "—",
        done=figure(done),
        total=figure(total),
        share=round(100 * done / total) if total else 0,
        pace=figure(round(rate)) if rate else "",
        left=format_duration(left, language) if left is not None else "",
        counts=tuple((name.text(language), figure(value)) for name, value in told if value),
    )


def _progress(run: ImportRun) -> tuple[int, int]:
    if run.state in {ImportState.UNDOING, ImportState.UNDO_FAILED, ImportState.UNDONE}:
        return run.undone + run.kept, run.counts.created + run.counts.updated
    return run.counts.lines, run.total


def _rate(run: ImportRun, done: int, now: datetime) -> float:
    """Lines a second since it began."""
    if run.started_at is None or not done:
        return 0.0
    seconds = ((run.finished_at or now) - run.started_at).total_seconds()
    return done / seconds if seconds > 0.5 else 0.0
