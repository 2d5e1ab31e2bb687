"""What is broken: the problem that a fix is for, where it stands, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.commands.sheets import Command
from designer.paths import steps_of
from designer.plain import value_at
from engine.diagnostics import Diagnostic, Message
from engine.dsl.document import Document
from engine.dsl.source import Path


@dataclass(frozen=True, slots=True)
class Broken:
    """A problem at a path of a file with its data, among the documents of the draft."""

    problem: Diagnostic
    data: object
    path: Path
    documents: Sequence[Document]

    @property
    def file(self) -> str:
        return self.problem.span.file

    @property
    def value(self) -> object:
        return value_at(self.data, self.path)

    def steps(self, path: Path | None = None) -> list[object]:
        """A path as commands write it."""
        return steps_of(self.data, self.path if path is None else path)

    @property
    def document(self) -> Document | None:
        """What the file is."""
        return next((one for one in self.documents if any(own.file == self.file for own in one.sources)), None)

    def found(self, kind: str, name: object) -> Document | None:
        """A resource of the draft."""
        return next((one for one in self.documents if one.kind == kind and one.name == name), None)

    def removing(self, path: Path, words: Message) -> Command:
        """The command that takes what stands at a path away."""
        value = value_at(self.data, path)
        return labelled(words, {"do": "remove", "file": self.file, "path": self.steps(path), "expect": value})


def labelled(words: Message, command: Mapping[str, object]) -> Command:
    """A command with what it does in words."""
    return {**command, "label": {"zh": words.zh, "en": words.en}}


def file_of(document: Document) -> str:
    """The file that a resource is written in."""
    return document.sources[0].file
