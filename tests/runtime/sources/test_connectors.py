"""Connectors as extensions: one a kind, with settings that the definition language checks word for word."""

from __future__ import annotations

from collections.abc import Mapping

from engine.dsl.schema_store import schema_of
from engine.extensions import Connector
from engine.runtime.sources.registry import CONNECTORS


def test_every_kind_of_source_has_a_connector() -> None:
    properties = schema_of("sources")["properties"]
    assert isinstance(properties, Mapping)
    assert set(properties["kind"]["enum"]) == set(CONNECTORS)
    assert all(isinstance(one, Connector) and one.kind == kind for kind, one in CONNECTORS.items())


def test_the_definition_language_knows_the_settings_of_every_connector() -> None:
    conditions = schema_of("sources")["allOf"]
    assert isinstance(conditions, list)
    written = {one["if"]["properties"]["kind"]["const"]: one["then"]["properties"]["settings"] for one in conditions}
    assert written == {kind: one.settings_schema for kind, one in CONNECTORS.items()}
