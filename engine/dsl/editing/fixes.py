"""What mends a problem: edits of the text, where one is known that cannot be mistaken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Instead, Message
from engine.dsl.edits import Edit
from engine.dsl.source import SourceText

_TRUTH = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_TAB_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits of one file (offsets in code points) that mend a problem, and what they do in words; `sure`: nothing else is meant."""

    words: Message
    file: str
    edits: tuple[Edit, ...]
    sure: bool = True


def fixes(source: SourceText, problem: Diagnostic) -> Iterator[Fix]:
    """The ways to mend a problem of this text, the likeliest first; none where an author has to decide."""
    start, end = _offsets(source, problem)
    if isinstance(problem.hint, Instead):
        yield from _instead(source, problem.hint, start, end)
    elif problem.code == "E104":
        tabs = tuple(Edit(one.start(), one.end(), " " * _TAB_WIDTH) for one in re.finditer("\t", source.text))
        yield Fix(Message("制表符都改为空格", "Replace every tab by spaces"), source.file, tabs)
    elif problem.code == "E102":
        yield Fix(Message("删去这个字符", "Remove the character"), source.file, (Edit(start, end, ""),))
    elif problem.code == "E111":
        yield from _truth(source, start, end)
    elif problem.code == "E115":
        yield from _quoted(source, start, end, sure=True)


def _offsets(source: SourceText, problem: Diagnostic) -> tuple[int, int]:
    span = problem.span
    last = len(source.line_starts)
    start = source.line_starts[min(max(span.line, 1), last) - 1] + span.column - 1
    end = source.line_starts[min(span.end_line, last) - 1] + span.end_column - 1 if span.end_line else start
    return start, max(start, end)


def _instead(source: SourceText, hint: Instead, start: int, end: int) -> Iterator[Fix]:
    """The nearest name in the place of the wrong one, which is a word of the text at the problem."""
    reach = max(end, min(start + len(hint.wrong), len(source.text)))
    found = list(re.finditer(rf"(?<!\w){re.escape(hint.wrong)}(?!\w)", source.text[start:reach]))
    if found:
        at = start + found[-1].start()
        words = Message(f"改为 {hint.right}", f"Change to {hint.right}")
        yield Fix(words, source.file, (Edit(at, at + len(hint.wrong), hint.right),))


def _truth(source: SourceText, start: int, end: int) -> Iterator[Fix]:
    word = source.text[start:end]
    meant = _TRUTH.get(word.lower())
    if meant:
        words = Message(f"改为 {meant}", f"Change to {meant}")
        yield Fix(words, source.file, (Edit(start, end, meant),), sure=False)
    yield from _quoted(source, start, end, sure=False)


def _quoted(source: SourceText, start: int, end: int, *, sure: bool) -> Iterator[Fix]:
    word = source.text[start:end]
    if word and "\n" not in word and '"' not in word and "\\" not in word and not word.startswith("!"):
        words = Message("加上引号", "Put quotes around it")
        yield Fix(words, source.file, (Edit(start, end, f'"{word}"'),), sure=sure)
