"""The skill of working with advice: a person's own radar from the records of their decisions, and its table."""

from __future__ import annotations

from decimal import Decimal

from starlette.responses import Response

from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.negotiation.override_bodies import skills_body
from engine.runtime.negotiation.past_decisions import MOST, seen_people
from engine.runtime.negotiation.shares import LEAST
from engine.runtime.negotiation.skills import DAYS, Skill, Skills, skills
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_figures import FEW, FigureWords
from engine.web.responses import json_response
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.charts.radar import radar_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.override_parts import SkillLine

MOST_PEOPLE = 60


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /negotiations/{negotiation}/skills?person=…"""
    found = _found(work, call)
    words = FigureWords.of(work, found.negotiation)
    mine = found.person == work.context.principal.user_id
    values = {
        "title": found.negotiation.label.text(words.language),
        "name": words.person(found.person),
        "mine": mine,
        "decisions": found.decisions,
        "days": DAYS,
        "least": LEAST,
        "most": MOST,
        "capped": found.capped,
        "chart": _chart(found, words) if found.drawn else "",
        "lines": tuple(_line(one, words) for one in found.dimensions),
        "people": _people(work, words, found.person),
        "url": f"/negotiations/{found.negotiation.name}/skills",
    }
    return page_response(work, call, site, "negotiation_skills.html", values)


def read_skills(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/skills?person=…"""
    return json_response({"data": skills_body(_found(work, call))})


def _found(work: Work, call: Call) -> Skills:
    person = call.first.get("person")
    return skills(work, call.parameters["negotiation"], decode_id(person) if person else None)


def _people(work: Work, words: FigureWords, shown: int) -> tuple[tuple[str, str, bool], ...]:
    """Oneself and the people whom the reader heads, by name: address, name, whether it is the one shown."""
    mine = work.context.principal.user_id
    reports = sorted(seen_people(work) - {mine})[:MOST_PEOPLE]
    if not reports:
        return ()
    others = [(encode_id(one), words.person(one), shown == one) for one in reports]
    return ((encode_id(mine), words.say("我自己", "Myself"), shown == mine), *sorted(others, key=lambda one: one[1]))


def _line(skill: Skill, words: FigureWords) -> SkillLine:
    value = words.percent(skill.value) if skill.enough and skill.value is not None else FEW.text(words.language)
    reach = ""
    if skill.enough and skill.low is not None and skill.high is not None:
        low, high = words.percent(skill.low), words.percent(skill.high)
        reach = words.say(f"{low} 至 {high}", f"{low} to {high}")
    language = words.language
    return SkillLine(skill.label.text(language), skill.definition.text(language), value, reach, skill.n, skill.enough)


def _chart(found: Skills, words: FigureWords) -> object:
    """The dimensions with enough cases; the others stand in the table alone."""
    drawn = [one for one in found.dimensions if one.enough]
    values = tuple(Decimal(str(round(one.value or 0.0, 3))) for one in drawn)
    spec = ChartSpec(
        title=words.say("怎样用建议？", "How is advice used?"),
        categories=tuple(one.label.text(words.language) for one in drawn),
        series=(Series(words.person(found.person), values),),
        language=words.language,
        display="percent",
        period=words.say(f"近 {DAYS} 天", f"last {DAYS} days"),
    )
    return radar_chart(spec, maximum=Decimal(1))
