"""The widgets there are, over HTTP: what a palette offers and a panel of properties asks for."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.model.names import Label
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site
from engine.widgets.registry import WidgetSpec

WHOLE = 12
"""Columns of a page."""


def widgets(work: Work, call: Call, site: Site) -> Response:
    """GET /designer/api/widgets: every widget with its schema, its places for children and its width."""
    return json_response([_widget(one, work.context.language) for one in site.renderer.specs.values()])


def _widget(spec: WidgetSpec, language: str) -> Mapping[str, object]:
    design = spec.raw.get("design")
    told = design if isinstance(design, Mapping) else {}
    return {
        "name": spec.name,
        "title": spec.title.text(language),
        "titles": _texts(spec.title),
        "group": spec.group,
        "icon": spec.icon,
        "schema": spec.schema,
        "slots": [
            {"name": one.name, "accepts": one.accepts, "min": one.minimum, "max": one.maximum} for one in spec.slots
        ],
        "span": told.get("span", WHOLE),
        "min_span": told.get("min_span", 1),
        "area": spec.area,
    }


def _texts(label: Label) -> Mapping[str, str]:
    return dict(label.texts)
