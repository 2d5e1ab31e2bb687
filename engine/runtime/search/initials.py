"""Initials: the first letters of the readings of Chinese characters; a run of them is what people type for a name."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product
from pathlib import Path

FILE = Path(__file__).parent / "initials.txt"
LONGEST = 8
MOST_AMBIGUOUS = 3
MOST_FORMS = 6


@cache
def _letters() -> dict[str, str]:
    """The first letters by character, the usual one first: 张 z, 重 zc."""
    found: dict[str, str] = {}
    for line in FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            letter, characters = line.split(" ", 1)
            for character in characters:
                found[character] = found.get(character, "") + letter
    return found


@lru_cache(maxsize=10_000)
def initials_of(run: str) -> tuple[str, ...]:
    """What a run of characters may be abbreviated to: 重庆 gives zq and cq; nothing where a reading is not known.

    The usual readings come first, then those that take the fewest others.
    """
    letters = [_letters().get(character, "") for character in run[:LONGEST]]
    if not all(letters):
        return ()
    if all(len(one) == 1 for one in letters):
        return ("".join(letters),)
    ambiguous = [at for at, one in enumerate(letters) if len(one) > 1][:MOST_AMBIGUOUS]
    choices = [range(len(one)) if at in ambiguous else range(1) for at, one in enumerate(letters)]
    chosen = sorted(product(*choices), key=lambda picks: sum(pick > 0 for pick in picks))
    return tuple("".join(one[pick] for one, pick in zip(letters, picks, strict=True)) for picks in chosen[:MOST_FORMS])
