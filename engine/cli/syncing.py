"""`dougong sync`."""

from __future__ import annotations

import argparse
from contextlib import closing

from engine.cli.console import Console
from engine.cli.opening import writing
from engine.diagnostics import DougongError, Message
from engine.extensions import SourceFile
from engine.runtime.settings import Settings
from engine.runtime.sources.running import SourceOrder, SourceReport, runner_of
from engine.runtime.sources.shapes import drift_words
from engine.runtime.workers import Workers


def sync(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Run a source; exit 1 when it did not come to its end or a row was refused."""
    file = _file(given)
    with closing(Workers()) as worker, writing(settings) as installation:
        runner = runner_of(installation.workplace, installation.clock, settings, worker)
        report = runner.run(SourceOrder(given.source, file, given.dry_run, refused=given.refused, afresh=given.afresh))
    _say(report, console)
    console.result(_body(report, console.language))
    return 1 if report.fault or report.problems else 0


def _file(given: argparse.Namespace) -> SourceFile | None:
    if given.file is None:
        return None
    try:
        return SourceFile(given.file.name, given.file.read_bytes())
    except OSError:
        raise DougongError(Message(f"无法读取 {given.file}", f"{given.file} cannot be read")) from None


def _say(report: SourceReport, console: Console) -> None:
    counts = report.counts
    for one in report.problems:
        console.line(f"{one.position.text(console.language)} {one.field}: {one.message.text(console.language)}")
    console.say(
        f"读取 {counts.read}，新增 {counts.created}，更新 {counts.updated}，不变 {counts.unchanged}，拒绝 {counts.refused}",
        f"{counts.read} read, {counts.created} created, {counts.updated} updated, "
        f"{counts.unchanged} unchanged, {counts.refused} refused",
    )
    for drift in report.drift:
        console.line(drift_words(drift).text(console.language))
    if report.fault is not None:
        console.line(f"{report.error}: {report.fault.message.text(console.language)}")


def _body(report: SourceReport, language: str) -> dict[str, object]:
    fault = report.fault
    return {
        "source": report.source,
        **report.counts.as_row(),
        "problems": [
            {"position": one.position.text(language), "field": one.field, "message": one.message.text(language)}
            for one in report.problems
        ],
        "drift": [{"field": one.field, "before": one.before, "now": one.now} for one in report.drift],
        "error": None if fault is None else {"code": report.error, "message": fault.message.text(language)},
    }
