"""Values of plain forms: a text that must be there, a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.diagnostics import Message
from engine.model.errors import BadRequest

LONGEST = 120
WORDS = {
    "account": ("账号", "an account"),
    "name": ("名称", "a name"),
    "code": ("编码", "a code"),
    "kind": ("类型", "a kind"),
    "user": ("人员", "a person"),
    "unit": ("单元", "a unit"),
    "seat": ("席位", "a seat"),
    "since": ("开始日期", "a start"),
    "until": ("结束日期", "an end"),
    "on": ("日期", "a day"),
    "source": ("来源", "a source"),
    "value": ("值", "a value"),
}


def required_text(form: Mapping[str, str], name: str) -> str:
    """The text of a field without space around it. Raises BadRequest when there is none."""
    value = form.get(name, "").strip()
    if not value:
        zh, en = WORDS.get(name, (name, name))
        raise BadRequest(Message(f"请填写{zh}", f"Enter {en}"), field=name)
    return value[:LONGEST]


def day_in(form: Mapping[str, str], name: str) -> date | None:
    """The day of a field, None when it is empty. Raises BadRequest for anything else."""
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        zh, en = WORDS.get(name, (name, name))
        words = Message(f"{zh}须写成日期，例如 2026-03-31", f"Enter {en} as a date; one is 2026-03-31")
        raise BadRequest(words) from None
