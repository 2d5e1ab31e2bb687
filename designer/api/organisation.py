"""The organisation over HTTP: what is drawn of it, what is found in it, and what acts on it would change.

Acts themselves are commands (`do: organisation`) in the one journal of the designer; they are live at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.api.asked import Asked
from designer.organisation.acts import KIND
from designer.organisation.chart import Chart
from designer.organisation.consequences import sheet, tried
from designer.studio import Studio
from engine.diagnostics import Message
from engine.model.context import Context
from engine.model.errors import Forbidden, NotFound
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"unit", "find"})


@dataclass(frozen=True, slots=True)
class OrganisationApi:
    """The endpoints of the organisation: for those who design and administer."""

    studio: Studio

    def show(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/organisation: the top of the tree; `unit` opens one, `find` looks for units and people."""
        _administered(work.context)
        chart, asked = Chart(work), call.first
        if asked.get("find"):
            return json_response(chart.found(asked["find"][:100]))
        if not asked.get("unit"):
            return json_response(chart.top())
        unit = chart.tree.units.get(decode_id(asked["unit"]))
        if unit is None:
            raise NotFound
        return json_response(chart.opened(unit))

    def consequences(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/organisation/consequences with `acts`: what they would change. Nothing is changed."""
        _administered(work.context)
        found = tried(work, {"do": KIND, "acts": Asked.of(call).values.get("acts")})
        context = work.context

        def respond() -> Response:
            return json_response(site.workplace.read(context, lambda again: sheet(again, found)))

        return Afterwards(respond)


def _administered(context: Context) -> None:
    if not context.principal.administrator:
        raise Forbidden(Message("只有管理员可以查看和调整组织", "The organisation is for administrators"))
