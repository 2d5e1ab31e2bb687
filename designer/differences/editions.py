"""Edition: a model with the documents that it was compiled from; and which of them name a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.dsl.annotations import NO_NODES, Annotations, NodeSpecs, Use, WidgetSchemas, no_nodes
from engine.dsl.compiler import Compilation
from engine.dsl.document import Document
from engine.dsl.edits import Renaming
from engine.dsl.refactor import rename
from engine.dsl.references import RESOURCES
from engine.model.app import AppModel
from engine.model.names import ResourceName

UNTAKEN = "zz_no_longer_there"
"""A name that nothing bears: what would have to be renamed to it is what names a thing."""


@dataclass(frozen=True)
class Edition:
    """A compiled application: the model, its documents, and the widgets and kinds of nodes that it was read with."""

    model: AppModel
    documents: Sequence[Document]
    widgets: WidgetSchemas
    nodes: NodeSpecs = field(default_factory=no_nodes)

    @cached_property
    def uses(self) -> Mapping[ResourceName, tuple[Use, ...]]:
        """The meaningful values of each document."""
        annotations = Annotations(self.widgets, self.nodes)
        return {one.resource: annotations.uses(one) for one in self.documents}

    def files(self) -> Mapping[ResourceName, tuple[str, ...]]:
        """The files that each resource is written in, by its layers."""
        return {one.resource: tuple(source.file for source in one.sources) for one in self.documents}

    def users_of(self, resource: ResourceName, field: str = "") -> tuple[ResourceName, ...]:
        """The resources that name another one, or a field of an entity."""
        if resource.kind == "entities":
            return self._users_of_entity(f"{resource.name}.{field}" if field else resource.name)
        meanings = {word for word, (_, kinds) in RESOURCES.items() if resource.kind in kinds}
        return tuple(
            one.resource
            for one in self.documents
            if meanings
            and one.resource != resource
            and any(use.meaning in meanings and use.text == resource.name for use in self.uses[one.resource])
        )

    def _users_of_entity(self, target: str) -> tuple[ResourceName, ...]:
        found = rename(self.documents, self.widgets, target, UNTAKEN, self.nodes)
        touched = set(found.edits) if isinstance(found, Renaming) else set()
        own = target.partition(".")[0]
        return tuple(
            one.resource
            for one in self.documents
            if one.resource != ResourceName("entities", own) and any(source.file in touched for source in one.sources)
        )


def edition_of(compilation: Compilation, widgets: WidgetSchemas, nodes: NodeSpecs = NO_NODES) -> Edition | None:
    """The edition that a compilation gave; None when it has errors."""
    return None if compilation.model is None else Edition(compilation.model, compilation.documents, widgets, nodes)
