"""Sources: what is declared, when each last ran and how it ended, and running one now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.extensions import SourceFile
from engine.model.errors import BadRequest
from engine.model.sources import Source
from engine.runtime.sources.faults import NoSuchSource
from engine.runtime.sources.refusals import refusal_count
from engine.runtime.sources.registry import connector_specs
from engine.runtime.sources.running import SourceOrder, SourceReport, runner_of
from engine.runtime.sources.shapes import Drift, drift_words
from engine.runtime.sources.standing import Standing, standings
from engine.runtime.sources.tables import SourceRun, last_runs
from engine.runtime.sovereignty.ledger import recent_attempts
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.refused_rows import field_called, refused_path
from engine.web.shell import page_response
from engine.web.site import Site

PROBLEMS_SHOWN = 200
SCHEDULES = {
    "hourly": Message("每小时", "Hourly"),
    "daily": Message("每天", "Daily"),
    "weekly": Message("每周一", "Mondays"),
}


def sources(work: Work, call: Call, site: Site) -> Response:
    """All sources with their last runs."""
    return _page(work, call, site)


def run(work: Work, call: Call, site: Site) -> Afterwards:
    """Run or rehearse a source, after this unit of work: it opens its own and goes out of the house."""
    form, upload = call.form_first(), call.files.get("file")
    if form.get("act") not in {"run", "rehearse", "afresh"}:
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    name = form.get("source", "")
    if name not in work.model.sources:
        raise NoSuchSource(name[:48])
    file = SourceFile(upload.filename, upload.content) if upload is not None else None
    dry_run, user = form["act"] == "rehearse", work.context.principal.user_id
    order = SourceOrder(name, file, dry_run, user, afresh=form["act"] == "afresh")
    context = work.context

    def respond() -> Response:
        report = runner_of(site.workplace, site.clock, site.settings, site.workers).run(order)
        return site.workplace.read(context, lambda after: _page(after, call, site, report, order))

    return Afterwards(respond)


def sources_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, message=error.message.text(work.context.language), status=error.status)


def _page(
    work: Work,
    call: Call,
    site: Site,
    report: SourceReport | None = None,
    order: SourceOrder | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    language = work.context.language
    runs, stands = last_runs(work.session, work.model.sources), standings(work.session, work.model.sources)
    values = {
        "title": Message("数据源", "Sources").text(language),
        "message": message,
        "sources": [_line(work, one, runs.get(one.name), stands[one.name]) for one in work.model.sources.values()],
        "report": report,
        "rehearsed": order is not None and order.dry_run,
        "ran": work.model.sources[report.source].label.text(language) if report else "",
        "fault": report.fault.message.text(language) if report and report.fault else "",
        "problems": [
            (
                one.position.text(language),
                field_called(work, work.model.sources[report.source], one.field),
                one.message.text(language),
            )
            for one in report.problems[:PROBLEMS_SHOWN]
        ]
        if report
        else [],
        "attempts": [(_moment(work, one.at), one) for one in recent_attempts(work.session, 10)],
    }
    return page_response(work, call, site, "sources.html", values, status=status)


def _line(work: Work, source: Source, last: SourceRun | None, standing: Standing) -> dict[str, object]:
    """What the page shows of one source."""
    language = work.context.language
    destination = work.model.destinations.get(source.destination or "")
    return {
        "name": source.name,
        "label": source.label.text(language),
        "kind": connector_specs()[source.kind].label.text(language),
        "entity": work.model.entities[source.entity].label.text(language),
        "destination": f"{destination.label.text(language)} ({destination.host})" if destination else "",
        "schedule": SCHEDULES[source.schedule].text(language) if source.schedule else "",
        "takes_file": destination is None,
        "last": last,
        "when": _moment(work, last.started) if last else "",
        "as_of": _moment(work, standing.read_at) if standing.read_at else "",
        "goes_on": standing.cursor is not None,
        "again_at": _moment(work, standing.retry_at) if standing.retry_at else "",
        "drift": [_drifted(work, source, one) for one in standing.drift],
        "refused": refusal_count(work.session, source.name),
        "refused_path": refused_path(source.name),
    }


def _drifted(work: Work, source: Source, drift: Drift) -> str:
    named = replace(drift, field=field_called(work, source, drift.field))
    return drift_words(named).text(work.context.language)


def _moment(work: Work, at: datetime) -> str:
    return at.astimezone(ZoneInfo(work.context.zone)).strftime("%Y-%m-%d %H:%M")
