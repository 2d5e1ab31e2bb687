"""Grounds: what a version goes by in a probability, in words beside what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.diagnostics import Message
from engine.runtime.modeling.reasons import OTHERS, GroupReason, explain
from engine.runtime.modeling.scoring import Cell, ColumnDomain, Scorer
from engine.runtime.negotiation.packages import Reason

UP, DOWN = 3, 2
MOST_CELLS = 3
LEAST = 0.0005
"""Shares below this are nothing."""


def grounds(scorer: Scorer, line: Sequence[Cell], usual: Mapping[str, float | None]) -> tuple[Reason, ...]:
    """The three groups that add most and the two that take most, exactly. `usual` are values of similar deals by feature;
    for other features what was usual where the version learnt."""
    found = [one for one in explain(scorer, line).reasons if abs(one.share) >= LEAST]
    up = [one for one in found if one.share > 0][:UP]
    down = [one for one in found if one.share < 0][:DOWN]
    columns = {one.name: one for one in scorer.columns}
    return tuple(Reason(one.group, one.share, _words(columns, one, usual)) for one in (*up, *down))


def _words(columns: Mapping[str, ColumnDomain], reason: GroupReason, usual: Mapping[str, float | None]) -> Message:
    cells = [(columns[name], cell, usual.get(name, typical)) for name, cell, typical in reason.cells]
    telling = [one for one in cells if one[1] != one[2]] or cells
    zh = "、".join(_cell(one, "zh", "常见") for one in telling[:MOST_CELLS])
    en = ", ".join(_cell(one, "en", "usual") for one in telling[:MOST_CELLS])
    group = "" if reason.group == OTHERS or reason.group in columns else reason.group
    share = f"{reason.share * 100:+.1f}"
    return Message(f"{group}：{zh}（{share} 个百分点）".removeprefix("："), f"{en} ({share} points)")


def _cell(cell: tuple[ColumnDomain, Cell, Cell], language: str, word: str) -> str:
    column, value, usual = cell
    label = column.label.get(language) or column.label.get("zh") or column.name
    if usual is None or usual == value:
        return f"{label} {_said(value)}"
    return f"{label} {_said(value)} ({word} {_said(usual)})"


def _said(cell: Cell) -> str:
    if cell is None:
        return "—"
    return f"{cell:,.4g}" if isinstance(cell, float | int) else str(cell)
