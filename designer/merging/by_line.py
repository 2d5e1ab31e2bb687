"""Three-way merge of texts by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Clash:
    """Lines that both sides changed, each differently."""

    base: str
    mine: str
    theirs: str


def merged_lines(base: str, mine: str, theirs: str) -> str | Clash:
    """Both changes in one text, or the first lines that both changed differently."""
    if theirs in (mine, base):
        return mine
    if mine == base:
        return theirs
    lines, one, other = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    result: list[str] = []
    for part in _parts(lines, one, other):
        under, left, right = ("".join(side) for side in part)
        if left != right and under not in (left, right):
            return Clash(under, left, right)
        result.append(right if left == under else left)
    return "".join(result)


_Part = tuple[Sequence[str], Sequence[str], Sequence[str]]


def _parts(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[_Part]:
    """The texts in parts between lines that all three have: such a line ends a part."""
    left, right = _kept(base, mine), _kept(base, theirs)
    at = a = b = 0
    for line in range(len(base)):
        if line in left and line in right:
            yield base[at:line], mine[a : left[line]], theirs[b : right[line]]
            yield base[line : line + 1], mine[left[line] : left[line] + 1], theirs[right[line] : right[line] + 1]
            at, a, b = line + 1, left[line] + 1, right[line] + 1
    yield base[at:], mine[a:], theirs[b:]


def _kept(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Lines of the base that stand in the other text too: number there by number here."""
    found: dict[int, int] = {}
    for start, there, size in SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks():
        found.update((start + step, there + step) for step in range(size))
    return found
