"""Flows in administration: what runs and why it does not go on, older texts and their verdicts, what steps take."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.model.flows import Flow
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import from_micros
from engine.runtime.work import Work
from engine.runtime.workflow.flow_administration import failed_instances, running_instances, why_stuck
from engine.runtime.workflow.flow_analytics import StepFigures, step_figures
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_migration import Verdict, move_instances, verdicts
from engine.runtime.workflow.flow_reading import Subject, subjects
from engine.web.calls import Call, whole_number
from engine.web.flow_views import Names, step_words
from engine.web.responses import see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.contract import Scene
from engine.widgets.formats import format_duration, format_instant

PATH = "/admin/flows"
_REASONS = {
    "failed": (Message("步骤出错", "A step failed"), "danger"),
    "gone": (Message("处理人已不能登录", "Whoever is asked cannot sign in any more"), "danger"),
    "changed_text": (Message("定义已改变且不再适用", "The definition has changed and no longer fits"), "danger"),
    "picks": (Message("等人指定处理人", "Waits for somebody to choose who answers"), "neutral"),
    "people": (Message("等人处理", "Waits for people"), "neutral"),
    "waiting": (Message("等时间、外部系统或子流程", "Waits for time, the outside or a sub-flow"), "info"),
}


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/flows?flow=…&stuck=1"""
    return _page(work, call, site, "", 200)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /admin/flows: move the instances of a flow that fit to its newest text."""
    name = call.form_first().get("flow", "")
    flow = work.model.flows.get(name)
    if flow is None:
        raise NotFound
    return see_other(f"{PATH}?flow={name}&moved={move_instances(work, flow)}")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    scene, names = scene_for(work, call), Names(work)
    chosen = work.model.flows.get(call.first.get("flow", ""))
    stuck = call.first.get("stuck") == "1"
    rows = failed_instances(work.session) if stuck else running_instances(work.session, chosen.name if chosen else None)
    moved = call.first.get("moved", "")
    older = verdicts(work, chosen) if chosen else []
    told = subjects(work, (*rows, *(one.row for one in older)))
    values = {
        "title": Message("流程", "Flows").text(scene.language),
        "flows": [(one.name, scene.words(one.label)) for one in work.model.flows.values()],
        "chosen": chosen.name if chosen else "",
        "stuck": stuck,
        "lines": [_line(work, scene, names, row, told[row.flow, row.record]) for row in rows],
        "older": [_verdict(scene, chosen, one, told[one.row.flow, one.row.record]) for one in older] if chosen else [],
        "times": [_figures(scene, chosen, one) for one in step_figures(work, chosen)] if chosen else [],
        "moved": whole_number(moved),
        "message": message,
    }
    return page_response(work, call, site, "administration/flows.html", values, status=status)


def _line(work: Work, scene: Scene, names: Names, row: Instance, subject: Subject) -> dict[str, object]:
    flow = work.model.flows.get(row.flow)
    places = []
    for one in why_stuck(work, row):
        words, tone = _REASONS[one.reason]
        places.append(
            {
                "step": step_words(flow, one.step, scene) if flow and one.step else "",
                "reason": words.text(scene.language),
                "tone": tone,
                "people": names.all(one.people),
                "problem": one.problem,
            }
        )
    return {
        "url": f"/flows/{encode_id(row.id)}",
        "title": subject.title,
        "flow": scene.words(flow.label) if flow else row.flow,
        "initiator": names.of(row.initiator),
        "since": format_instant(from_micros(row.started_at), scene.language, scene.now, scene.zone),
        "places": places,
    }


def _verdict(scene: Scene, flow: Flow, one: Verdict, subject: Subject) -> dict[str, object]:
    return {
        "url": f"/flows/{encode_id(one.row.id)}",
        "title": subject.title,
        "fits": one.fits,
        "missing": [step_words(flow, step, scene) for step in one.missing],
    }


def _figures(scene: Scene, flow: Flow, one: StepFigures) -> dict[str, object]:
    return {
        "step": step_words(flow, one.step, scene),
        "runs": one.runs,
        "median": format_duration(timedelta(seconds=round(one.median_seconds)), scene.language),
        "longest": format_duration(timedelta(seconds=round(one.longest_seconds)), scene.language),
        "rejected": one.rejected,
        "returned": one.returned,
        "bottleneck": one.bottleneck,
    }
