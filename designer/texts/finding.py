"""Finding words in all files of the draft."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Span
from engine.dsl.editing.workspace import Workspace
from engine.dsl.source import SourceText

MOST = 300
"""Places that a search tells."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: a text, as it is or whatever its letters' case, anywhere or as a whole word."""

    text: str
    case: bool = False
    whole: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        escaped = re.escape(self.text)
        bounded = rf"(?<!\w){escaped}(?!\w)" if self.whole else escaped
        return re.compile(bounded, 0 if self.case else re.IGNORECASE)


def found_in(workspace: Workspace, sought: Sought) -> Iterator[Span]:
    """The places of a text in all files, file by file."""
    pattern = sought.pattern
    for file, text in workspace.written():
        source = SourceText.of(file, text)
        for one in pattern.finditer(text):
            yield source.span(one.start(), one.end())
