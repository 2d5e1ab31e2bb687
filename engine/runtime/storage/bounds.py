"""Bounds: what a value of a field may be besides being of its kind: limits of numbers, lengths, patterns, official numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.entities import REFERENCE_KINDS, Field, FieldKind
from engine.model.errors import FieldProblem
from engine.model.patterns import matches
from engine.runtime.storage.official_numbers import what_is_wrong


def bounds_problems(field: Field, value: object, prefix: str = "") -> Iterator[FieldProblem]:
    """Limits of numbers, lengths and patterns."""
    name, limits = f"{prefix}{field.name}", field.bounds
    if isinstance(value, Decimal | int) and not isinstance(value, bool) and field.kind not in REFERENCE_KINDS:
        if limits.minimum is not None and value < limits.minimum:
            yield FieldProblem(
                name,
                "too_small",
                Message(
                    f"不能小于 {_shown(limits.minimum, field)}", f"Must be at least {_shown(limits.minimum, field)}"
                ),
            )
        if limits.maximum is not None and value > limits.maximum:
            yield FieldProblem(
                name,
                "too_large",
                Message(
                    f"不能大于 {_shown(limits.maximum, field)}", f"Must be at most {_shown(limits.maximum, field)}"
                ),
            )
    if isinstance(value, str):
        if limits.max_length is not None and len(value) > limits.max_length:
            words = Message(
                f"最多 {limits.max_length} 个字，现有 {len(value)} 个",
                f"At most {limits.max_length} characters, not {len(value)}",
            )
            yield FieldProblem(name, "too_long", words)
        if limits.pattern is not None and not matches(limits.pattern, value):
            zh, en = limits.pattern_message.text("zh"), limits.pattern_message.text("en")
            yield FieldProblem(name, "wrong_form", Message(zh or "格式不正确", en or "The form is not right"))
        if limits.official is not None and (wrong := what_is_wrong(limits.official, value)):
            yield FieldProblem(name, "wrong_form", wrong)


def _shown(limit: object, field: Field) -> str:
    """A limit as people say it: that of a percent as 60 %."""
    if field.kind is not FieldKind.PERCENT:
        return str(limit)
    return f"{format((Decimal(str(limit)) * 100).normalize(), 'f')} %"
