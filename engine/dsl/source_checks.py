"""Sources against their connectors: the one there is, its settings, where it goes, the columns that it has."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.dsl.schema_check import explain
from engine.dsl.schema_store import Validator
from engine.dsl.suggestions import listed, suggestion
from engine.extensions import ConnectorSpec, SourceObject

IN_SCHEMA = "general"
"""Connectors whose settings the schema of sources tells."""


def check_source(source: Part) -> Iterator[Diagnostic]:
    """What is wrong with a source, as far as its connector says."""
    specs = source.context.connectors
    if not specs:
        return
    name = source.text("kind")
    spec = specs.get(name)
    if spec is None:
        yield source.problem("E590", "kind", hint=suggestion(name, specs), name=name, allowed=listed(specs))
        return
    if spec.of == IN_SCHEMA:
        return
    if spec.remote and not source.has("destination"):
        yield source.problem("E591", name=name)
    yield from _settings(source, spec)
    chosen = source.settings("settings").get("object")
    found = next((one for one in spec.objects if one.name == chosen), None)
    if found is not None:
        yield from _columns(source, found)


def _settings(source: Part, spec: ConnectorSpec) -> Iterator[Diagnostic]:
    given = source.value.get("settings", {})
    validator = Validator(spec.settings_schema)
    if validator.accepts(given):
        return
    base = (*source.path, "settings") if source.has("settings") else source.path
    yield from explain(source.document, validator.errors(given), base)


def _columns(source: Part, found: SourceObject) -> Iterator[Diagnostic]:
    known = {one.name: one for one in found.columns}
    for name, column in source.entries("fields"):
        if str(column) not in known:
            yield source.problem(
                "E592",
                "fields",
                name,
                hint=suggestion(str(column), known),
                name=str(column),
                object=found.name,
                allowed=listed(known),
            )
