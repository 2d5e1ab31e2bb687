"""Values of a paper: what its reader may read of the record, whole. What they may not, or only masked, is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from engine.model.documents import PLACEHOLDER, DocumentPart, DocumentTemplate
from engine.model.entities import Entity, Field
from engine.model.formula import Formula
from engine.model.requests import Path, Record
from engine.model.rich_texts import RichText
from engine.runtime.access.telling import readable_cells
from engine.runtime.query.names import Reader, find, visible_paths
from engine.runtime.query.records import get_record
from engine.runtime.records.evaluating import evaluated
from engine.runtime.work import Work
from engine.web.papers.texts import field_text, formula_text
from engine.widgets.contract import Scene
from engine.widgets.markup import drawn


@dataclass(frozen=True, slots=True)
class PaperValues:
    """The record's cells and the values of formulas, as far as the reader may read all that they are made of."""

    scene: Scene
    record: Record
    fields: Mapping[Path, Field]
    formulas: Mapping[Formula, object]

    def label(self, path: Path) -> str:
        """What a field is called; empty for one that the reader may not read."""
        return self.scene.words(self.fields[path].label) if path in self.fields else ""

    def cell(self, path: Path) -> str | None:
        """A cell in words; None for one that the reader may not read on this record, or only masked."""
        name = ".".join(path)
        if path not in self.fields or name not in self.record.cells or name in self.record.masked:
            return None
        title = self.record.cells.get(f"{name}.@title")
        return field_text(
            self.record.cells[name], self.fields[path], self.scene, str(title) if title is not None else None
        )

    def formatted(self, path: Path) -> Markup | None:
        """A rich text with its formatting; None for what has none."""
        value = self.record.cells.get(f"{'.'.join(path)}.@html")
        return drawn(value.markup) if isinstance(value, RichText) and value.formatted else None

    def worked_out(self, formula: Formula) -> str | None:
        """What a formula gives in words; None where the reader may not read something of it."""
        return formula_text(self.formulas[formula], formula.type, self.scene) if formula in self.formulas else None

    def holds(self, formula: Formula | None) -> bool:
        """Whether a condition is met: one over something unreadable is not."""
        return formula is None or self.formulas.get(formula) is True


def values_for(work: Work, scene: Scene, entity: Entity, record: int, template: DocumentTemplate) -> PaperValues:
    """All that a document's parts ask of a record. Raises NotFound."""
    reader = Reader(work.model, work.context)
    paths = visible_paths(reader, entity.name, tuple(dict.fromkeys(_paths(template))))
    found = get_record(work, entity.name, record, paths)
    fields = {path: one.field for path in paths if (one := find(reader, entity.name, path)) is not None}
    asked = tuple(dict.fromkeys(_formulas(template)))
    return PaperValues(scene, found, fields, _worked_out(work, entity, record, asked))


def _worked_out(work: Work, entity: Entity, record: int, asked: Iterable[Formula]) -> Mapping[Formula, object]:
    formulas = tuple(asked)
    every = frozenset[str]().union(*(one.references for one in formulas))
    readable = readable_cells(work, entity.name, record, every) if every else every
    open_ones = {str(at): one for at, one in enumerate(formulas) if one.references <= readable}
    values = evaluated(work, entity, record, open_ones)
    return {one: values.get(key) for key, one in open_ones.items()}


def _paths(template: DocumentTemplate) -> Iterator[Path]:
    if template.number:
        yield (template.number,)
    for part in template.parts:
        yield from (one.path for one in part.values if one.path)
        yield from (tuple(name.split(".")) for name in placeholders(part))


def _formulas(template: DocumentTemplate) -> Iterator[Formula]:
    every = [template.visible_when]
    for part in template.parts:
        every += [part.visible_when, *(one.formula for one in part.values), *(one.formula for one in part.parties)]
    yield from (one for one in every if one is not None)


def placeholders(part: DocumentPart) -> tuple[str, ...]:
    """The fields that the words of a part name."""
    return tuple(dict.fromkeys(name for text in part.text.texts.values() for name in PLACEHOLDER.findall(text)))
