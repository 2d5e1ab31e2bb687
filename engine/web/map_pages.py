"""Pages of decision-chain maps: all that the reader may see, one drawn with its gaps, and the flow that it becomes."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.dsl.map_flow import flow_draft
from engine.model.errors import NotFound
from engine.model.levels import LOWEST
from engine.runtime.decision_maps import make_tasks, visible_map, visible_maps
from engine.runtime.sovereignty.cargo import DOWNLOAD, Cargo
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call, whole_number
from engine.web.map_views import map_view
from engine.web.responses import see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.decision_map.drawing import map_drawing


def show_all(work: Work, call: Call, site: Site) -> Response:
    """GET /maps: every map that the reader may see, with how much of it rests on definitions."""
    scene = scene_for(work, call)
    charts = [map_view(work, scene, chart.name) for chart in visible_maps(work)]
    values = {"title": Message("决策链图", "Decision-chain maps").text(scene.language), "charts": charts}
    return page_response(work, call, site, "maps.html", values)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /maps/{map}?node=…: the map drawn, with the chosen step beside it."""
    return _page(work, call, site, "", 200)


def make_gap_tasks(work: Work, call: Call, site: Site) -> Response:
    """POST /maps/{map}: a to-do for every gap that has none open."""
    chart = visible_map(work, call.parameters["map"])
    return see_other(f"/maps/{chart.name}?made={make_tasks(work, chart)}#gaps")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    scene = scene_for(work, call)
    view = map_view(work, scene, call.parameters["map"])
    url = f"/maps/{view.name}"
    step = view.step(call.first.get("node", ""))
    made = call.first.get("made", "")
    values = {
        "title": view.label,
        "chart": view,
        "url": url,
        "drawing": map_drawing(view, url, step.id if step else "", view.label),
        "step": step,
        "chosen": step.id if step else "",
        "made": whole_number(made),
        "message": message,
        "open_gaps": [one for one in view.gaps if not one.has_task],
        "back": "/maps",
    }
    return page_response(work, call, site, "map.html", values, status=status)


def show_flow(work: Work, call: Call, site: Site) -> Response:
    """GET /maps/{map}/flow?download=1: the text of the flow that the map becomes, and what its author must still say."""
    chart = work.model.maps.get(call.parameters["map"])
    if chart is None:
        raise NotFound
    draft = flow_draft(work.model, chart)
    if call.first.get("download"):
        name = quote(f"{draft.name}.yaml", safe="")
        disposition = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        answer = Taken(draft.text, media_type="application/yaml; charset=utf-8", headers=disposition)
        return taken(answer, Cargo(DOWNLOAD, LOWEST, f"map:{chart.name}"))
    language = work.context.language
    values = {
        "title": Message("转为流程", "As a flow").text(language),
        "label": chart.label.text(language),
        "chart": chart,
        "draft": draft,
        "notes": [one.text(language) for one in draft.notes],
        "back": f"/maps/{chart.name}",
    }
    return page_response(work, call, site, "map_flow.html", values)
