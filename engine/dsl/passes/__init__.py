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
from engine.dsl.passes.formers import NAMED, compile_formers
from engine.dsl.passes.knowledge import compile_knowledge
from engine.dsl.passes.maps import compile_maps
from engine.dsl.passes.metrics import compile_metrics
from engine.dsl.passes.negotiations import compile_negotiations
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
    """One pass: the table of the AppModel that it fills, its function, and the kinds of documents whose parts it reads.

    `apart`: each document gives what it gives whatever others of these kinds say. What a pass reads beside them is noted.
    """

    table: str
    compile: Callable[[PassContext], Iterator[object]]
    kinds: tuple[str, ...]
    apart: bool = False


PASSES: tuple[CompilerPass, ...] = (
    CompilerPass("packs", compile_packs, ("pack",)),
    CompilerPass("entities", compile_entities, ("entities",)),
    CompilerPass("workflows", compile_workflows, ("workflows",)),
    CompilerPass("flows", compile_flows, ("workflows",)),
    CompilerPass("roles", compile_roles, ("roles",)),
    CompilerPass("unit_kinds", compile_units, ("units",)),
    CompilerPass("access", compile_access, ("access",)),
    CompilerPass("metrics", compile_metrics, ("metrics",)),
    CompilerPass("forms", compile_forms, ("forms",)),
    CompilerPass("pages", compile_pages, ("pages", "dashboards"), apart=True),
    CompilerPass("rules", compile_rules, ("rules",)),
    CompilerPass("duties", compile_duties, ("duties",), apart=True),
    CompilerPass("alerts", compile_alerts, ("alerts",), apart=True),
    CompilerPass("documents", compile_documents, ("documents",), apart=True),
    CompilerPass("sources", compile_sources, ("sources",)),
    CompilerPass("destinations", compile_destinations, ("destinations",)),
    CompilerPass("channels", compile_channels, ("channels",)),
    CompilerPass("pipelines", compile_pipelines, ("pipelines",)),
    CompilerPass("negotiations", compile_negotiations, ("negotiations", "pipelines")),
    CompilerPass("maps", compile_maps, ("maps",), apart=True),
    CompilerPass("knowledge", compile_knowledge, ("knowledge",), apart=True),
    CompilerPass("policies", compile_policies, ("policies",)),
    CompilerPass("demos", compile_demos, ("demo",)),
    CompilerPass("suites", compile_suites, ("tests",), apart=True),
    CompilerPass("formers", compile_formers, NAMED),
)
