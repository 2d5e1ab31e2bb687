"""Refusals of single values, in words for people."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.entities import Field
from engine.model.errors import FieldProblem, ValidationFailed

WRONG_TYPE = "wrong_type"
OUT_OF_RANGE = "out_of_range"
NOT_A_CHOICE = "not_a_choice"
BAD_TEXT = "bad_text"


def refuse(field: Field, code: str, zh: str, en: str) -> ValidationFailed:
    """The exception that says why a value cannot be one of `field`; it never quotes the value."""
    return ValidationFailed((FieldProblem(field.name, code, Message(zh, en)),))
