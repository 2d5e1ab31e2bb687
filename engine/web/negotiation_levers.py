"""Levers of a negotiation as a form takes them: shares as percentages, limits and the corridor of similar deals as marks on a track."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.entities import FieldKind
from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.authority import Reach
from engine.runtime.negotiation.corridors import Corridor
from engine.runtime.negotiation.readings import label_of
from engine.runtime.negotiation.stakes import LeverStake
from engine.widgets.formats import MINUS, format_number
from engine.widgets.negotiation_parts import CorridorView, LeverView, MarkView

MOST = 1e9
"""The largest number that a lever takes."""


class NotANumber(ValueError):
    """What was typed is no number that a lever takes."""


@dataclass(frozen=True, slots=True)
class LeverWords:
    """How one lever is spoken of: its label, unit, which way is good for the customer (1 more, -1 less), the steps it stands
    on, and by how much its values are shown larger than they are kept."""

    key: str
    generous: int
    steps: tuple[float, ...]
    label: str
    unit: str
    times: int
    language: str

    def text(self, value: float) -> str:
        """A value with its unit: 8 %, 60 天, 12 months."""
        number = format_number(Decimal(self.entered(value)), self.language)
        if not self.unit:
            return number
        return f"{number}{self.unit}" if self.unit == "%" and self.language != "zh" else f"{number} {self.unit}"

    def entered(self, value: float) -> str:
        """A value as it stands in an input."""
        return _plain(value * self.times)

    def value(self, typed: str) -> float:
        """The value of what was typed, also with full-width digits, commas, and a percent sign. Raises NotANumber."""
        plain = unicodedata.normalize("NFKC", typed).replace(",", "").replace(MINUS, "-").strip()
        for ending in ("%", self.unit):
            plain = plain.removesuffix(ending).strip() if ending else plain
        try:
            number = float(Decimal(plain))
        except (InvalidOperation, ValueError) as error:
            raise NotANumber from error
        if not math.isfinite(number) or not 0 <= number <= MOST:
            raise NotANumber
        return number / self.times


def words_of(model: AppModel, negotiation: Negotiation, language: str) -> tuple[LeverWords, ...]:
    """How each lever is spoken of, in their order."""
    entity = negotiation.history.entity
    found = []
    for lever in negotiation.levers:
        field = model.field(entity, lever.field)
        label = label_of(model, entity, lever.field, lever.label).text(language)
        percent = field is not None and field.kind is FieldKind.PERCENT
        unit = "%" if percent else field.measure_unit.text(language) if field is not None else ""
        found.append(LeverWords(lever.id, lever.generous, lever.steps, label, unit, 100 if percent else 1, language))
    return tuple(found)


def words_of_stakes(levers: Iterable[LeverStake], language: str) -> tuple[LeverWords, ...]:
    """How the levers of stakes are spoken of."""
    return tuple(_stake_words(one, one.kind == FieldKind.PERCENT, language) for one in levers)


def _stake_words(one: LeverStake, percent: bool, language: str) -> LeverWords:
    unit = "%" if percent else one.unit.text(language)
    return LeverWords(one.key, one.generous, one.steps, one.label.text(language), unit, 100 if percent else 1, language)


@dataclass(frozen=True, slots=True)
class LeverState:
    """A lever at the table: where it stands, how far it may go, what similar deals agreed on, what was typed and is wrong
    with it."""

    now: float
    reach: Reach
    corridor: Corridor
    typed: str
    problem: str = ""


def lever_view(model: AppModel, words: LeverWords, state: LeverState) -> LeverView:
    """The lever with its track."""
    track = _track(words, state)
    return LeverView(
        key=words.key,
        label=words.label,
        unit=words.unit,
        value=state.typed,
        now=words.text(state.now),
        least=_plain(track.least),
        most=_plain(track.most),
        step=_plain(track.step),
        limit=_limit(words, state.reach),
        marks=_marks(model, words, state.reach, track),
        corridor=_corridor(words, state.corridor, track),
        problem=state.problem,
    )


@dataclass(frozen=True, slots=True)
class _Track:
    """From where to where a slider goes, as shown, and by which steps."""

    least: float
    most: float
    step: float

    def place(self, shown: float) -> float:
        """Where a value stands, from 0 to 1."""
        return min(max((shown - self.least) / (self.most - self.least), 0.0), 1.0)


def _track(words: LeverWords, state: LeverState) -> _Track:
    corridor, reach = state.corridor, state.reach
    known = [one for one in (corridor.low, corridor.high) if one is not None]
    seen = [state.now, reach.limit, *known, *words.steps, *(limit for _, limit in reach.roles)]
    shown = [one * words.times for one in seen]
    least, most = min(shown), max(shown)
    step = _step(words)
    least, most = math.floor(least / step) * step, math.ceil(most / step) * step
    return _Track(least, most if most > least else least + step, step)


def _step(words: LeverWords) -> float:
    """Half a percentage point and less for shares, else the step that all values of the lever stand on."""
    steps = [round(one * words.times) for one in words.steps]
    whole = all(math.isclose(one * words.times, shown) for one, shown in zip(words.steps, steps, strict=True))
    if steps and whole:
        return float(math.gcd(*steps) or 1)
    return 0.5 if words.times > 1 else 1.0


def _limit(words: LeverWords, reach: Reach) -> str:
    """How far the reader may go, and why no further."""
    why = reach.why.text(words.language)
    if reach.locked:
        return why
    ends = words.text(reach.limit)
    more = words.generous > 0
    until = Message(f"至多 {ends}", f"at most {ends}") if more else Message(f"至少 {ends}", f"at least {ends}")
    return Message(f"{why}：{until.text('zh')}", f"{why}: {until.text('en')}").text(words.language)


def _marks(model: AppModel, words: LeverWords, reach: Reach, track: _Track) -> tuple[MarkView, ...]:
    """The reader's own limit, and those of roles that go further."""
    marks = [MarkView(track.place(reach.limit * words.times), "", own=True)]
    further = [(role, limit) for role, limit in reach.roles if (limit - reach.limit) * words.generous > 0]
    for role, limit in sorted(further, key=lambda one: one[1] * words.generous):
        declared = model.roles.get(role)
        name, ends = declared.label.text(words.language) if declared else role, words.text(limit)
        label = Message(f"{name}可到 {ends}", f"{name} up to {ends}").text(words.language)
        marks.append(MarkView(track.place(limit * words.times), label))
    return tuple(marks)


def _corridor(words: LeverWords, corridor: Corridor, track: _Track) -> CorridorView | None:
    if corridor.low is None or corridor.middle is None or corridor.high is None:
        return None
    low, middle, high = (words.text(_rounded(words, one)) for one in (corridor.low, corridor.middle, corridor.high))
    said = Message(
        f"相似的 {corridor.n} 笔多在 {low} 到 {high}，居中 {middle}",
        f"{corridor.n} similar deals mostly {low} to {high}, {middle} in the middle",
    )
    first, half, last = (track.place(one * words.times) for one in (corridor.low, corridor.middle, corridor.high))
    return CorridorView(first, half, last, said.text(words.language))


def _rounded(words: LeverWords, value: float) -> float:
    """A value of a corridor as it is told: to a tenth of what is shown."""
    return round(value * words.times, 1) / words.times


def _plain(shown: float) -> str:
    text = f"{shown:.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
