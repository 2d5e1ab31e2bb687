"""The subject desk: requests of data subjects with their clocks, a new one from a search for the person, legal holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.model.requests import Condition, QueryRequest
from engine.model.subjects import subject_entities
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.query.lists import list_records
from engine.runtime.sovereignty.cargo import DOWNLOAD, Cargo
from engine.runtime.sovereignty.subjects.certificate import VERIFIER, public_key
from engine.runtime.sovereignty.subjects.clock import DESK
from engine.runtime.sovereignty.subjects.deciding import hold, hours_left, open_request, release
from engine.runtime.sovereignty.subjects.holds import LegalHold, holds_of
from engine.runtime.sovereignty.subjects.ledger import known_ledger, ledger_path
from engine.runtime.sovereignty.subjects.requests import OPEN, RequestState, SubjectRequest, requests_of
from engine.runtime.sovereignty.subjects.words import AUTHORITY_WORDS, BASIS_WORDS, IDENTITY_WORDS, STATE_WORDS
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

FOUND = 12
"""People that a search shows."""
SOON = 6.0
"""Hours before the end of the clock from which it warns."""
DONE = {
    "withdraw": Message("已撤回", "Withdrawn"),
    "hold": Message("法律保全已设置", "The legal hold is placed"),
    "release": Message(
        "法律保全已解除，等待它的请求重新预演", "The hold is released; requests that waited are planned anew"
    ),
}
TONES = {
    RequestState.PLANNING: "info",
    RequestState.PLANNED: "warning",
    RequestState.HELD: "neutral",
    RequestState.APPROVED: "info",
    RequestState.RUNNING: "info",
    RequestState.DONE: "success",
    RequestState.UNPROVED: "danger",
    RequestState.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as it is read; `clock` says how much of the 24 hours is left, `share` how much has gone, in per cent."""

    id: str
    title: str
    kind: str
    state: str
    tone: str
    asked: str
    by: str
    clock: str
    share: int
    late: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /subjects?entity=…&q=…"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Take a request in (act=ask), place a legal hold (act=hold), release one (act=release). Raises BadRequest and what
    `deciding` raises."""
    form = call.form_first()
    match form.get("act"):
        case "ask":
            subject = (required_text(form, "entity"), decode_id(required_text(form, "record")))
            checked = (form.get("basis", ""), form.get("identity", ""), form.get("authority", ""))
            made = open_request(work, subject, checked, ledger_path(site.settings.data, site.settings.erase_ledger))
            return see_other(f"{DESK}/{encode_id(made.id)}")
        case "hold":
            record = form.get("record", "")
            subject_of_hold = (required_text(form, "entity"), decode_id(record) if record else None)
            hold(work, subject_of_hold, (required_text(form, "case"), _day(form.get("review", ""))))
        case "release":
            release(work, decode_id(required_text(form, "hold")))
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{DESK}?done={form['act']}")


def verifier(work: Work, call: Call, site: Site) -> Response:
    """GET /subjects/verifier: the one file that checks certificates without us."""
    headers = {"content-disposition": f'attachment; filename="{VERIFIER.name}"'}
    content = VERIFIER.read_bytes()
    answer = Taken(content, media_type="text/x-python", headers=headers)
    return taken(answer, Cargo(DOWNLOAD, "G0", "subject:verifier", size=len(content)))


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language, asked = work.context.language, call.first
    kinds = sorted(subject_entities(work.model.entities))
    entity = asked.get("entity", "") if asked.get("entity") in kinds else (kinds[0] if kinds else "")
    words = asked.get("q", "").strip()
    done = DONE.get(asked.get("done", "")) if call.method == "GET" else None
    values = {
        "title": Message("主体请求台", "Subject desk").text(language),
        "message": message,
        "done": done.text(language) if done else "",
        "requests": [line_of(work, one) for one in requests_of(work.session)],
        "kinds": [(one, work.model.entities[one].label.text(language)) for one in kinds],
        "entity": entity,
        "q": words,
        "found": _people(work, entity, words) if words and entity else [],
        "bases": [(name, one.text(language)) for name, one in BASIS_WORDS.items()],
        "identities": [(name, one.text(language)) for name, one in IDENTITY_WORDS.items()],
        "authorities": [(name, one.text(language)) for name, one in AUTHORITY_WORDS.items()],
        "holds": [_hold(work, one) for one in holds_of(work.session)],
        "ledger": known_ledger(work.session) or "",
        "public_key": public_key(work.key),
    }
    return page_response(work, call, site, "subjects.html", values, status=status)


def line_of(work: Work, one: SubjectRequest) -> RequestLine:
    """A request in words."""
    context = work.context
    left = hours_left(one, context.now)
    is_open = one.state in OPEN
    clock = (
        Message(f"还剩 {max(0, left):.1f} 小时", f"{max(0, left):.1f} h left")
        if left > 0
        else Message("已超过 24 小时", "Over 24 hours")
    )
    people = {user.id: user.label for user in all_users(work.session)}
    kind = work.model.entities.get(one.entity)
    return RequestLine(
        id=encode_id(one.id),
        title=title_of(work, one.entity, one.record),
        kind=kind.label.text(context.language) if kind else one.entity,
        state=STATE_WORDS[one.state].text(context.language),
        tone=TONES[one.state],
        asked=format_instant(one.created_at, context.language, context.now, context.zone),
        by=people.get(one.created_by or 0, "—"),
        clock=clock.text(context.language) if is_open else "",
        share=min(100, max(0, round(100 * (24 - left) / 24))),
        late="danger" if left <= 0 else "warning" if left <= SOON else "",
    )


def title_of(work: Work, entity: str, record: int) -> str:
    """What a subject is called, as far as it is still there and the reader may read it."""
    declared = work.model.entities.get(entity)
    if declared is None:
        return "—"
    request = QueryRequest(entity, ((declared.title,),), where=Condition(("id",), "eq", record), limit=1)
    try:
        found = list_records(work, request).records
    except DougongError:
        return encode_id(record)
    return str(found[0].cells.get(declared.title) or encode_id(record)) if found else "—"


def _people(work: Work, entity: str, words: str) -> list[tuple[str, str, str]]:
    """Whom a search finds: id, title, and what tells them apart."""
    declared = work.model.entities[entity]
    beside = [name for name in declared.natural_key if name != declared.title][:1]
    request = QueryRequest(entity, ((declared.title,), *((one,) for one in beside)), search=words, limit=FOUND)
    return [
        (
            encode_id(one.id),
            str(one.cells.get(declared.title) or "—"),
            " · ".join(str(one.cells[name]) for name in beside if one.cells.get(name)),
        )
        for one in list_records(work, request).records
    ]


def _hold(work: Work, one: LegalHold) -> dict[str, str]:
    people = {user.id: user.label for user in all_users(work.session)}
    entity = work.model.entities.get(one.entity)
    every = Message("所有记录", "every record").text(work.context.language)
    return {
        "id": encode_id(one.id),
        "case": one.case_number,
        "about": f"{entity.label.text(work.context.language) if entity else one.entity} · "
        + (every if one.record is None else title_of(work, one.entity, one.record)),
        "owner": people.get(one.owner, "—"),
        "review": one.review_on.isoformat(),
        "late": "1" if one.review_on < work.context.today else "",
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(Message("请填写复核日期", "Write when the hold is looked at again"), field="review") from None
