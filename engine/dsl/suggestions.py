"""'Did you mean': the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from engine.diagnostics import Instead

SHOWN = 12
"""How many of the allowed names a hint lists."""


def nearest(name: str, options: Iterable[str]) -> str | None:
    """The option that `name` was probably meant to be, or None when none is near."""
    names = [option for option in options if option != name]
    found = process.extractOne(name, names, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=0.6)
    if found is None:
        found = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=75)
    return str(found[0]) if found else None


def listed(options: Iterable[str]) -> str:
    """The options as a hint shows them."""
    names = list(options)
    rest = "" if len(names) <= SHOWN else f" … ({len(names)})"
    return (", ".join(names[:SHOWN]) or "–") + rest


def suggestion(name: str, options: Iterable[str]) -> Instead | None:
    """The hint that names the nearest option, then all; None when there is nothing near (the entry's own hint holds)."""
    names = list(options)
    near = nearest(name, names)
    if near is None:
        return None
    zh, en = f"是否想写「{near}」？可用：{listed(names)}", f'did you mean "{near}"? allowed: {listed(names)}'
    return Instead(zh, en, name, near)
