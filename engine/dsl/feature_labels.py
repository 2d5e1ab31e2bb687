"""Feature labels: what a feature is called where its author says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.dsl.symbols import Symbols, resolve_path
from engine.model.feature_plans import Fold, Raw, RowFlow, Shape
from engine.model.names import Label

_FOLDS: Mapping[str, tuple[str, str]] = {
    "count": ("{rows}数", "Number of {rows}"),
    "sum": ("{rows}{of}合计", "Sum of {of} of {rows}"),
    "mean": ("{rows}{of}平均", "Mean {of} of {rows}"),
    "min": ("{rows}{of}最小", "Least {of} of {rows}"),
    "max": ("{rows}{of}最大", "Most {of} of {rows}"),
    "share": ("{rows}中{of}的占比", "Share of {rows} with {of}"),
    "distinct": ("{rows}{of}种数", "Different {of} of {rows}"),
    "last": ("最近一笔{rows}的{of}", "{of} of the last of {rows}"),
    "days_since": ("距上一笔{rows}的天数", "Days since the last of {rows}"),
    "trend": ("{rows}{of}走势", "Trend of {of} of {rows}"),
}
_SHAPES: Mapping[Shape, tuple[str, str]] = {
    "days": ("距{of}天数", "Days to {of}"),
    "month": ("{of}月份", "Month of {of}"),
    "weekday": ("{of}星期", "Weekday of {of}"),
    "quarter": ("{of}季度", "Quarter of {of}"),
    "length": ("{of}字数", "Length of {of}"),
}


def feature_label(symbols: Symbols, rows: RowFlow, value: Raw | Fold) -> Label:
    """A label in Chinese and English, of the labels of what the feature is made of."""
    texts = {}
    for at, language in enumerate(("zh", "en")):
        if isinstance(value, Raw):
            of = _path_label(symbols, rows.entity, value.formula.source, language)
            texts[language] = _SHAPES.get(value.shape, ("{of}", "{of}"))[at].format(of=of)
            continue
        of = _path_label(symbols, value.over.entity, value.of.source, language) if value.of is not None else ""
        texts[language] = _FOLDS[value.function][at].format(
            rows=_entity_label(symbols, value.over.entity, language), of=of
        )
    return Label(MappingProxyType(texts))


def _entity_label(symbols: Symbols, entity: str, language: str) -> str:
    document = symbols.document("entities", entity)
    return _text(document.data.get("label") if document is not None else None, language) or entity


def _path_label(symbols: Symbols, entity: str, path: str, language: str) -> str:
    """The labels along a path, the entity of a relation before its field; a formula as it is written."""
    field = resolve_path(symbols, entity, path).field
    if field is None:
        return path
    document = symbols.document("entities", field.entity)
    label = (
        _text(document.at(("fields", field.name, "label")) if document is not None else None, language) or field.name
    )
    if field.entity == entity:
        return label
    holder = _entity_label(symbols, field.entity, language)
    return f"{holder}{label}" if language == "zh" else f"{holder}: {label}"


def _text(label: object, language: str) -> str:
    if isinstance(label, Mapping):
        found = label.get(language) or next(iter(label.values()), "")
        return str(found)
    return label if isinstance(label, str) else ""
