"""Renaming a resource by its file name, and a part of one that has an id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.diagnostics import Span
from engine.dsl.annotations import FORMULA, LABEL, Use
from engine.dsl.document import Document
from engine.dsl.edits import Edit
from engine.dsl.formula_types import option_texts
from engine.dsl.passes.formers import NAMED
from engine.dsl.references import RESOURCES, workflow_of
from engine.dsl.rename_places import Placed, former_name, in_value, named_keys, within
from engine.dsl.scopes import entity_at, formula_scope
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols
from engine.dsl.words_of_formulas import chains, inside_quotes, texts_in

HEADLINE = "headline"
_MARK = "\0"
"""An option that no state bears: it tells the states of the life that is changed from all other texts."""


@dataclass(frozen=True, slots=True)
class ResourceWork:
    """Renames a resource: names of it, metrics in formulas of metrics, its files, texts by path."""

    kind: str
    old: str
    new: str

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[Placed]:
        meanings = {word for word, (_, kinds) in RESOURCES.items() if self.kind in kinds}
        for use in found:
            if use.meaning in meanings and use.text == self.old:
                yield use.path, within(document, use, 0, len(use.text), self.new)
            elif self.kind == document.kind == "metrics" and use.meaning == FORMULA and use.path[-1] == "formula":
                yield from ((use.path, edit) for edit in self._formula(document, use))
            elif self.kind == "metrics" and use.meaning == LABEL and use.path[-1] == HEADLINE:
                yield from _told(document, use.path, self.old, self.new)
        if document.kind == "texts":
            yield from named_keys(document, (self.kind, self.old), self.new)
            headlines = [key for key in document.data if self.kind == "metrics" and key.endswith(f".{HEADLINE}")]
            yield from (one for key in headlines for one in _told(document, (key,), self.old, self.new))
        if self.kind in NAMED and (document.kind, document.name) == (self.kind, self.old):
            yield former_name(document, (), self.old, self.new)

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        for document in documents:
            if (document.kind, document.name) == (self.kind, self.old):
                for source in document.sources:
                    yield source.file, source.file.removesuffix(f"{self.old}.yaml") + f"{self.new}.yaml"

    def _formula(self, document: Document, use: Use) -> Iterator[Edit]:
        _, _, start, end, source = document.positions[use.path]
        inner, shift = inside_quotes(document.sources[source].text[start:end])
        for offset, chain in chains(inner):
            if chain == self.old:
                at = start + shift + offset
                yield Edit(at, at + len(chain), self.new)


def _told(document: Document, path: Path, old: str, new: str) -> Iterator[Placed]:
    """A metric where a headline tells its figure: `{name}`, in each language."""
    value = document.at(path)
    if isinstance(value, Mapping):
        yield from (one for language in value for one in _told(document, (*path, language), old, new))
    elif isinstance(value, str):
        _, _, start, end, source = document.positions[path]
        for found in re.finditer(rf"\{{{old}\}}", document.sources[source].text[start:end]):
            yield path, Edit(start + found.start() + 1, start + found.end() - 1, new)


@dataclass(frozen=True, slots=True)
class PartWork:
    """Renames an item of a list of a resource: its id, names of it, values that are it, texts by path."""

    symbols: Symbols
    kind: str
    owner: str
    listed: str
    old: str
    new: str

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[Placed]:
        own = (document.kind, document.name) == (self.kind, self.owner)
        if own:
            yield from self._declaration(document)
        for use in found:
            yield from self._use(document, use, own)
        if document.kind == "texts":
            yield from named_keys(document, (self.kind, self.owner, self.listed, self.old), self.new)

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        return iter(())

    def _declaration(self, document: Document) -> Iterator[Placed]:
        items = document.data.get(self.listed)
        for at, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping) and item.get("id") == self.old:
                path = (self.listed, at)
                yield (*path, "id"), in_value(document, (*path, "id"), self.old, self.new)
                if self.kind == "workflows":
                    yield former_name(document, path, self.old, self.new)

    def _use(self, document: Document, use: Use, own: bool) -> Iterator[Placed]:
        meaning = self.listed.removesuffix("s")
        if use.meaning == meaning and use.text == self.old:
            workflow = workflow_of(self.symbols, entity_at(document, use.path, self.symbols))
            if own or (meaning == "transition" and workflow is not None and workflow.name == self.owner):
                yield use.path, within(document, use, 0, len(use.text), self.new)
        elif self.listed == "states" and use.meaning == "field" and use.is_key:
            if self._is_life(entity_at(document, use.path, self.symbols), use.text):
                yield from self._values(document, use.path)
        elif self.listed == "states" and use.meaning == FORMULA and self.old in use.text:
            yield from ((use.path, edit) for edit in self._formula(document, use))

    def _is_life(self, entity: str | None, field: str) -> bool:
        known = self.symbols.entities.get(entity) if entity else None
        found = known.fields.get(field) if known else None
        return found is not None and found.workflow == self.owner

    def _values(self, document: Document, path: Path) -> Iterator[Placed]:
        """The state as the value of a field: alone, in a list, or among those that a recipe picks from."""
        match document.at(path):
            case str(text) if text == self.old:
                yield path, in_value(document, path, self.old, self.new)
            case list(items):
                for at, _ in enumerate(items):
                    yield from self._values(document, (*path, at))
            case {"pick": dict(picked)} if self.old in picked:
                key = (*path, "pick", self.old)
                yield key, within(document, Use(key, "state", self.old, is_key=True), 0, len(self.old), self.new)
            case {"literal": _}:
                yield from self._values(document, (*path, "literal"))

    def _formula(self, document: Document, use: Use) -> Iterator[Edit]:
        """The state where a formula compares with it or gives it: texts that are compared with something else stay."""
        scope = formula_scope(document, use.path, self._marked())
        if scope is None:
            return
        meant = option_texts(use.text, scope.environment, scope.expected, _MARK, Span("", 1, 1))
        places = {start for start, text in meant if text == self.old}
        _, _, start, end, source = document.positions[use.path]
        inner, shift = inside_quotes(document.sources[source].text[start:end])
        written = list(texts_in(inner))
        for at, (offset, _) in enumerate(texts_in(use.text)):
            if offset in places and at < len(written):
                begin = start + shift + written[at][0] + written[at][1].index(self.old)
                yield Edit(begin, begin + len(self.old), self.new)

    def _marked(self) -> Symbols:
        """The symbols, with the mark among the options of the life's fields."""
        entities = {
            name: replace(
                one,
                fields=MappingProxyType(
                    {
                        key: replace(field, options=(*field.options, _MARK)) if field.workflow == self.owner else field
                        for key, field in one.fields.items()
                    }
                ),
            )
            if any(field.workflow == self.owner for field in one.fields.values())
            else one
            for name, one in self.symbols.entities.items()
        }
        return replace(self.symbols, entities=entities)
