"""Which app tests a change can affect.

A test runs as it did before up to the first moment at which something asks for a definition that has changed. So it touches,
before that moment, the entity that the definition is about or one that the definition names: in its old text, or in its new one.
What a test touches is seen by its statements while it runs, and read from what it says; what it has never been seen to touch
cannot make it end otherwise. A definition that names no entity may concern every test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designer.differences.editions import Edition
from designer.file_names import file_name
from engine.dsl.annotations import FORMULA, Use
from engine.dsl.document import Document
from engine.dsl.scopes import entity_at, formula_entity
from engine.dsl.symbols import Symbols, collect, resolve_path
from engine.dsl.words_of_formulas import field_words, inside_quotes
from engine.model.app import AppModel
from engine.model.tests import AppTest

TestName = tuple[str, str]
"""A suite (`pack.name`) and the id of a test in it."""
SILENT = frozenset({"texts", "demo"})
"""Kinds that no test can tell: further languages of labels, rows of the demonstration."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run that ended: the texts and the edition that it was of, what each test touched, and which failed."""

    texts: Mapping[str, str]
    edition: Edition
    touched: Mapping[TestName, frozenset[str]]
    failed: frozenset[TestName] = frozenset()


def affected_tests(
    seen: Seen | None, texts: Mapping[str, str], after: Edition, names: frozenset[TestName]
) -> frozenset[TestName]:
    """Those of `names` that may end otherwise with these texts than when they were seen last, those that failed then, and all that
    were never seen."""
    if seen is None:
        return names
    changed = {file for file in {*seen.texts, *texts} if seen.texts.get(file) != texts.get(file)}
    concerned: set[str] = set()
    suites: set[str] = set()
    for file in changed:
        name = file_name(file)
        if name is not None and name.kind == "tests":
            suites.add(f"{name.pack}.{name.name}")
        elif name is None or name.kind not in SILENT:
            named = {*_named(seen.edition, file), *_named(after, file)}
            if not named:
                return names
            concerned |= named
    return frozenset(
        one
        for one in names
        if one[0] in suites
        or one in seen.failed
        or one not in seen.touched
        or not concerned.isdisjoint(seen.touched[one])
    )


def said_by(test: AppTest, model: AppModel) -> frozenset[str]:
    """The entities that a test names itself, those of its metrics among them."""
    found = {row.entity for row in test.rows}
    for step in test.steps:
        entity, metric = step.arguments.get("entity"), step.arguments.get("metric")
        found |= {str(entity)} if entity else set()
        found |= _of_metric(model, str(metric), set()) if metric else set()
    return frozenset(found)


def _of_metric(model: AppModel, name: str, seen: set[str]) -> set[str]:
    metric = model.metrics.get(name)
    if metric is None or name in seen:
        return set()
    seen.add(name)
    own = {str(entity)} if (entity := getattr(metric, "entity", None)) else set()
    return own.union(*(_of_metric(model, other, seen) for other in model.metrics if other in repr(metric)))


def _named(edition: Edition, file: str) -> frozenset[str]:
    """The entities that a file is about or names, through whatever path, formula or metric; none where it is not there."""
    symbols = collect(edition.documents)
    found: set[str] = set()
    for document in edition.documents:
        if any(source.file == file for source in document.sources):
            found |= _of_document(edition, document, symbols, set())
    return frozenset(found & set(symbols.entities))


def _of_document(edition: Edition, document: Document, symbols: Symbols, seen: set[str]) -> set[str]:
    found = {document.name} if document.kind in ("entities", "access") else set()
    for use in edition.uses[document.resource]:
        if use.meaning == "entity":
            found.add(use.text)
        elif use.meaning in ("path", "sort", "field", FORMULA):
            found |= set(_through(document, use, symbols))
        elif use.meaning in ("metric", "dimension", "workflow", "form") and use.text not in seen:
            seen.add(use.text)
            for other in edition.documents:
                if other.name == use.text and other.kind in ("metrics", "workflows", "forms"):
                    found |= _of_document(edition, other, symbols, seen)
    return found


def _through(document: Document, use: Use, symbols: Symbols) -> Iterator[str]:
    """The entities that a path or formula leads through."""
    speaks_of = formula_entity if use.meaning == FORMULA else entity_at
    entity = speaks_of(document, use.path, symbols)
    if entity is None or entity not in symbols.entities:
        return
    yield entity
    if use.meaning == FORMULA:
        _, _, start, end, source = document.positions[use.path]
        inner, _ = inside_quotes(document.sources[source].text[start:end])
        yield from (word.entity for word in field_words(inner, entity, symbols))
        return
    for step in use.text.removeprefix("-").split("."):
        found = resolve_path(symbols, entity, step) if entity in symbols.entities else None
        if found is None or found.field is None:
            return
        entity = found.field.target or ""
        yield entity
