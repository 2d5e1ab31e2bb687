"""Probes: made-up rows on which a model's file is compared with its trainer; no row of anybody stands in them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

ROWS = 10_000
MISSING, UNKNOWN = 0.06, 0.12
"""The shares of cells below which they are missing, and from there below which they are a word that no row had."""
UNKNOWN_WORD = "从未见过的取值"


@dataclass(frozen=True, slots=True)
class Probe:
    """How the rows are drawn: of each category its words, of each number a rising row of values; the same seed, the same rows."""

    seed: int
    rows: int
    words: tuple[tuple[str, ...], ...]
    values: tuple[tuple[float, ...], ...]


def probe_columns(probe: Probe) -> tuple[list[list[str]], list[list[float]]]:
    """The columns of categories (an empty text is missing) and of numbers (NaN is missing)."""
    chance = random.Random(probe.seed)
    texts = [[_word(chance, words) for _ in range(probe.rows)] for words in probe.words]
    numbers = [[_number(chance, values) for _ in range(probe.rows)] for values in probe.values]
    return texts, numbers


def _word(chance: random.Random, words: Sequence[str]) -> str:
    drawn = chance.random()
    if drawn < MISSING:
        return ""
    return UNKNOWN_WORD if drawn < UNKNOWN or not words else words[int(chance.random() * len(words))]


def _number(chance: random.Random, values: Sequence[float]) -> float:
    """One of the values, one between two of them, or one beyond them."""
    drawn, at = chance.random(), int(chance.random() * len(values))
    if drawn < MISSING or not values:
        return math.nan
    if drawn < 0.4:
        return values[at]
    if drawn < 0.45:
        return values[-1] + (values[-1] - values[0] + 1) * chance.random()
    low, high = values[at], values[min(at + 1, len(values) - 1)]
    return low + (high - low) * chance.random()
