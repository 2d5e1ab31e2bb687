"""Trying a new organisation: what a plan would break, who would see more or less; published when nothing breaks."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.units import UnitTree
from engine.runtime.reorganising.changes import SYNTAX, parse_changes
from engine.runtime.reorganising.minimal import minimal_units
from engine.runtime.reorganising.simulation import Simulated, publish, simulate
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/admin/reorganisation"
KINDS = {
    "flow": Message("流程", "Flow"),
    "task": Message("待办", "Tasks"),
    "record": Message("负责人", "Holder"),
    "unit": Message("归属", "Unit"),
}


@dataclass(frozen=True, slots=True)
class RightsLine:
    """Somebody whose rights change, in words."""

    name: str
    gained: str
    lost: str
    units_gained: str
    units_lost: str


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, None, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, None, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Try a plan, which changes nothing, or publish it. Raises BadRequest."""
    form = call.form_first()
    changes = parse_changes(form.get("plan", ""))
    match form.get("act", ""):
        case "try":
            return _page(work, call, site, simulate(work, changes), "", 200)
        case "publish":
            publish(work, changes)
            return see_other(f"{PATH}?done=1")
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))


def _page(work: Work, call: Call, site: Site, found: Simulated | None, message: str, status: int) -> Response:
    language = work.context.language
    done = Message("新组织已生效", "The new organisation is in force").text(language)
    values = {
        "title": Message("组织变更试算", "Trying a reorganisation").text(language),
        "message": message,
        "done": done if call.method == "GET" and call.first.get("done") else "",
        "plan": minimal_units(work) if call.first.get("start") else call.form_first().get("plan", ""),
        "syntax": SYNTAX[language],
        "tried": found is not None,
        "problems": [(KINDS[one.kind].text(language), one.words.text(language), one.count) for one in found.problems]
        if found
        else [],
        "rights": _rights(work, found) if found else [],
    }
    return page_response(work, call, site, "administration/reorganisation.html", values, status=status)


def _rights(work: Work, found: Simulated) -> list[RightsLine]:
    names = {user.id: user.label for user in all_users(work.session)}
    return [
        RightsLine(
            names.get(one.user, "—"),
            _roles(work, one.gained),
            _roles(work, one.lost),
            _units(work, found.after, one.units_gained),
            _units(work, found.before, one.units_lost),
        )
        for one in found.rights
    ]


def _roles(work: Work, names: frozenset[str]) -> str:
    return _joined(work, [work.model.roles[name].label.text(work.context.language) for name in sorted(names)])


def _units(work: Work, tree: UnitTree, units: frozenset[int]) -> str:
    labels = [tree.units[one].label(work.context.language) for one in sorted(units) if one in tree.units]
    more = len(labels) - 5
    return _joined(work, labels[:5]) + (f" +{more}" if more > 0 else "")


def _joined(work: Work, words: list[str]) -> str:
    return ("、" if work.context.language == "zh" else ", ").join(words)
