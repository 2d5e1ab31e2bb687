"""Folded texts: what recognisers read. Full-width signs are narrowed (NFKC), signs without width go, and every place in the
folded text is known in the text as it was written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_NOTHING = {0x200B: None, 0x200C: None, 0x200D: None, 0x2060: None, 0xFEFF: None, 0x00AD: None}
_DASHES = {ord(sign): "-" for sign in "‐‑‒–—―−﹣－"}


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text as it is read; `places` are the places of its signs in what was written, None where both are the same."""

    text: str
    places: tuple[int, ...] | None

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text stands in what was written."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> FoldedText:
    """A text as recognisers read it, with the places of its signs."""
    folded = fold_text(text)
    if folded == text:
        return FoldedText(text, None)
    if all(len(fold_text(sign)) == 1 for sign in set(text)):
        return FoldedText(folded, tuple(range(len(text))))
    signs, places = [], []
    for at, sign in enumerate(text):
        for one in fold_text(sign):
            signs.append(one)
            places.append(at)
    return FoldedText("".join(signs), tuple(places))


def fold_text(text: str) -> str:
    """A text as recognisers read it."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_NOTHING)
