"""Sealed fields: what cannot be asked of them is said before a statement is built."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.entities import Field
from engine.model.errors import BadRequest


def refuse_sealed(field: Field, path: tuple[str, ...], zh: str, en: str) -> None:
    """Raises BadRequest for a sealed field: `zh` and `en` say what was asked of it."""
    if field.sealed:
        name = ".".join(path)
        raise BadRequest(
            Message(f"字段 {name} 已密封，不能{zh}", f"Field {name} is sealed and cannot be {en}"),
            field=name,
        )
