"""Changes of the organisation as somebody plans them: one a line, in Chinese or English, units by code and people by account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.names import empty_map

MOST_LINES = 500
SYNTAX = {
    "zh": (
        "新建 cju_9 类型 cju 名称 长尾二组 上级 area_east",
        "移动 cju_2 到 area_north",
        "关闭 cju_3",
        "就座 li_wei 任 sales 于 cju_9",
        "离席 li_wei 自 sales 于 cju_2",
        "交接 cju_3 到 cju_9 由 li_wei=zhou_hang",
    ),
    "en": (
        "add cju_9 kind cju name Long tail two under area_east",
        "move cju_2 under area_north",
        "close cju_3",
        "give li_wei seat sales in cju_9",
        "take li_wei seat sales in cju_2",
        "hand over cju_3 to cju_9 with li_wei=zhou_hang",
    ),
}
"""One example of each line."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One line: `act` is add, move, close, give, take or hand_over; the other values are what that act needs."""

    line: int
    act: str
    unit: str
    under: str = ""
    kind: str = ""
    name: str = ""
    person: str = ""
    seat: str = ""
    successors: Mapping[str, str] = field(default_factory=empty_map)


_WORD = r"([A-Za-z0-9_.-]+)"
_PATTERNS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("add", ("unit", "kind", "name", "under"), rf"(?:add|新建) {_WORD} (?:kind|类型) {_WORD} (?:name|名称) (.+?)(?: (?:under|上级) {_WORD})?"),
    ("move", ("unit", "under"), rf"(?:move|移动) {_WORD} (?:under|到) {_WORD}"),
    ("close", ("unit",), rf"(?:close|关闭) {_WORD}"),
    ("give", ("person", "seat", "unit"), rf"(?:give|就座) {_WORD} (?:seat|任) {_WORD} (?:in|于) {_WORD}"),
    ("take", ("person", "seat", "unit"), rf"(?:take|离席) {_WORD} (?:seat|自) {_WORD} (?:in|于) {_WORD}"),
    ("hand_over", ("unit", "under", "successors"), rf"(?:hand over|交接) {_WORD} (?:to|到) {_WORD} (?:with|由) (.+)"),
)  # fmt: skip
"""The act, what its groups are, how it is written."""


def parse_changes(text: str) -> tuple[PlannedChange, ...]:
    """The changes of a text; empty lines and lines led by # say nothing. Raises BadRequest that names the line."""
    lines = [(at, " ".join(line.split())) for at, line in enumerate(text.splitlines(), 1)]
    written = [(at, line) for at, line in lines if line and not line.startswith("#")]
    if not 0 < len(written) <= MOST_LINES:
        raise BadRequest(Message(f"方案应有 1 到 {MOST_LINES} 行", f"A plan has 1 to {MOST_LINES} lines"), field="plan")
    return tuple(_change(at, line) for at, line in written)


def _change(at: int, line: str) -> PlannedChange:
    for act, names, pattern in _PATTERNS:
        found = re.fullmatch(pattern, line)
        if found:
            values = {name: value or "" for name, value in zip(names, found.groups(), strict=True)}
            successors = _successors(at, values.pop("successors", ""))
            return PlannedChange(at, act, successors=successors, **values)
    raise BadRequest(
        Message(
            f"第 {at} 行看不懂：{line[:80]}；可写作：{'；'.join(SYNTAX['zh'])}",
            f"Line {at} is not understood: {line[:80]}; written as: {'; '.join(SYNTAX['en'])}",
        ),
        field="plan",
    )


def _successors(at: int, text: str) -> Mapping[str, str]:
    """`a=b, c=d`"""
    pairs = [part.split("=") for part in re.split(r"[,，、 ]+", text) if part]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise BadRequest(
            Message(f"第 {at} 行的接手人写作 li_wei=zhou_hang", f"Line {at}: successors are written li_wei=zhou_hang"),
            field="plan",
        )
    return {pair[0]: pair[1] for pair in pairs}
