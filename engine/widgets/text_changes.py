"""Text changes: what of a long text was taken out and put in, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from engine.widgets.cells import Shown

LONG = frozenset({"long", "rich"})
MOST_LINES = 300
"""Lines of a text that are compared; longer ones stand whole beside each other."""


def changed_lines(old: Shown, new: Shown) -> tuple[tuple[str, str], ...]:
    """The lines that differ, each with `out`, `in` or, between two places, `gap`; nothing where a text is short or new."""
    if not {old.kind, new.kind} <= LONG:
        return ()
    before, after = old.text.split("\n"), new.text.split("\n")
    if max(len(before), len(after)) > MOST_LINES or max(len(before), len(after)) == 1:
        return ()
    return tuple(_changed(before, after))


def only_formatting(old: Shown, new: Shown) -> bool:
    """Whether the words stayed and how they look changed."""
    return "rich" in (old.kind, new.kind) and old.text == new.text


def _changed(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    told = False
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            if told:
                yield "gap", ""
            told = False
            continue
        yield from (("out", line) for line in before[a:b])
        yield from (("in", line) for line in after[c:d])
        told = True
