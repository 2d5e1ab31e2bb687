"""Diagnostics: every problem of a definition as a value with place, cause and remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Severity(StrEnum):
    """How bad a diagnostic is; only ERROR keeps an application from being served."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a definition file: path relative to the packs folder, lines and columns counted from 1, end exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in the languages of the product; `text(language)` falls back to English."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Instead(Message):
    """The hint of a name that nothing bears: `wrong` stands in the text where `right` was probably meant."""

    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: `code` names its catalogue entry, `message` says what and why, `hint` how to mend it."""

    code: str
    severity: Severity
    span: Span
    message: Message
    hint: Message | None = None
    excerpt: str = ""
    related: tuple[Span, ...] = ()

    def as_dict(self, language: str = "en") -> dict[str, object]:
        """The shape of `dougong check --json`."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "message": self.message.text(language),
            "hint": self.hint.text(language) if self.hint else None,
        }

    def as_text(self, language: str = "en") -> str:
        """Two or three lines for a terminal: code, place, message, the source line with a caret, help."""
        word = {"zh": "建议", "en": "help"}["zh" if language.startswith("zh") else "en"]
        lines = [f"{self.code} {self.span}  {_visible(self.message.text(language))}"]
        if self.excerpt:
            lines += [f"    {_visible(self.excerpt)}", "    " + " " * (self.span.column - 1) + "^"]
        if self.hint:
            lines.append(f"  {word}: {_visible(self.hint.text(language))}")
        return "\n".join(lines)


def _visible(text: str) -> str:
    """Text of a definition that cannot steer a terminal: controls and overrides of direction give way to a mark."""
    return _STEERING.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a diagnostic code means; templates take `str.format` fields from the place that reports it."""

    code: str
    severity: Severity
    message: Message
    hint: Message | None = None
    example: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All diagnostic codes of the product, by code. Modules declare theirs; `merge` refuses a code declared twice."""

    entries: Mapping[str, CatalogueEntry] = field(default_factory=dict)

    @classmethod
    def of(cls, *entries: CatalogueEntry) -> Catalogue:
        return cls({entry.code: entry for entry in entries})

    def merge(self, *others: Catalogue) -> Catalogue:
        merged = dict(self.entries)
        for other in others:
            clash = merged.keys() & other.entries.keys()
            if clash:
                raise ValueError(f"diagnostic codes declared twice: {sorted(clash)}")
            merged.update(other.entries)
        return Catalogue(merged)

    def report(
        self, code: str, span: Span, /, excerpt: str = "", hint: Message | None = None, **values: object
    ) -> Diagnostic:
        """A diagnostic of `code` at `span`; `values` fill the templates of message and hint; `hint` replaces the entry's."""
        entry = self.entries[code]
        filled = hint or (_fill(entry.hint, values) if entry.hint else None)
        return Diagnostic(code, entry.severity, span, _fill(entry.message, values), filled, excerpt)


def _fill(message: Message, values: Mapping[str, object]) -> Message:
    return Message(message.zh.format_map(values), message.en.format_map(values))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(d.severity is Severity.ERROR for d in diagnostics)


def sorted_by_place(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda d: (d.span, d.code)))


def render_text(diagnostics: Iterable[Diagnostic], language: str = "en") -> str:
    return "\n".join(d.as_text(language) for d in diagnostics)


def render_json(diagnostics: Iterable[Diagnostic], language: str = "en") -> str:
    return json.dumps([d.as_dict(language) for d in diagnostics], ensure_ascii=False, indent=2)


class DougongError(Exception):
    """Root of the product's exceptions: `code` is stable, `message` is for people, `status` is the HTTP answer."""

    code = "internal_error"
    status = 500

    def __init__(self, message: Message, **details: object) -> None:
        super().__init__(message.en)
        self.message = message
        self.details = details
