"""A part of a checked document, read with the types that its schema has assured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.diagnostics import Diagnostic, Message
from engine.dsl.annotations import ConnectorSpecs, NodeSpecs, Use, no_connectors, no_nodes
from engine.dsl.document import Document
from engine.dsl.remembered import FormulaBook
from engine.dsl.remembered_documents import RememberedDocuments
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols
from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, ResourceName

FormulaTable = Mapping[Path, Formula]
"""The formulas of one document that compiled, by path."""


@dataclass(frozen=True, slots=True)
class PassContext:
    """What a pass reads: sound documents by kind, the symbols of all packs, compiled formulas, languages by pack, what is
    remembered of single documents, and the kinds of nodes and the connectors there are."""

    symbols: Symbols
    sound: Mapping[str, tuple[Document, ...]]
    uses: Mapping[ResourceName, tuple[Use, ...]]
    book: FormulaBook
    formulas: Mapping[ResourceName, FormulaTable] = field(default_factory=dict)
    languages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alone: RememberedDocuments = field(default_factory=RememberedDocuments)
    nodes: NodeSpecs = field(default_factory=no_nodes)
    connectors: ConnectorSpecs = field(default_factory=no_connectors)

    def parts(self, kind: str) -> Iterator[Part]:
        """The documents of a kind, in name order."""
        for document in self.sound.get(kind, ()):
            yield Part(self, document, (), document.data)

    def formula(self, document: Document, path: Path) -> Formula | None:
        return self.formulas.get(document.resource, {}).get(path)

    def meanings(self, document: Document) -> tuple[Use, ...]:
        return self.uses.get(document.resource, ())

    def language(self, pack: str) -> str:
        """The first language of a pack: that of labels written as one text."""
        return self.languages.get(pack, ("zh",))[0]


@dataclass(frozen=True, slots=True)
class Part:
    """The map at `path` of a document."""

    context: PassContext
    document: Document
    path: Path
    value: Mapping[str, object]

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def pack(self) -> str:
        return self.document.pack

    @property
    def place(self) -> Place:
        return self.document.place(self.path)

    @property
    def id(self) -> str:
        return self.text("id")

    def has(self, key: str) -> bool:
        return key in self.value

    def text(self, key: str, otherwise: str = "") -> str:
        found = self.value.get(key)
        return found if isinstance(found, str) else otherwise

    def optional(self, key: str) -> str | None:
        found = self.value.get(key)
        return found if isinstance(found, str) else None

    def flag(self, key: str, otherwise: bool = False) -> bool:
        found = self.value.get(key)
        return found if isinstance(found, bool) else otherwise

    def whole(self, key: str, otherwise: int = 0) -> int:
        found = self.value.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else otherwise

    def count(self, key: str) -> int | None:
        found = self.value.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def names(self, key: str) -> tuple[str, ...]:
        found = self.value.get(key)
        return tuple(str(one) for one in found) if isinstance(found, list) else ()

    def formers(self) -> tuple[str, ...]:
        """The former names, newest first."""
        one = self.optional("renamed_from")
        return self.names("renamed_from") if one is None else (one,)

    def label(self, key: str = "label") -> Label:
        return as_label(self.value.get(key), self.context.language(self.pack))

    def label_or(self, name: str) -> Label:
        """The label, or the name as words where there is none."""
        return self.label() if self.has("label") else as_label(name.replace("_", " "), self.context.language(self.pack))

    def formula(self, key: str) -> Formula | None:
        return self.context.formula(self.document, (*self.path, key))

    def settings(self, key: str) -> Mapping[str, object]:
        found = self.value.get(key)
        return frozen_map(found) if isinstance(found, Mapping) else MappingProxyType({})

    def rows(self, key: str) -> Mapping[str, Mapping[str, object]]:
        """The map of maps at `key`, as data that nobody can change."""
        return MappingProxyType({name: frozen_map(one) for name, one in self.entries(key) if isinstance(one, Mapping)})

    def plain(self) -> Mapping[str, object]:
        """All of the part as data that nobody can change; its label resolved."""
        label = {"label": self.label()} if self.has("label") else {}
        return MappingProxyType({**frozen_map(self.value), **label})

    def items(self, key: str) -> Iterator[Part]:
        """The maps of the list at `key`."""
        found = self.value.get(key)
        for index, one in enumerate(found if isinstance(found, list) else ()):
            if isinstance(one, Mapping):
                yield Part(self.context, self.document, (*self.path, key, index), one)

    def entries(self, key: str) -> Iterator[tuple[str, object]]:
        """The keys and values of the map at `key`."""
        found = self.value.get(key)
        yield from found.items() if isinstance(found, Mapping) else ()

    def inner(self, *steps: str) -> Part:
        found = self.document.at((*self.path, *steps))
        return Part(self.context, self.document, (*self.path, *steps), found if isinstance(found, Mapping) else {})

    def problem(self, code: str, *steps: str | int, hint: Message | None = None, **values: object) -> Diagnostic:
        """A diagnostic at the value under `steps`."""
        return self.document.problem(code, (*self.path, *steps), hint=hint, **values)

    def key_problem(self, code: str, *steps: str | int, hint: Message | None = None, **values: object) -> Diagnostic:
        """A diagnostic at the key under `steps`."""
        return self.document.key_problem(code, (*self.path, *steps), hint=hint, **values)


def as_label(value: object, language: str) -> Label:
    """A label as written: one text stands for the pack's first language."""
    if isinstance(value, str):
        return Label(MappingProxyType({language: value}))
    if isinstance(value, Mapping):
        return Label(MappingProxyType({str(key): str(text) for key, text in value.items()}))
    return NO_LABEL


def frozen(value: object) -> object:
    """Plain data that nobody can change: lists become tuples."""
    if isinstance(value, Mapping):
        return frozen_map(value)
    return tuple(frozen(one) for one in value) if isinstance(value, list) else value


def frozen_map(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({str(key): frozen(one) for key, one in value.items()})
