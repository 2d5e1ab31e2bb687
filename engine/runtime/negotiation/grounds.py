"""Grounds: what a version goes by in a probability, in words beside what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.diagnostics import Message
from engine.runtime.modeling.reasons import OTHERS, Explanation, GroupReason, explain
from engine.runtime.modeling.scoring import Cell, ColumnDomain, Scorer
from engine.runtime.negotiation.packages import Reason
from engine.runtime.negotiation.stakes import ModelStake

UP, DOWN = 3, 2
MOST_CELLS = 3
LEAST = 0.0005
"""Shares below this are nothing."""
REMEMBERED = 512
"""Lines whose reasons a process keeps."""
Usual = Mapping[str, float | None]


def grounds(scorer: Scorer, stake: ModelStake, line: Sequence[Cell], usual: Usual) -> tuple[Reason, ...]:
    """The three groups that add most and the two that take most, exactly. `usual` are values of similar deals by feature;
    for other features what was usual where the version learnt."""
    found = [one for one in _explained(scorer, tuple(line)).reasons if abs(one.share) >= LEAST]
    up = [one for one in found if one.share > 0][:UP]
    down = [one for one in found if one.share < 0][:DOWN]
    saying = _Saying({one.name: one for one in scorer.columns}, usual, stake)
    return tuple(Reason(one.group, one.share, saying.words(one)) for one in (*up, *down))


@lru_cache(maxsize=REMEMBERED)
def _explained(scorer: Scorer, line: tuple[Cell, ...]) -> Explanation:
    """The reasons of a line: while an offer is typed, most lines are those of the answer before."""
    return explain(scorer, line)


@dataclass(frozen=True, slots=True)
class _Saying:
    """How reasons are put into words: columns, what is usual, and what their values are called."""

    columns: Mapping[str, ColumnDomain]
    usual: Usual
    stake: ModelStake

    def words(self, reason: GroupReason) -> Message:
        cells = [(self.columns[name], cell, self._usual(name, typical)) for name, cell, typical in reason.cells]
        telling = [one for one in cells if one[1] != one[2]] or cells
        zh = "、".join(self._cell(one, "zh", "常见") for one in telling[:MOST_CELLS])
        en = ", ".join(self._cell(one, "en", "usual") for one in telling[:MOST_CELLS])
        group = "" if reason.group == OTHERS or reason.group in self.columns else reason.group
        share = f"{reason.share * 100:+.1f}"
        return Message(f"{group}：{zh}（{share} 个百分点）".removeprefix("："), f"{en} ({share} points)")

    def _usual(self, name: str, typical: Cell) -> Cell:
        found = self.usual.get(name)
        return typical if found is None else found

    def _cell(self, cell: tuple[ColumnDomain, Cell, Cell], language: str, word: str) -> str:
        column, value, usual = cell
        label = column.label.get(language) or column.label.get("zh") or column.name
        said, other = (self.stake.said(column.name, one).text(language) for one in (value, usual))
        return f"{label} {said}" if usual is None or usual == value else f"{label} {said} ({word} {other})"
