"""Connectors as cards: what each is, what it brings, and what its settings are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import SECRET_NAME, ConnectorSpec
from engine.model.names import Label

HIDDEN = frozenset({"object"})
"""The setting that is chosen by its object."""
BY_TEXT = ("object", "array")
"""Settings of these types are written as text by who knows them."""


def card(spec: ConnectorSpec) -> Mapping[str, object]:
    """A connector as its card shows it and its form asks for it."""
    return {
        "kind": spec.kind,
        "titles": dict(spec.label.texts),
        "of": spec.of,
        "icon": spec.icon,
        "brings": dict(brought(spec).texts),
        "follows": dict(spec.follows.texts),
        "remote": spec.remote,
        "takes_file": not spec.remote,
        "settings": list(_settings(spec)),
    }


def brought(spec: ConnectorSpec) -> Label:
    """What a connector brings: its own words, or the names of its objects."""
    if spec.brings.texts or not spec.objects:
        return spec.brings
    named = [one.label for one in spec.objects]
    return Label({"zh": "、".join(one.text("zh") for one in named), "en": ", ".join(one.text("en") for one in named)})


def secret_settings(spec: ConnectorSpec) -> tuple[str, ...]:
    """Settings of the first level that name secrets."""
    return tuple(one for one, schema in _properties(spec.settings_schema) if schema.get("pattern") == SECRET_NAME)


def _settings(spec: ConnectorSpec) -> Iterator[Mapping[str, object]]:
    required = spec.settings_schema.get("required")
    needed = required if isinstance(required, list | tuple) else ()
    for name, schema in _properties(spec.settings_schema):
        if name in HIDDEN or schema.get("type") in BY_TEXT:
            continue
        titles = schema.get("x-titles")
        options = schema.get("enum")
        yield {
            "name": name,
            "titles": dict(titles) if isinstance(titles, Mapping) else {},
            "secret": schema.get("pattern") == SECRET_NAME,
            "required": name in needed,
            "number": schema.get("type") == "integer",
            "options": [str(one) for one in options] if isinstance(options, list | tuple) else [],
            "default": schema.get("default"),
        }


def _properties(schema: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    found = schema.get("properties")
    for name, one in found.items() if isinstance(found, Mapping) else ():
        if isinstance(one, Mapping):
            yield str(name), one
