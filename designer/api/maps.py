"""Decision-chain maps over HTTP: how much of one rests on definitions, and the flow that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.draft.desk import Desk
from designer.refusals import bad
from designer.studio import Studio
from engine.dsl.map_flow import flow_draft
from engine.model.app import AppModel
from engine.model.errors import NotFound
from engine.model.maps import BOUND, DecisionMap
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

BROKEN = (
    "定义里还有错误，先改好「问题」里的错误",
    "The definitions have errors; mend those in the list of problems first",
)


@dataclass(frozen=True, slots=True)
class MapsApi:
    """The endpoints for maps."""

    studio: Studio

    def ground(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/maps/{map}: steps that rest on something a definition says, of how many, and the others' ids."""
        texts, name = Desk(work, self.studio).texts(), call.parameters["map"]

        def respond() -> Response:
            _, chart = self._map(texts, name)
            bound, steps = chart.coverage
            loose = [node.id for node in chart.nodes if node.binding not in BOUND]
            return json_response({"bound": bound, "steps": steps, "loose": loose})

        return Afterwards(respond)

    def flow(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/maps/{map}/flow: the file and the text of the flow, and what its author must still say."""
        texts, name, language = Desk(work, self.studio).texts(), call.parameters["map"], work.context.language

        def respond() -> Response:
            model, chart = self._map(texts, name)
            made = flow_draft(model, chart, _free(texts, chart))
            notes = [one.text(language) for one in made.notes]
            return json_response({"file": _file(chart, made.name), "text": made.text, "notes": notes})

        return Afterwards(respond)

    def _map(self, texts: dict[str, str | None], name: str) -> tuple[AppModel, DecisionMap]:
        """Raises NotFound for a map that is not in the draft, and a refusal where the draft does not compile."""
        model = self.studio.compile(texts).model
        if model is None:
            raise bad(*BROKEN)
        chart = model.maps.get(name)
        if chart is None:
            raise NotFound
        return model, chart


def _file(chart: DecisionMap, flow: str) -> str:
    return f"{chart.pack}/workflows/{flow}.yaml"


def _free(texts: dict[str, str | None], chart: DecisionMap) -> str:
    """A name for the flow that no file has; turning a map twice makes two flows."""
    number, name = 2, f"{chart.name}_flow"
    while texts.get(_file(chart, name)) is not None:
        name, number = f"{chart.name}_flow_{number}", number + 1
    return name
