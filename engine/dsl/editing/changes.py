"""What differs between two texts, as edits of whole lines; and the canonical form as such edits."""

from __future__ import annotations

from difflib import SequenceMatcher

from engine.diagnostics import Diagnostic
from engine.dsl.edits import Edit
from engine.dsl.formatter import format_text
from engine.dsl.pack_reader import PackFile


def line_edits(before: str, after: str) -> list[Edit]:
    """The edits that make `after` of `before`, whole lines each: what is the same stays where the cursor is."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Edit(starts[begin], starts[end], "".join(new[start:stop]))
        for tag, begin, end, start, stop in matcher.get_opcodes()
        if tag != "equal"
    ]


def edits_to_form(file: PackFile, text: str) -> list[Edit] | tuple[Diagnostic, ...]:
    """The edits that bring a text into canonical form, line ends staying those of the file; or why it cannot be read."""
    formatted = format_text(file.kind, text, file.file)
    if isinstance(formatted, tuple):
        return formatted
    if "\r\n" in text:
        formatted = formatted.replace("\r\n", "\n").replace("\n", "\r\n")
    return line_edits(text, formatted)
