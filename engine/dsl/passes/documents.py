"""Documents, from text to values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext, as_label
from engine.dsl.references import TIME_STEPS
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import resolve_path
from engine.model.documents import (
    PLACEHOLDER,
    Company,
    DocumentColumn,
    DocumentPart,
    DocumentParty,
    DocumentPeriod,
    DocumentTemplate,
    DocumentValue,
    Logo,
    PartType,
)
from engine.model.entities import NUMERIC_KINDS

ROWS = 500
INK = "#0a6380"


def compile_documents(context: PassContext) -> Iterator[DocumentTemplate | Diagnostic]:
    for part in context.parts("documents"):
        yield from _problems(part)
        yield DocumentTemplate(
            name=part.name,
            pack=part.pack,
            label=part.label(),
            place=part.place,
            entity=part.text("entity"),
            parts=tuple(_part(one) for one in part.items("items")),
            roles=frozenset(part.names("roles")),
            number=part.text("number"),
            visible_when=part.formula("visible_when"),
            otherwise=part.label("otherwise"),
            period=DocumentPeriod(part.text("period", "none")),
            paper=part.text("paper", "A4"),
            landscape=part.flag("landscape"),
            company=_company(part.inner("company")) if part.has("company") else None,
            language=part.text("language", "reader"),
        )


def _company(part: Part) -> Company:
    language = part.context.language(part.pack)
    lines = part.value.get("lines")
    return Company(
        name=part.label("name"),
        lines=tuple(as_label(one, language) for one in (lines if isinstance(lines, list) else ())),
        logo=_logo(part.inner("logo")) if part.has("logo") else None,
    )


def _logo(part: Part) -> Logo:
    return Logo(
        box=part.text("box", "0 0 24 24"),
        paths=tuple((one.text("d"), one.text("colour", INK)) for one in part.items("paths")),
    )


def _part(part: Part) -> DocumentPart:
    kind = PartType(part.text("type"))
    return DocumentPart(
        id=part.id,
        type=kind,
        place=part.place,
        label=part.label(),
        visible_when=part.formula("visible_when"),
        values=tuple(_value(one) for one in part.items("values")),
        columns_wide=part.whole("columns_wide", 2),
        collection=part.text("collection"),
        columns=tuple(_column(one) for one in part.items("columns")),
        numbered=part.flag("numbered"),
        sort=part.names("sort"),
        text=part.label("text"),
        metrics=part.names("metrics"),
        by=part.text("by"),
        of=part.text("of"),
        by_key=part.text("order", "value") == "key" or part.text("by") in TIME_STEPS,
        limit=part.whole("limit", ROWS if kind is PartType.TABLE else 20),
        parties=tuple(DocumentParty(one.id, one.label(), one.formula("formula")) for one in part.items("parties")),
    )


def _value(part: Part) -> DocumentValue:
    return DocumentValue(
        id=part.id,
        label=part.label(),
        path=_path(part),
        formula=part.formula("formula"),
        wide=part.flag("wide"),
        strong=part.flag("strong"),
        keep=part.flag("keep"),
    )


def _column(part: Part) -> DocumentColumn:
    return DocumentColumn(part.id, part.label(), _path(part), part.flag("sum"), part.flag("wide"))


def _path(part: Part) -> tuple[str, ...]:
    return tuple(part.text("field").split(".")) if part.has("field") else ()


def _problems(part: Part) -> Iterator[Diagnostic]:
    for one in part.items("items"):
        yield from _ungrounded(one)
        yield from _sums(one)
        yield from _placeholders(one)


def _ungrounded(part: Part) -> Iterator[Diagnostic]:
    """A value is a field or a formula, and what a formula gives has no name of its own."""
    for one in part.items("values"):
        if one.has("field") == one.has("formula"):
            yield one.key_problem("E213", first="field", second="formula")
        elif one.has("formula") and not one.has("label"):
            yield one.key_problem("E202", key="label")


def _sums(part: Part) -> Iterator[Diagnostic]:
    """Only numbers are summed up."""
    symbols = part.context.symbols
    known = symbols.entities.get(str(part.document.data.get("entity")))
    collection = known.collections.get(part.text("collection")) if known else None
    for one in part.items("columns") if collection is not None else ():
        found = resolve_path(symbols, collection.entity, one.text("field")).field if collection else None
        if one.flag("sum") and found is not None and found.kind is not None and found.kind not in NUMERIC_KINDS:
            yield one.problem("E413", "sum", type=found.kind, name=found.name)


def _placeholders(part: Part) -> Iterator[Diagnostic]:
    """What stands in braces is a field of the record, also along relations."""
    entity, declared = str(part.document.data.get("entity")), part.value.get("text")
    texts: Mapping[str, object] = declared if isinstance(declared, Mapping) else {"": declared}
    for language, text in texts.items():
        for name in PLACEHOLDER.findall(text) if isinstance(text, str) else ():
            found = resolve_path(part.context.symbols, entity, name)
            if found.broken or found.field is not None or found.built_in is not None:
                continue
            known = part.context.symbols.entities.get(found.entity or entity)
            names = list(known.fields) if known else []
            steps = ("text", language) if language else ("text",)
            wrong = found.failed_at or name
            hint = suggestion(wrong, names)
            yield part.problem(
                "E302", *steps, hint=hint, entity=found.entity or entity, name=wrong, allowed=listed(names)
            )
