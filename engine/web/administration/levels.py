"""Levels of fields: what is sensitive and why; suggestions are confirmed with a click, refused or lowered with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.model.level_rules import LEVELS, SENSITIVE, level_rules
from engine.runtime.identity.users import all_users
from engine.runtime.jobs import enqueue, oldest_about
from engine.runtime.moments import last_moment
from engine.runtime.sovereignty.evidence_words import evidence_words, kind_words
from engine.runtime.sovereignty.field_levels import FieldLevel, FieldState, Wish, decide, field_levels
from engine.runtime.sovereignty.level_scanning import ABOUT, SCAN
from engine.runtime.sovereignty.level_tables import LevelAct, LevelDecision
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/levels"
PAGE = 50
MOST_REASONS = 5
STATES = {
    FieldState.SUGGESTED: (Message("待确认", "To be confirmed"), "warning"),
    FieldState.DRIFTED: (Message("与上次不同", "Differs from before"), "danger"),
    FieldState.CONFIRMED: (Message("已确认，待写入定义", "Confirmed, to be written down"), "info"),
    FieldState.DECLARED: (Message("已定级", "Declared"), "success"),
    FieldState.REFUSED: (Message("已否决", "Refused"), "neutral"),
}
SHOWN = {
    "waiting": Message("待确认", "To confirm"),
    "sensitive": Message("G3 和 G4", "G3 and G4"),
    "decided": Message("人工决定", "Decided"),
    "all": Message("全部字段", "All fields"),
}
DONE = {
    "confirm": Message("已确认；把下面这一行写进定义", "Confirmed; write the line below into the definition"),
    "refuse": Message("已否决；同样的建议不再提出", "Refused; it is not suggested again"),
    "lower": Message("已降级，理由已记录", "Lowered; the reason is kept"),
    "scan": Message("已排队扫描", "A scan is queued"),
}


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A field as the page shows it."""

    key: str
    label: str
    entity: str
    place: str
    declared: str
    level: str
    kind: str
    state: str
    tone: str
    reasons: Sequence[str]
    may_decide: bool
    lower: Sequence[str]
    line: str
    decided: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/levels?show=…&page=…: fields by level, those to be confirmed first, fifty a page."""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Decide on a field, or queue a scan now. Raises NotFound, BadRequest."""
    form, act = call.form_first(), call.form_first().get("act", "")
    if act == "scan":
        if oldest_about(work.session, ABOUT, SCAN) is None:
            enqueue(work, SCAN, ABOUT, {})
        return see_other(f"{PATH}?done=scan")
    if act not in set(LevelAct):
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    entity, _, field = required_text(form, "key").partition(".")
    decide(work, Wish((entity, field), LevelAct(act), form.get("level", ""), form.get("reason", "")))
    wanted = "decided" if act == LevelAct.CONFIRM else "waiting"
    return see_other(f"{PATH}?show={wanted}&done={act}")


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language, asked = work.context.language, call.first
    every = field_levels(work)
    waiting = sum(one.state in {FieldState.SUGGESTED, FieldState.DRIFTED} for one in every)
    chosen = asked.get("show", "") if asked.get("show") in SHOWN else ("waiting" if waiting else "sensitive")
    found = [one for one in every if _is_shown(one, chosen)]
    number = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 6 else 0
    names = {user.id: user.label for user in all_users(work.session)}
    done = DONE.get(asked.get("done", "")) if call.method == "GET" else None
    scanned = last_moment(work.session, SCAN)
    values = {
        "title": Message("数据分级", "Levels of fields").text(language),
        "lines": [_line(work, one, names) for one in found[number * PAGE : (number + 1) * PAGE]],
        "counts": [(level, sum(one.holds == level for one in every)) for level in reversed(LEVELS)],
        "waiting": waiting,
        "show": chosen,
        "shown": [(name, words.text(language)) for name, words in SHOWN.items()],
        "more": number + 1 if len(found) > (number + 1) * PAGE else 0,
        "message": message,
        "done": done.text(language) if done else "",
        "scanned": format_instant(scanned, language, work.context.now, work.context.zone) if scanned else "",
        "rules": level_rules().version,
    }
    return page_response(work, call, site, "administration/levels.html", values, status=status)


def _is_shown(one: FieldLevel, chosen: str) -> bool:
    if chosen == "waiting":
        return one.state in {FieldState.SUGGESTED, FieldState.DRIFTED}
    if chosen == "sensitive":
        return one.holds in SENSITIVE or (one.suggested or "") in SENSITIVE
    return chosen == "all" or one.decision is not None


def _line(work: Work, one: FieldLevel, names: dict[int, str]) -> LevelLine:
    language = work.context.language
    words, tone = STATES[one.state]
    suggested = one.suggested or one.holds
    return LevelLine(
        key=f"{one.entity.name}.{one.field.name}",
        label=one.field.label.text(language),
        entity=one.entity.label.text(language),
        place=str(one.field.place),
        declared=one.declared,
        level=suggested,
        kind=kind_words(one.finding.kind).text(language) if one.finding is not None and one.finding.kind else "",
        state=words.text(language),
        tone=tone,
        reasons=tuple(_reasons(one, language)),
        may_decide=one.state in {FieldState.SUGGESTED, FieldState.DRIFTED},
        lower=[level for level in LEVELS if one.declared <= level < suggested],
        line=one.line if one.state is FieldState.CONFIRMED else "",
        decided=_decided(work, one.decision, names) if one.decision is not None else "",
    )


def _reasons(one: FieldLevel, language: str) -> Iterator[str]:
    if one.finding is None:
        return
    if one.finding.drifted:
        latest, before = one.finding.latest, one.finding.level
        yield Message(f"上次 {before}，这次只有 {latest}", f"{before} before, only {latest} now").text(language)
    for reason in one.finding.evidence[:MOST_REASONS]:
        yield evidence_words(reason, one.finding.kind).text(language)


def _decided(work: Work, one: LevelDecision, names: dict[int, str]) -> str:
    language, context = work.context.language, work.context
    who = names.get(one.decided_by or 0, "—")
    when = format_instant(one.decided_at, language, context.now, context.zone)
    reason = f" · {one.reason}" if one.reason else ""
    return f"{who} · {when}{reason}"
