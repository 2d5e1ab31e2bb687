"""Typed secrets: what somebody has just typed that is more sensitive than the field it stands in. It is said, not refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.diagnostics import Message
from engine.model.entities import Entity, Field, FieldKind
from engine.model.level_rules import level_rules
from engine.model.subjects import declared_level
from engine.runtime.records.stored import StoredRow
from engine.runtime.sovereignty.spans import personal_spans
from engine.runtime.work import Work

_TYPED = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
LONGEST = 20_000
"""Signs of a text that are looked at; what comes behind is found by the nightly scan."""
_LEAST = 7
"""Signs that anything worth telling has."""


def typed_secrets(work: Work, written: Sequence[tuple[Entity, StoredRow | None, StoredRow]]) -> Iterator[Message]:
    """A hint for each kind and field. Only of what a person wrote now, in texts that have changed."""
    if not work.context.principal.user_id or work.context.run is not None:
        return
    for entity, before, after in written:
        for field in entity.fields.values():
            text = after.values.get(field.name)
            if field.kind not in _TYPED or not isinstance(text, str) or len(text) < _LEAST or field.computed:
                continue
            if before is None or before.values.get(field.name) != text:
                yield from _told(text, field)


def _told(text: str, field: Field) -> Iterator[Message]:
    level, kinds = declared_level(field), level_rules().kinds
    for name in dict.fromkeys(one.kind for one in personal_spans(text[:LONGEST])):
        kind = kinds[name]
        if kind.level > level:
            yield Message(
                f"「{field.label.text('zh')}」里像是有{kind.label.zh}（{kind.level}），这个字段只定为 {level}："
                "不必留的请删掉，或请管理员提高级别",
                f"“{field.label.text('en')}” seems to hold this: {kind.label.en.lower()} ({kind.level}). The field is only "
                f"{level}: take it out where it is not needed, or ask an administrator for a higher level",
            )
