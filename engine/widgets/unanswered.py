"""Unanswered: what a widget that shows figures shows in their place when they cannot be had."""

from __future__ import annotations

from collections.abc import Mapping

from engine.widgets.contract import Failed


def unanswered(label: str, *answers: object) -> Mapping[str, object]:
    """The error state: why the first answer that failed did; without any, what the widget stands on is not the reader's."""
    failed = next((one for one in answers if isinstance(one, Failed)), Failed("no_permission", ""))
    return {"state": "error", "failed": failed, "label": label, "period": ""}
