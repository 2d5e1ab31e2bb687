"""Overrides of advice: how often, where, by which lever, what came of it and what it was expected to cost; for reviewers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.negotiation.override_analysis import DAYS, Group, Overrides, overrides, review_of
from engine.runtime.negotiation.override_bodies import overrides_body, past_body
from engine.runtime.negotiation.past_decisions import MOST, Among, PastDecision, past_decisions, seen_people
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_figures import FigureWords
from engine.web.responses import json_response
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.override_parts import GroupLine

KEYS = frozenset({"days", "unit", "month", "person", "below"})
A_PAGE, READ = 50, 400
"""Decisions on a page of them, and how many are read for it at most."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /negotiations/{negotiation}/overrides?days=90"""
    found = overrides(work, call.parameters["negotiation"], _days(call))
    words, url = FigureWords.of(work, found.negotiation), f"/negotiations/{found.negotiation.name}/overrides"
    values = {
        "title": found.negotiation.label.text(words.language),
        "url": url,
        "days": found.days,
        "all_days": DAYS,
        "headline": _headline(found, words),
        "notes": tuple(_notes(found, words)),
        "ends": (
            words.tally(words.say("采用建议", "Advice taken"), found.followed_tally),
            words.tally(words.say("没有采用", "Overridden"), found.overridden_tally),
        ),
        "levers": tuple(words.tally(words.move(str(one.key)), one.tally) for one in found.levers),
        "units": tuple(_lines(words, f"{url}/decisions?days={found.days}&unit=", found.units, words.unit)),
        "people": tuple(_lines(words, f"{url}/decisions?days={found.days}&person=", found.people, words.person)),
        "months": tuple(_lines(words, f"{url}/decisions?month=", found.months, str)),
        "largest": words.lines(found.largest, seen_people(work)),
    }
    return page_response(work, call, site, "negotiation_overrides.html", values)


def list_them(work: Work, call: Call, site: Site) -> Response:
    """GET /negotiations/{negotiation}/overrides/decisions?unit=…&month=2026-03&person=…&below=…: fifty a page."""
    negotiation = review_of(work, call.parameters["negotiation"])
    decisions, below = _page_of(work, call)
    words, url = FigureWords.of(work, negotiation), f"/negotiations/{negotiation.name}/overrides"
    given = {name: call.first[name] for name in ("days", "unit", "month", "person") if call.first.get(name)}
    values = {
        "title": negotiation.label.text(words.language),
        "url": url,
        "about": tuple(_about(words, call)),
        "lines": words.lines(decisions, seen_people(work)),
        "more": f"{url}/decisions?{urlencode({**given, 'below': below})}" if below else "",
    }
    return page_response(work, call, site, "negotiation_overridden.html", values)


def read_overrides(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/overrides?days=90"""
    return json_response({"data": overrides_body(overrides(work, call.parameters["negotiation"], _days(call)))})


def read_decisions(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/overrides/decisions: as the page of them; `below` of the answer continues."""
    review_of(work, call.parameters["negotiation"])
    decisions, below = _page_of(work, call)
    named = seen_people(work)
    return json_response({"data": [past_body(one, named) for one in decisions], "below": below or None})


def _page_of(work: Work, call: Call) -> tuple[Sequence[PastDecision], str]:
    """The next decisions that are asked for, and where to go on; empty at the end."""
    negotiation, among = review_of(work, call.parameters["negotiation"]), _among(work, call)
    found = past_decisions(work, negotiation, among, READ)
    shown = found.decisions[:A_PAGE]
    if len(found.decisions) > A_PAGE:
        last = shown[-1].judgement
        return shown, f"{to_micros(last.at)}.{encode_id(last.id)}"
    if found.capped and found.lowest is not None:
        return shown, f"{to_micros(found.lowest[0])}.{encode_id(found.lowest[1])}"
    return shown, ""


def _among(work: Work, call: Call) -> Among:
    """What is asked for. Raises BadRequest, NotFound for people whom the reader does not head."""
    given, zone = call.first, ZoneInfo(work.context.zone)
    among = Among(since=work.context.now - timedelta(days=_days(call)))
    if given.get("month"):
        since, until = _month(given["month"], zone)
        among = replace(among, since=since, until=until)
    if given.get("unit"):
        among = replace(among, unit=decode_id(given["unit"]) if given["unit"] != "0" else 0)
    if given.get("person"):
        person = decode_id(given["person"])
        if person not in seen_people(work):
            raise NotFound
        among = replace(among, by=person)
    return replace(among, below=_below(given["below"])) if given.get("below") else among


def _month(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when a month lasts. Raises BadRequest."""
    try:
        begins = datetime.strptime(text, "%Y-%m").replace(tzinfo=zone)
    except ValueError:
        raise BadRequest(Message("月份形如 2026-03", "A month is written as 2026-03")) from None
    return begins, (begins + timedelta(days=32)).replace(day=1)


def _below(text: str) -> tuple[datetime, int]:
    """Where a page goes on. Raises BadRequest."""
    micros, _, identity = text.partition(".")
    if not micros.isdigit() or len(micros) > 17:
        raise BadRequest(Message("below 不是上一页给出的", "This is no below that a page has given"))
    return from_micros(int(micros)), decode_id(identity)


def _days(call: Call) -> int:
    """Raises BadRequest."""
    text = call.first.get("days", "90")
    if text not in {str(one) for one in DAYS}:
        known = ", ".join(map(str, DAYS))
        raise BadRequest(Message(f"days 可选：{known}", f"days is one of {known}"))
    return int(text)


def _headline(found: Overrides, words: FigureWords) -> str:
    share = found.overridden
    if not share.n:
        return words.say(
            f"近 {found.days} 天还没有可比的决定", f"No decisions to compare in the last {found.days} days"
        )
    told = words.share(share)
    return words.say(
        f"近 {found.days} 天 {share.n} 次决定，{share.hits} 次没有采用期望收益最高的方案：{told}",
        f"{share.n} decisions in {found.days} days, {share.hits} did not take the package expected to leave most: {told}",
    )


def _notes(found: Overrides, words: FigureWords) -> Iterable[str]:
    if found.silent:
        yield words.say(
            f"另有 {found.silent} 次决定当时没有赢率，无从比较",
            f"{found.silent} more had no chance of winning to compare by",
        )
    if found.capped:
        yield words.say(f"只看了最近的 {MOST:,} 次", f"Only the newest {MOST:,} were looked at")


def _lines(
    words: FigureWords, url: str, groups: Iterable[Group], label: Callable[[object], str]
) -> Iterable[GroupLine]:
    """Groups with the way to their decisions: `url` ends where the key of a group goes on."""
    for one in groups:
        key = encode_id(one.key) if isinstance(one.key, int) and one.key else str(one.key)
        yield words.group(label(one.key), f"{url}{key}", one.overridden, one.regret, one.before_cost)


def _about(words: FigureWords, call: Call) -> Iterable[str]:
    """What the list is narrowed to."""
    given = call.first
    if given.get("unit"):
        yield words.unit(decode_id(given["unit"]) if given["unit"] != "0" else 0)
    if given.get("person"):
        yield words.person(decode_id(given["person"]))
    yield given["month"] if given.get("month") else words.say(f"近 {_days(call)} 天", f"last {_days(call)} days")
