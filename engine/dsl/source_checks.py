"""Sources against their connectors: the one there is, its settings, where it goes, the columns that it has."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.dsl.schema_check import explain
from engine.dsl.schema_store import Validator
from engine.dsl.suggestions import listed, suggestion
from engine.extensions import ConnectorSpec, SourceObject
from engine.model.levels import UNKNOWN

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
    for name, written in source.entries("fields"):
        column = known.get(str(written))
        if column is None:
            hint, listing = suggestion(str(written), known), listed(known)
            yield source.problem("E592", "fields", name, hint=hint, name=written, object=found.name, allowed=listing)
            continue
        level = _level(source, name)
        if level is not None and level < column.level:
            yield source.problem("W593", "fields", name, name=column.name, higher=column.level, field=name, lower=level)


def _level(source: Part, field: str) -> str | None:
    """The level that the field of the entity declares; None where it is worked out."""
    entity = source.context.symbols.document("entities", source.text("entity"))
    fields = entity.data.get("fields") if entity is not None else None
    declared = fields.get(field) if isinstance(fields, dict) else None
    level = declared.get("level", UNKNOWN) if isinstance(declared, dict) else None
    return level if isinstance(level, str) and level.startswith("G") else None
