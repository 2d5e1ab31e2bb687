"""AppModel: the whole application, frozen and resolved; and the difference of two of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from engine.model.access import EntityAccess, Role
from engine.model.alerts import Alert
from engine.model.channels import Channel
from engine.model.demo import Demo
from engine.model.documents import DocumentTemplate
from engine.model.duties import Duty
from engine.model.entities import Entity, Field
from engine.model.flows import Flow
from engine.model.formers import Former
from engine.model.knowledge import KnowledgeGraph
from engine.model.maps import DecisionMap
from engine.model.metrics import Metric
from engine.model.names import NO_LABEL, Label, ResourceName, empty_map
from engine.model.negotiations import Negotiation
from engine.model.organisation import UnitKind
from engine.model.pages import Form, Page
from engine.model.pipelines import Pipeline
from engine.model.policies import Policy, Rule
from engine.model.sources import Destination, Source
from engine.model.tests import TestSuite
from engine.model.uses import Use
from engine.model.workflows import Workflow

Derived = TypeVar("Derived")


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """A group of pages in the navigation of a pack."""

    id: str
    label: Label
    pages: tuple[str, ...]
    icon: str = "file"


@dataclass(frozen=True, slots=True)
class Pack:
    """An installed pack: label, version, languages, what it stands on, its navigation."""

    name: str
    label: Label
    version: str
    languages: tuple[str, ...]
    requires: tuple[str, ...] = ()
    navigation: tuple[NavigationGroup, ...] = ()
    icon: str = "box"
    description: Label = NO_LABEL
    is_app: bool = True


@dataclass(frozen=True, slots=True)
class AppModel:
    """Everything that is declared, complete and resolved. Tables are keyed by resource name, which is unique per kind.

    `fingerprint` is the SHA-256 of the canonical documents; `resources` maps each resource to the hash of its text,
    which makes the difference of two models cheap. `uses` are the places where definitions name one another.
    """

    fingerprint: str
    packs: Mapping[str, Pack]
    entities: Mapping[str, Entity]
    roles: Mapping[str, Role]
    access: Mapping[str, EntityAccess]
    unit_kinds: Mapping[str, UnitKind]
    forms: Mapping[str, Form]
    pages: Mapping[str, Page]
    metrics: Mapping[str, Metric]
    workflows: Mapping[str, Workflow]
    sources: Mapping[str, Source]
    destinations: Mapping[str, Destination]
    pipelines: Mapping[str, Pipeline]
    rules: Mapping[str, Rule]
    policies: Mapping[str, Policy]
    suites: Mapping[str, TestSuite]
    demos: Mapping[str, Demo]
    resources: Mapping[ResourceName, str]
    flows: Mapping[str, Flow] = field(default_factory=empty_map)
    duties: Mapping[str, Duty] = field(default_factory=empty_map)
    alerts: Mapping[str, Alert] = field(default_factory=empty_map)
    documents: Mapping[str, DocumentTemplate] = field(default_factory=empty_map)
    maps: Mapping[str, DecisionMap] = field(default_factory=empty_map)
    knowledge: Mapping[str, KnowledgeGraph] = field(default_factory=empty_map)
    channels: Mapping[str, Channel] = field(default_factory=empty_map)
    formers: Mapping[str, Former] = field(default_factory=empty_map)
    negotiations: Mapping[str, Negotiation] = field(default_factory=empty_map)
    uses: tuple[Use, ...] = ()
    _derived: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def derived(self, work_out: Callable[[AppModel], Derived]) -> Derived:
        """What a function works out from this model alone: once, kept in the model, gone with it."""
        if work_out not in self._derived:
            self._derived[work_out] = work_out(self)
        return cast(Derived, self._derived[work_out])

    def field(self, entity: str, path: tuple[str, ...]) -> Field | None:
        """The field that a dotted path ends in, or None; every step but the last must be a relation."""
        current = self.entities.get(entity)
        for index, name in enumerate(path):
            found = current.fields.get(name) if current else None
            if found is None or index == len(path) - 1:
                return found
            current = self.entities.get(found.relation.entity) if found.relation else None
        return None

    def workflow_of(self, entity: str) -> Workflow | None:
        state = self.entities[entity].state_field
        return self.workflows.get(state.workflow) if state and state.workflow else None

    def acting_name(self, name: str, language: str) -> str:
        """The name of a role or a grant as people read it: for the right of a flow, which nobody holds, what the flow is called."""
        flow = next((one for one in self.flows.values() if one.role == name), None)
        if flow is None:
            return name
        return ("流程 " if language == "zh" else "flow ") + flow.label.text(language)

    def form_of(self, entity: str) -> Form | None:
        """The form that edits an entity's rows: the one named like the entity, else the first declared for it."""
        named = self.forms.get(entity)
        if named and named.entity == entity:
            return named
        return next((form for form in self.forms.values() if form.entity == entity), None)

    def record_page(self, entity: str, roles: frozenset[str]) -> Page | None:
        """The record page of an entity that one of `roles` may open."""
        return next(
            (p for p in self.pages.values() if p.entity == entity and p.kind == "record" and p.roles & roles), None
        )


@dataclass(frozen=True, slots=True)
class ModelDiff:
    """Which resources differ between two models."""

    added: tuple[ResourceName, ...]
    removed: tuple[ResourceName, ...]
    modified: tuple[ResourceName, ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed or self.modified)


def compare(old: AppModel | None, new: AppModel) -> ModelDiff:
    """The difference of two models as data, in name order."""
    before: Mapping[ResourceName, str] = old.resources if old else {}
    after = new.resources
    return ModelDiff(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        modified=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )
