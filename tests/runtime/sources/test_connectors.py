"""Connectors as extensions: one a kind, with settings that the definition language checks word for word."""

from __future__ import annotations

from engine.dsl.schema_store import schema_of
from engine.dsl.source_checks import IN_SCHEMA
from engine.extensions import Connector
from engine.runtime.sources.registry import BUILT_IN, connectors


def test_connectors_are_extensions_and_the_installed_ones_stand_beside_the_built_in_ones() -> None:
    kinds = connectors()
    assert all(isinstance(one, Connector) and one.spec.kind == kind for kind, one in kinds.items())
    assert {one.spec.kind for one in BUILT_IN} | {"yonbip", "kingdee", "wecom", "mes", "plm"} <= kinds.keys()
    assert all(one.spec.label.text(language) for one in kinds.values() for language in ("zh", "en"))
    assert {kind for kind, one in kinds.items() if one.spec.of == IN_SCHEMA} == {one.spec.kind for one in BUILT_IN}


def test_the_definition_language_knows_the_settings_of_every_built_in_connector() -> None:
    conditions = schema_of("sources")["allOf"]
    assert isinstance(conditions, list)
    written = {one["if"]["properties"]["kind"]["const"]: one["then"]["properties"]["settings"] for one in conditions}
    assert written == {one.spec.kind: one.spec.settings_schema for one in BUILT_IN}


def test_objects_of_connectors_have_their_keys_and_versions_among_their_columns() -> None:
    for one in connectors().values():
        for found in one.spec.objects:
            assert {*found.key, *filter(None, [found.version])} <= {column.name for column in found.columns}
