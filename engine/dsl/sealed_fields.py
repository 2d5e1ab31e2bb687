"""Sealed fields: whether they can be sealed as declared, and every place that asks of one what nobody can answer.

Who shows a sealed field, enters it or rules who reads it may name it; whatever else names one is refused, place by place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Diagnostic, Message
from engine.dsl.annotations import FORMULA, Use
from engine.dsl.document import Document
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.entities import title_of
from engine.dsl.scopes import entity_at, formula_entity, items_around
from engine.dsl.symbols import Symbols, resolve_path
from engine.dsl.words_of_formulas import field_words
from engine.model.sealing import GROUPS

FieldName = tuple[str, str]
SHOWN: Mapping[str, frozenset[str]] = {
    "field": frozenset({"field"}),
    "details": frozenset({"fields"}),
    "record_header": frozenset({"figures"}),
    "table": frozenset({"columns"}),
    "cards": frozenset({"columns"}),
    "kanban": frozenset({"columns"}),
    "related": frozenset({"columns"}),
    "subtable": frozenset({"columns"}),
}
"""Properties of widgets that only show or enter what they name."""
_ITEMS = frozenset({"forms", "pages", "dashboards"})
_WRITTEN = frozenset({"demo", "tests"})
_DECLARED = 2
"""Steps to the name of a field where it is declared: `fields`, its name."""
_KEYS: Mapping[str, Message] = {
    "unique": Message("密文各不相同，数据库比较不了", "ciphertexts all differ, so the database cannot compare them"),
    "search": Message("检索用的词不能是明文", "the words that a search finds would lie in the clear"),
    "formula": Message("公式的结果由数据库写入，会是明文", "the database writes what a formula gives, in the clear"),
    "default_formula": Message("公式在数据库里计算", "formulas are worked out in the database"),
    "proposed": Message("提议要读明文", "proposals read the clear text"),
}
_IN_DATABASE = Message(
    "公式和条件在数据库里计算，数据库看不到密封的值",
    "formulas and conditions are worked out in the database, which does not see sealed values",
)
_REASONS: Mapping[str, Message] = {
    FORMULA: _IN_DATABASE,
    "sort": Message("数据库不能按密文排序", "the database cannot order by ciphertexts"),
    "filters": Message("数据库不能在密文里查找", "the database cannot look for anything in ciphertexts"),
}
_OTHERWISE = Message("这里要比较、分组、合计或复制它的值", "it would compare, group, add up or copy the value there")
_PLACES: Mapping[str, Message] = {
    "entities": Message("实体", "entity"),
    "access": Message("权限", "access"),
    "forms": Message("表单", "form"),
    "pages": Message("页面", "page"),
    "dashboards": Message("看板", "dashboard"),
    "metrics": Message("指标", "metric"),
    "workflows": Message("流程", "workflow"),
    "documents": Message("单据", "document"),
    "maps": Message("旅程地图", "map"),
    "pipelines": Message("管道", "pipeline"),
    "negotiations": Message("谈判", "negotiation"),
    "alerts": Message("预警", "alert"),
}


def check_sealing(context: PassContext) -> Iterator[Diagnostic]:
    """All that is wrong with sealed fields, where they are declared and where they are used."""
    sealed = {
        (part.name, name): part.inner("fields", name)
        for part in context.parts("entities")
        for name, _ in part.entries("fields")
        if part.inner("fields", name).flag("sealed")
    }
    if not sealed:
        return
    for (_, name), field in sealed.items():
        yield from _declaration(field, name)
    for part in context.parts("entities"):
        if any(entity == part.name for entity, _ in sealed):
            yield from _entity(part, sealed)
    uses = _Uses(context.symbols, frozenset(sealed))
    for documents in context.sound.values():
        for document in documents:
            for use in context.meanings(document):
                yield from uses.check(document, use)


def _declaration(field: Part, name: str) -> Iterator[Diagnostic]:
    if not {field.text("level"), field.text("floor")} & {*GROUPS}:
        yield field.problem("E640", "sealed", name=name)
    for key, reason in _KEYS.items():
        if field.has(key) and field.value[key] not in (False, 0):
            yield field.key_problem("E641", key, name=name, key=key, **_said("reason", reason))
    if field.text("format") == "rich":
        reason = Message("带格式的长文本不能密封", "long texts with formatting cannot be sealed")
        yield field.key_problem("E641", "format", name=name, key="format: rich", **_said("reason", reason))
    if field.has("renamed_from"):
        yield field.key_problem("E644", "renamed_from", name=name)
    listed = field.value.get("query")
    for at, one in enumerate(listed if isinstance(listed, list) else ()):
        yield field.problem("E645", "query", at, name=name, query=one if isinstance(one, str) else next(iter(one), ""))


def _entity(part: Part, sealed: Mapping[FieldName, Part]) -> Iterator[Diagnostic]:
    """Whose key seals the rows, and what names them."""
    if part.has("renamed_from"):
        yield part.key_problem("E644", "renamed_from", name=part.name)
    title = title_of(part)
    if title is not None and (part.name, title) in sealed and not part.has("title"):
        reason = Message("它是记录的标题", "it is the title of its records")
        yield part.key_problem("E641", "fields", title, "sealed", name=title, key="sealed", **_said("reason", reason))
    subject = part.optional("subject")
    if subject is None:
        return
    found = resolve_path(part.context.symbols, part.name, subject)
    target = part.context.symbols.document("entities", found.field.target or "") if found.field else None
    if "." in subject:
        reason = Message("路径有好几步", "its path has several steps")
        yield part.problem("E642", "subject", entity=part.name, path=subject, **_said("reason", reason))
    elif found.field is not None and found.field.computed:
        reason = Message("它由公式算出", "it is worked out by a formula")
        yield part.problem("E642", "subject", entity=part.name, path=subject, **_said("reason", reason))
    elif target is not None and "renamed_from" in target.data:
        yield target.key_problem("E644", ("renamed_from",), name=target.name)


@dataclass(frozen=True, slots=True)
class _Uses:
    """Tells of each use of a name whether it is a sealed field in a place where none may stand."""

    symbols: Symbols
    sealed: frozenset[FieldName]

    def check(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        for entity, field in dict.fromkeys(self._named(document, use)):
            if (entity, field) in self.sealed and not _shows(document, use):
                reason, place = _reason(use), _place(document, use)
                told: dict[str, Any] = {
                    "entity": entity,
                    "field": field,
                    **_said("reason", reason),
                    **_said("place", place),
                }
                if use.is_key:
                    yield document.key_problem("E643", use.path, **told)
                else:
                    yield document.problem("E643", use.path, **told)

    def _named(self, document: Document, use: Use) -> Iterator[FieldName]:
        """The fields that a use names, each with its entity."""
        speaks_of = formula_entity if use.meaning == FORMULA else entity_at
        entity = speaks_of(document, use.path, self.symbols) if use.meaning in _NAMING else None
        if entity is None or entity not in self.symbols.entities:
            return
        if use.meaning == FORMULA:
            yield from ((one.entity, one.field) for one in field_words(use.text, entity, self.symbols))
        elif use.meaning == "field":
            yield entity, use.text
        else:
            yield from self._steps(entity, use.text.removeprefix("-"))

    def _steps(self, entity: str, path: str) -> Iterator[FieldName]:
        current = entity
        for step in path.split("."):
            found = resolve_path(self.symbols, current, step) if current in self.symbols.entities else None
            if found is None or found.field is None:
                return
            yield current, step
            current = found.field.target or ""


_NAMING = frozenset({FORMULA, "field", "path", "sort"})


def _shows(document: Document, use: Use) -> bool:
    """Whether a use only declares, enters, shows or rules who may read what it names."""
    path = use.path
    if document.kind == "entities":
        return use.is_key and len(path) == _DECLARED and path[0] == "fields"
    if use.meaning in (FORMULA, "sort"):
        return False
    if document.kind in _WRITTEN:
        return use.is_key or document.kind == "tests"
    if document.kind == "access":
        return path[0] == "fields"
    if document.kind in _ITEMS:
        around = list(items_around(document, path))
        if around:
            place, item = around[-1]
            allowed = SHOWN.get(str(item.get("widget")), frozenset[str]())
            return len(path) > len(place) and path[len(place)] in allowed
    return False


def _reason(use: Use) -> Message:
    if use.meaning == FORMULA:
        return _IN_DATABASE
    keys = [one for one in use.path if isinstance(one, str)]
    named = next((key for key in reversed(keys) if key in _REASONS), use.meaning)
    return _REASONS.get(named, _OTHERWISE)


def _place(document: Document, use: Use) -> Message:
    """Where a use stands, in words: `page opportunity_list, items.0.sort`."""
    kind = _PLACES.get(document.kind, Message(document.kind, document.kind))
    steps = ".".join(str(one) for one in use.path)
    return Message(f"{kind.zh} {document.name} 的 {steps} ", f"{kind.en} {document.name}, {steps},")


def _said(name: str, words: Message) -> dict[str, Any]:
    """A part of a message, in both languages."""
    return {f"{name}_zh": words.zh, f"{name}_en": words.en}
