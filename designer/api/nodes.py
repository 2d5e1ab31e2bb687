"""The kinds of nodes there are, over HTTP: what the palette of the pipeline editor offers, draws and asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.studio import Studio
from engine.extensions import NodeSpec, Port
from engine.model.names import Label
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site


@dataclass(frozen=True, slots=True)
class NodesApi:
    """The endpoint of the kinds of nodes."""

    studio: Studio

    def nodes(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/nodes: every kind with its words in both languages, its ports, and the schema of its settings."""
        return json_response([_node(one, work.context.language) for one in self.studio.nodes.values()])


def _node(spec: NodeSpec, language: str) -> Mapping[str, object]:
    return {
        "name": spec.name,
        "title": spec.label.text(language),
        "titles": _texts(spec.label),
        "help": _texts(spec.description),
        "group": spec.group,
        "icon": spec.icon,
        "effect": spec.effect,
        "level": spec.level,
        "purposes": sorted(spec.purposes),
        "stage": spec.stage,
        "inputs": [_port(one) for one in spec.inputs],
        "outputs": [_port(one) for one in spec.outputs],
        "schema": _panel(spec.settings_schema),
    }


def _port(port: Port) -> Mapping[str, object]:
    return {
        "name": port.name,
        "type": port.type,
        "titles": _texts(port.label),
        "many": port.many,
        "required": port.required,
    }


def _panel(part: object) -> object:
    """A schema as panels of properties read it: formulas as a type, help as descriptions."""
    if isinstance(part, list | tuple):
        return [_panel(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    told = {key: value if key in {"x-titles", "x-words"} else _panel(value) for key, value in part.items()}
    words = part.get("x-help")
    if isinstance(words, Mapping):
        told |= {"description": words.get("en", ""), "x-zh": words.get("zh", "")}
    return {**told, "x-type": "formula"} if part.get("x-formula") else told


def _texts(label: Label) -> Mapping[str, str]:
    return dict(label.texts)
