"""Plain values of a source as the texts that the import path takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from engine.diagnostics import DougongError, Message
from engine.runtime.transfer.sheets import cell_text

SIGNIFICANT = 15
"""Digits of a binary float that are its author's; the rest is noise of the format."""


class RowUnusable(DougongError):
    """A row of a source cannot be taken as it is, before anything is written."""

    code = "row_unusable"
    status = 422


def texts_of(values: Mapping[str, object]) -> dict[str, str]:
    """The values as texts. Raises RowUnusable with the field."""
    found: dict[str, str] = {}
    for name, value in values.items():
        text = text_of(value)
        if text is None:
            raise RowUnusable(
                Message("这里不是简单的值(列表、对象或二进制)", "This is no plain value (a list, a map or bytes)"),
                field=name,
            )
        found[name] = text
    return found


def text_of(value: object) -> str | None:
    """A value as text, empty for None; None when it is not plain."""
    if isinstance(value, float):
        return format(Decimal(format(value, f".{SIGNIFICANT}g")), "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()))
    if value is None or isinstance(value, str | bool | int | date | datetime | UUID):
        return cell_text(value)
    return None
