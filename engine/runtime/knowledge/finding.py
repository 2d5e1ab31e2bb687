"""Finding nodes by what people type: part of a name in any language, or the initials of its Chinese reading."""

from __future__ import annotations

import unicodedata

from engine.model.names import Label
from engine.runtime.search.initials import LONGEST, initials_of
from engine.runtime.search.tokens import folded_runs

_STRIDE = LONGEST // 2
"""So that every run of half the longest initials lies whole in one of those kept."""


def findable(*labels: Label) -> str:
    """The words under which something is found: what it is called, and the initials of that. Anything typed is looked
    for within them.
    """
    texts = [text for label in labels for text in label.texts.values()]
    found = [_folded(text) for text in texts]
    for text in texts:
        for run in folded_runs(text):
            for at in range(0, max(1, len(run) - _STRIDE + 1), _STRIDE):
                found += initials_of(run[at:])
    return " ".join(dict.fromkeys(found))


def is_found(words: str, typed: str) -> bool:
    """Whether every word that was typed is among the words of `findable`."""
    return all(word in words for word in _folded(typed).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
