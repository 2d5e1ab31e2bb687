"""Rhythms: how often a report comes, in the words that one chooses among."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.reports import Every, Rhythm

DAYS = (
    Message("周一", "Monday"),
    Message("周二", "Tuesday"),
    Message("周三", "Wednesday"),
    Message("周四", "Thursday"),
    Message("周五", "Friday"),
    Message("周六", "Saturday"),
    Message("周日", "Sunday"),
)
CHOICES = {
    "workday": Message("每个工作日", "Every working day"),
    "day": Message("每天", "Every day"),
    **{f"week{at}": Message(f"每{day.zh}", f"Every {day.en}") for at, day in enumerate(DAYS, 1)},
    "month1": Message("每月 1 日", "On the 1st of the month"),
    "month15": Message("每月 15 日", "On the 15th of the month"),
    "month31": Message("每月最后一天", "On the last day of the month"),
}
"""The rhythms that one chooses among; a day off moves to the next working day."""


def words_of(rhythm: Rhythm, language: str) -> str:
    """A rhythm in words."""
    at = rhythm.at.strftime("%H:%M")
    if rhythm.every in {Every.DAY, Every.WORKDAY}:
        said = CHOICES[rhythm.every.value]
    elif rhythm.every is Every.WEEK:
        said = CHOICES[f"week{min(max(rhythm.on, 1), 7)}"]
    else:
        said = CHOICES.get(f"month{rhythm.on}") or Message(f"每月 {rhythm.on} 日", f"On day {rhythm.on} of the month")
    return f"{said.text(language)} {at}"
