"""The passes: each turns the sound documents of its kinds into model values, or says what cannot be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.dsl.part import PassContext
from engine.dsl.passes.access import compile_access
from engine.dsl.passes.alerts import compile_alerts
from engine.dsl.passes.demos import compile_demos
from engine.dsl.passes.documents import compile_documents
from engine.dsl.passes.duties import compile_duties
from engine.dsl.passes.entities import compile_entities
from engine.dsl.passes.flows import compile_flows
from engine.dsl.passes.knowledge import compile_knowledge
from engine.dsl.passes.maps import compile_maps
from engine.dsl.passes.metrics import compile_metrics
from engine.dsl.passes.pages import compile_forms, compile_pages
from engine.dsl.passes.pipelines import compile_pipelines
from engine.dsl.passes.simple import (
    compile_channels,
    compile_destinations,
    compile_packs,
    compile_policies,
    compile_roles,
    compile_rules,
    compile_sources,
    compile_units,
)
from engine.dsl.passes.suites import compile_suites
from engine.dsl.passes.workflows import compile_workflows


@dataclass(frozen=True, slots=True)
class CompilerPass:
    """One pass: the table of the AppModel that it fills, and its function."""

    table: str
    compile: Callable[[PassContext], Iterator[object]]


PASSES: tuple[CompilerPass, ...] = (
    CompilerPass("packs", compile_packs),
    CompilerPass("entities", compile_entities),
    CompilerPass("workflows", compile_workflows),
    CompilerPass("flows", compile_flows),
    CompilerPass("roles", compile_roles),
    CompilerPass("unit_kinds", compile_units),
    CompilerPass("access", compile_access),
    CompilerPass("metrics", compile_metrics),
    CompilerPass("forms", compile_forms),
    CompilerPass("pages", compile_pages),
    CompilerPass("rules", compile_rules),
    CompilerPass("duties", compile_duties),
    CompilerPass("alerts", compile_alerts),
    CompilerPass("documents", compile_documents),
    CompilerPass("sources", compile_sources),
    CompilerPass("destinations", compile_destinations),
    CompilerPass("channels", compile_channels),
    CompilerPass("pipelines", compile_pipelines),
    CompilerPass("maps", compile_maps),
    CompilerPass("knowledge", compile_knowledge),
    CompilerPass("policies", compile_policies),
    CompilerPass("demos", compile_demos),
    CompilerPass("suites", compile_suites),
)
