"""Effects that are live: what one more point of a treatment does where, or why that is not said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.diagnostics import Message
from engine.runtime.modeling.effect_words import effect_sentence, no_effect_sentence, overlap_sentence
from engine.runtime.modeling.model_registry import check_effect_file
from engine.runtime.modeling.model_tables import EFFECT_KEY, champion_of
from engine.runtime.work import Work

EffectState = Literal["known", "too_few", "sign_alarm", "unusable", "none"]
STATES: dict[str, EffectState] = {
    "known": "known",
    "too_few": "too_few",
    "sign_alarm": "sign_alarm",
    "unusable": "unusable",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What one more point of the treatment adds to the probability: `value_per_point` with its interval, None unless `known`.

    `grade` is how far its own checks let it be believed, `n` the rows it stands on. `words` never speak of causes where a
    check forbids it.
    """

    state: EffectState
    grade: str
    value_per_point: float | None
    low: float | None
    high: float | None
    n: int
    words: Message
    overlap: Message


def live_effect(work: Work, name: str, where: Mapping[str, str]) -> Effect:
    """The live version's answer for the cell that `where` names by the effect's own columns; of none of them for all rows.

    Raises FileAltered.
    """
    version = champion_of(work.session, EFFECT_KEY + name)
    if version is None:
        return Effect("none", "", None, None, None, 0, no_effect_sentence(), Message("", ""))
    check_effect_file(work.data_folder, version)
    return effect_in(version.card, where)


def effect_in(card: Mapping[str, Any], where: Mapping[str, str]) -> Effect:
    """A card's answer for a cell; a cell that the card has not has too few rows."""
    known = {name: where[name] for name in card["question"]["by"] if where.get(name)}
    cell: Mapping[str, Any] | None = None
    if known:
        cell = next((one for one in card["cells"] if one["where"] == known), None)
        cell = cell or {"where": known, "state": "too_few", "n": 0, "value": None, "low": None, "high": None}
    said = cell or {**{key: card[key] for key in ("state", "value", "low", "high")}, "n": card["rows"]["learnt"]}
    state = STATES[str(card["state"] if card["state"] != "known" else said["state"])]
    told = state == "known"
    value, low, high = (float(said[key]) if told else None for key in ("value", "low", "high"))
    words = effect_sentence(card, state, (value, low, high), int(said["n"]))
    return Effect(state, str(card["grade"]), value, low, high, int(said["n"]), words, overlap_sentence(card))
