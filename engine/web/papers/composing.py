"""Composing: a document and a record become a paper, with the rights and in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.diagnostics import DougongError, Message
from engine.model.documents import (
    PLACEHOLDER,
    DocumentPart,
    DocumentTemplate,
    DocumentValue,
    PartType,
)
from engine.model.entities import NUMERIC_KINDS, Entity, Field
from engine.model.errors import NotFound
from engine.model.requests import Condition, Path, QueryRequest, Record
from engine.runtime.access.rights import readable_fields
from engine.runtime.demo.marking import mark_of
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import Reader, find
from engine.runtime.work import Work
from engine.web.papers.figures import Asked, figures_part
from engine.web.papers.paper import Column, Pair, Paper, PaperPart, Row
from engine.web.papers.spans import span_of
from engine.web.papers.texts import day_text, field_text
from engine.web.papers.values import PaperValues, placeholders, values_for
from engine.widgets.contract import Scene
from engine.widgets.properties import sorts

BLANK = "＿＿＿＿"
"""Room to write by hand, within words."""


class NotReady(DougongError):
    """The document cannot be made of this record yet."""

    code = "document_not_ready"
    status = 409


@dataclass(frozen=True, slots=True)
class PaperWish:
    """Which record, and which day its span holds (empty: the last whole one)."""

    record: int
    on: str = ""


def offered(work: Work, entity: Entity) -> tuple[DocumentTemplate, ...]:
    """The documents about records of an entity that the reader may make."""
    roles = work.context.principal.roles
    every = work.model.documents.values()
    return tuple(one for one in every if one.entity == entity.name and (not one.roles or one.roles & roles))


def template_named(work: Work, entity: Entity, name: str) -> DocumentTemplate:
    """A document that the reader may make. Raises NotFound."""
    found = next((one for one in offered(work, entity) if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def compose(work: Work, scene: Scene, template: DocumentTemplate, wish: PaperWish) -> Paper:
    """The paper. Raises NotFound for a record that the reader may not read, NotReady where it cannot be made of it."""
    entity = work.model.entities[template.entity]
    values = values_for(work, scene, entity, wish.record, template)
    if not values.holds(template.visible_when):
        words = template.otherwise.text(scene.language)
        raise NotReady(
            Message(words, words) if words else Message("这份单据现在还不能生成", "This document cannot be made yet")
        )
    span = span_of(template.period, wish.on, scene.today)
    asked = Asked(wish.record, template.period, span)
    composer = _Composer(work, scene, entity, values, asked)
    parts = (composer.part(one) for one in template.parts if values.holds(one.visible_when))
    company = template.company
    return Paper(
        title=scene.words(template.label),
        number=(values.cell((template.number,)) or "") if template.number else "",
        language=scene.language,
        company=scene.words(company.name) if company else "",
        company_lines=tuple(scene.words(one) for one in company.lines) if company else (),
        logo=company.logo if company else None,
        period=scene.words(span.label) if span else "",
        parts=tuple(one for one in parts if not one.empty),
        size=f"{template.paper.lower()}{'-wide' if template.landscape else ''}",
        made=day_text(scene.now, scene),
        mark=mark_of(work.session, scene.language),
    )


@dataclass(frozen=True, slots=True)
class _Composer:
    """Turns the parts of a document into those of the paper."""

    work: Work
    scene: Scene
    entity: Entity
    values: PaperValues
    asked: Asked

    def part(self, part: DocumentPart) -> PaperPart:
        return _MADE[part.type](self, part)

    def pairs(self, part: DocumentPart) -> PaperPart:
        made = (self._pair(one) for one in part.values)
        pairs = tuple(one for one in made if one is not None)
        return replace(self._headed(part), pairs=pairs, wide=part.columns_wide)

    def words(self, part: DocumentPart) -> PaperPart:
        """Words with values in them; one that is empty or not the reader's to read is room to write by hand."""
        filled = {name: self.values.cell(tuple(name.split("."))) or BLANK for name in placeholders(part)}
        text = PLACEHOLDER.sub(lambda found: filled[found.group(1)], self.scene.words(part.text))
        return replace(self._headed(part), words=tuple(text.strip().splitlines()))

    def figures(self, part: DocumentPart) -> PaperPart:
        return figures_part(self.work, self.scene, part, self.asked)

    def signatures(self, part: DocumentPart) -> PaperPart:
        pairs = tuple(
            Pair(self.scene.words(one.label), (self.values.worked_out(one.formula) or "") if one.formula else "")
            for one in part.parties
        )
        return replace(self._headed(part), pairs=pairs)

    def table(self, part: DocumentPart) -> PaperPart:
        """The rows of a collection, as far as they and their fields are the reader's to read."""
        collection = self.entity.collections[part.collection]
        readable = readable_fields(self.work.model, self.work.context, collection.entity)
        reader = Reader(self.work.model, self.work.context)
        found = [(one, find(reader, collection.entity, one.path)) for one in part.columns]
        columns = [(one, at.field) for one, at in found if at is not None]
        if collection.by not in readable or not columns:
            return self._headed(part)
        where = Condition((collection.by,), "eq", self.asked.record)
        paths = tuple(one.path for one, _ in columns)
        rows, more = self._rows(QueryRequest(collection.entity, paths, where, sort=sorts(part.sort)), part.limit)
        columns = [(one, field) for one, field in columns if any(self._text(row, one.path, field) for row in rows)]
        heads = tuple(
            Column(self.scene.words(one.label) or self.scene.words(field.label), field.kind in NUMERIC_KINDS, one.wide)
            for one, field in columns
        )
        cells = [tuple(self._text(row, one.path, field) for one, field in columns) for row in rows]
        numbered = part.numbered
        sums = [self._sum(rows, one.path, field) if one.sum and not more else "" for one, field in columns]
        return replace(
            self._headed(part),
            columns=(*((Column("#", True),) if numbered and heads else ()), *heads),
            rows=tuple(Row((str(at), *row) if numbered else row) for at, row in enumerate(cells, 1)),
            sums=(*(("",) if numbered else ()), *sums) if any(sums) else (),
            more=Message("另有明细未列出", "More rows are not listed").text(self.scene.language) if more else "",
        )

    def _rows(self, request: QueryRequest, most: int) -> tuple[list[Record], bool]:
        """The rows, `most` at most, and whether there are more."""
        rows: list[Record] = []
        cursor: str | None = None
        while len(rows) < most:
            page = list_records(self.work, replace(request, limit=min(MOST_ROWS, most - len(rows)), cursor=cursor))
            rows += page.records
            cursor = page.next_cursor
            if cursor is None:
                break
        return rows, cursor is not None

    def _text(self, row: Record, path: Path, field: Field) -> str:
        if not _has(row, path):
            return ""
        name = ".".join(path)
        title = row.cells.get(f"{name}.@title")
        return field_text(row.cells[name], field, self.scene, str(title) if title is not None else None)

    def _sum(self, rows: list[Record], path: Path, field: Field) -> str:
        """The sum of a column; none where a cell of it is not the reader's to read."""
        if not all(_has(row, path) for row in rows):
            return ""
        every = [row.cells[".".join(path)] for row in rows]
        numbers = [Decimal(str(one)) for one in every if isinstance(one, Decimal | int)]
        return field_text(sum(numbers, Decimal(0)), field, self.scene)

    def _pair(self, value: DocumentValue) -> Pair | None:
        """A label with its value; nothing at all of what the reader may not read."""
        text = self.values.worked_out(value.formula) if value.formula else self.values.cell(value.path)
        if text is None or not (text or value.keep):
            return None
        label = self.scene.words(value.label) or self.values.label(value.path)
        formatted = self.values.formatted(value.path) if value.path else None
        wide = value.wide or formatted is not None
        return Pair(label, text, wide, value.strong, blank=not text, formatted=formatted)

    def _headed(self, part: DocumentPart) -> PaperPart:
        return PaperPart(part.id, part.type.value, self.scene.words(part.label))


def _has(row: Record, path: Path) -> bool:
    name = ".".join(path)
    return name in row.cells and name not in row.masked


_MADE: Mapping[PartType, Callable[[_Composer, DocumentPart], PaperPart]] = {
    PartType.PAIRS: _Composer.pairs,
    PartType.TABLE: _Composer.table,
    PartType.TOTALS: _Composer.pairs,
    PartType.TEXT: _Composer.words,
    PartType.FIGURES: _Composer.figures,
    PartType.SIGNATURES: _Composer.signatures,
}
