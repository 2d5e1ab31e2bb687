"""Refused rows of a source: what came, what was wrong with it; taken up again or let go."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.model.sources import Source
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.sources.faults import NoSuchSource
from engine.runtime.sources.refusals import Refusal, let_go, refusal_count, refusals_of
from engine.runtime.sources.running import SourceOrder, SourceReport, runner_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

SHOWN = 100
LONGEST = 60


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A refused row as the page shows it: what tells it, each problem with its field and the value that stood there."""

    id: str
    key: str
    place: str
    when: str
    problems: tuple[tuple[str, str, str], ...]


def refused_path(source: str) -> str:
    """Where the refused rows of a source are."""
    return f"/admin/sources/{source}/refused"


def field_called(work: Work, source: Source, name: str) -> str:
    """What a field that a source fills is called; the name itself where the entity has none of that name."""
    field = work.model.entities[source.entity].fields.get(name)
    return field.label.text(work.context.language) if field else name


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/sources/{source}/refused?after=…: refused rows, oldest first; from the first where none is behind."""
    return _page(work, call, site)


def act(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """Take all refused rows up again, after this unit of work, or let one go."""
    form, source = call.form_first(), _source(work, call)
    if form.get("act") == "let_go":
        let_go(work.session, source.name, [decode_id(required_text(form, "row"))])
        return see_other(_part(source, _after(call)))
    if form.get("act") != "again":
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    order = SourceOrder(source.name, user=work.context.principal.user_id, refused=True)
    context = work.context

    def respond() -> Response:
        report = runner_of(site.workplace, site.clock, site.settings, site.workers).run(order)
        return site.workplace.read(context, lambda after: _page(after, call, site, report))

    return Afterwards(respond)


def _after(call: Call) -> int:
    """The row behind which the page begins; 0 for the first page."""
    return decode_id(call.first["after"]) if call.first.get("after") else 0


def _part(source: Source, after: int) -> str:
    """The page of the rows behind one."""
    return refused_path(source.name) + (f"?after={encode_id(after)}" if after else "")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The page with what went wrong."""
    return _page(work, call, site, message=error.message.text(work.context.language), status=error.status)


def _page(
    work: Work,
    call: Call,
    site: Site,
    report: SourceReport | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    source, language = _source(work, call), work.context.language
    after = _after(call)
    found = refusals_of(work.session, source.name, after, SHOWN + 1) or refusals_of(
        work.session, source.name, 0, SHOWN + 1
    )
    values = {
        "title": Message("被拒绝的行", "Refused rows").text(language),
        "back": "/admin/sources",
        "of": source.label.text(language),
        "here": _part(source, after),
        "next": _part(source, found[SHOWN - 1].id) if len(found) > SHOWN else "",
        "count": refusal_count(work.session, source.name),
        "lines": [_line(work, source, one) for one in found[:SHOWN]],
        "report": report,
        "message": message or (report.fault.message.text(language) if report and report.fault else ""),
    }
    return page_response(work, call, site, "refused_rows.html", values, status=status)


def _source(work: Work, call: Call) -> Source:
    name = call.parameters["source"]
    if name not in work.model.sources:
        raise NoSuchSource(name[:48])
    return work.model.sources[name]


def _line(work: Work, source: Source, one: Refusal) -> RefusedLine:
    language = work.context.language
    return RefusedLine(
        encode_id(one.id),
        " · ".join(text for name in source.key if (text := one.cells.get(name, "")[:LONGEST])),
        one.position.text(language),
        format_instant(one.refused, language, work.context.now, work.context.zone),
        tuple(
            (field_called(work, source, name), one.cells.get(name, "")[:LONGEST], words.text(language))
            for name, words in one.problems
        ),
    )
