"""Text of a definition file to plain data with the position of every key and value; problems are diagnostics."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern

import yaml
from yaml import events

from engine.diagnostics import Diagnostic, Span
from engine.dsl import marks
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.encoding import decode
from engine.dsl.scalars import NULLS, Inexact, Misleading, Scalar, resolve
from engine.dsl.yaml_errors import plain_words

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 30_000
MAX_PROBLEMS = 200
EXCERPT_COLUMNS = 160
UNSAFE_KEYS = frozenset({"__proto__", "constructor", "prototype"})
"""Keys that mean something else to the scripts of a page than to us."""
DOUBTFUL_KEYS = UNSAFE_KEYS | NULLS | {"<<"}

_TAB = re.compile("\t")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""What nobody sees in a text or what makes it look like another: controls, line ends of other worlds (they hide a line
from those who read the file), overrides of the writing direction, byte order marks within.
"""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text; offsets count code points from 0."""

    file: str
    text: str
    line_starts: tuple[int, ...]

    @classmethod
    def of(cls, file: str, text: str) -> SourceText:
        return cls(file, text, (0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))))

    def line(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset)

    def span(self, start: int, end: int) -> Span:
        line, end_line = self.line(start), self.line(end)
        return Span(
            self.file, line, start - self.line_starts[line - 1] + 1, end_line, end - self.line_starts[end_line - 1] + 1
        )

    def excerpt(self, span: Span) -> str:
        """The line of `span`, or nothing where a terminal could not show its column."""
        start = self.line_starts[span.line - 1]
        end = self.line_starts[span.line] if span.line < len(self.line_starts) else len(self.text)
        line = self.text[start:end].rstrip("\r\n")
        return line if span.column <= EXCERPT_COLUMNS and len(line) <= 2 * EXCERPT_COLUMNS else ""

    def problem(self, code: str, start: int, end: int, **values: object) -> Diagnostic:
        span = self.span(start, end)
        return CATALOGUE.report(code, span, self.excerpt(span), None, **values)


Path = marks.Path
Positions = Mapping[Path, marks.Mark]
"""Path in the data → (key start, key end, value start, value end, number of the source); keys of -1: none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds. With problems, `data` is what could be read, or None."""

    source: SourceText
    data: object
    positions: Positions
    problems: tuple[Diagnostic, ...] = ()


class _Frame:
    """A map or list that is being filled."""

    __slots__ = ("at", "awaits_key", "container", "key", "key_end", "key_start")

    def __init__(self, is_map: bool, at: int) -> None:
        self.container: dict[str, object] | list[object] = {} if is_map else []
        self.at = at
        self.awaits_key = is_map
        self.key, self.key_start, self.key_end = "", -1, -1


def read_source(file: str, content: bytes) -> Reading:
    """Read one file: never raises; whatever is wrong with it stands in `problems`."""
    empty = SourceText.of(file, "")
    if len(content) > MAX_BYTES:
        return Reading(empty, None, {}, (empty.problem("E103", 0, 0, limit=MAX_BYTES),))
    text, problem = decode(file, content)
    if problem is not None:
        return Reading(empty, None, {}, (problem,))
    source = SourceText.of(file, text)
    problems = tuple(_forbidden_characters(source))
    return Reading(source, None, {}, problems) if problems else _Walk(source).read()


def _forbidden_characters(source: SourceText) -> Iterator[Diagnostic]:
    control = _CONTROL.search(source.text)
    if control:
        yield source.problem("E102", control.start(), control.end(), character=f"U+{ord(control.group()):04X}")
    tab = _TAB.search(source.text)
    if tab:
        yield source.problem("E104", tab.start(), tab.end())


class _TooMuch(Exception):
    """A cap was reached; the problem is recorded."""


class _Walk:
    """One pass over the parser's events, with its own stack: depth of the text costs no depth of calls."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.row: list[int] = []
        self.stack: list[_Frame] = []
        self.root: object = None
        self.documents = 0

    def read(self) -> Reading:
        try:
            self._events(yaml.CSafeLoader(self.source.text))
        except yaml.YAMLError as error:
            self._syntax_error(error)
            return Reading(self.source, None, {}, tuple(self.problems))
        except _TooMuch:
            return Reading(self.source, None, {}, tuple(self.problems))
        if not self.problems and not isinstance(self.root, dict):
            self._problem("E116" if self.root is None else "E117", 0, 0)
        return Reading(self.source, self.root, marks.Marks(self.root, array("l", self.row)), tuple(self.problems))

    def _problem(self, code: str, start: int, end: int, **values: object) -> None:
        self.problems.append(self.source.problem(code, start, end, **values))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(self.source.problem("E118", 0, 0, limit=MAX_PROBLEMS))
            raise _TooMuch

    def _syntax_error(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        offset = min(mark.index, len(self.source.text)) if mark else 0
        words = plain_words(str(getattr(error, "problem", "") or getattr(error, "reason", "") or error))
        self._problem("E105", offset, offset, zh=words.zh, en=words.en)

    def _events(self, parser: yaml.CSafeLoader) -> None:
        """Take every event; scalars and ends come first, since of them there are most."""
        following, scalar, values = parser.get_event, self._scalar, 0
        while (event := following()) is not None:
            begins, ends = event.start_mark, event.end_mark
            assert begins is not None
            assert ends is not None
            start, end = begins.index, ends.index
            if type(event) is events.ScalarEvent:
                values += 1
                if values > MAX_NODES:
                    self._too_many(start)
                scalar(event, start, end)
            elif isinstance(event, events.CollectionEndEvent):
                self._close(self.stack.pop(), end)
            elif isinstance(event, events.CollectionStartEvent):
                values += 1
                if values > MAX_NODES:
                    self._too_many(start)
                self._open(event, start, end)
            elif isinstance(event, events.AliasEvent):
                self._problem("E107", start, end, name=f"*{(event.anchor or '')[:80]}")
                self._put(None, start, end)
            elif isinstance(event, events.DocumentStartEvent):
                self._document(start, end)

    def _document(self, start: int, end: int) -> None:
        self.documents += 1
        if self.documents > 1:
            self._problem("E110", start, end)
            raise _TooMuch

    def _too_many(self, start: int) -> None:
        self._problem("E113", start, start, limit=MAX_NODES)
        raise _TooMuch

    def _adorned(self, event: events.ScalarEvent | events.CollectionStartEvent, start: int, end: int) -> None:
        """No value has an anchor or a tag."""
        if event.anchor:
            self._problem("E107", start, start + len(event.anchor) + 1, name=f"&{event.anchor[:80]}")
        if event.tag:
            self._problem("E108", start, end, tag=event.tag.replace("tag:yaml.org,2002:", "!!")[:80])

    def _visible(self, event: events.ScalarEvent, start: int, end: int) -> None:
        """Only double quotes have escapes, which could bring in what may not stand there as itself."""
        found = _CONTROL.search(event.value)
        if found:
            self._problem("E102", start, end, character=f"U+{ord(found.group()):04X}")

    def _open(self, event: events.CollectionStartEvent, start: int, end: int) -> None:
        if event.anchor or event.tag:
            self._adorned(event, start, end)
        stack = self.stack
        if len(stack) >= MAX_DEPTH:
            self._problem("E112", start, start, limit=MAX_DEPTH)
            raise _TooMuch
        parent = stack[-1] if stack else None
        if parent is not None and parent.awaits_key:
            self._problem("E114", start, end)
            raise _TooMuch
        stack.append(_Frame(type(event) is events.MappingStartEvent, len(self.row) // marks.WIDTH))
        self.row += (-1, -1, start, end, 1) if parent is None else (parent.key_start, parent.key_end, start, end, 1)

    def _close(self, frame: _Frame, end: int) -> None:
        """A map or list is whole: it stands where it began, with all within it."""
        at, row = frame.at * marks.WIDTH, self.row
        row[at + 3], row[at + 4] = end, len(row) // marks.WIDTH - frame.at
        if not self._stand(frame.container):
            del row[at:]

    def _scalar(self, event: events.ScalarEvent, start: int, end: int) -> None:
        if event.anchor or event.tag:
            self._adorned(event, start, end)
        if event.style == '"':
            self._visible(event, start, end)
        frame = self.stack[-1] if self.stack else None
        if frame is None:
            self._put(self._value(event, start, end), start, end)
            return
        if frame.awaits_key:
            key, frame.awaits_key = intern(event.value), False
            if key in frame.container or key in DOUBTFUL_KEYS:
                self._doubtful_key(event, start, end, frame)
            frame.key, frame.key_start, frame.key_end = key, start, end
            return
        value, container = self._value(event, start, end), frame.container
        if isinstance(container, list):
            container.append(value)
        else:
            frame.awaits_key = True
            if frame.key in container:
                return
            container[frame.key] = value
        self.row += (frame.key_start, frame.key_end, start, end, 1)

    def _value(self, event: events.ScalarEvent, start: int, end: int) -> Scalar:
        text: str = event.value
        if not event.implicit[0]:
            return text
        try:
            found = resolve(text)
            return intern(found) if type(found) is str else found
        except Misleading:
            self._problem("E111", start, end, word=text)
        except Inexact:
            self._problem("E115", start, end, number=text[:40])
        return text

    def _doubtful_key(self, event: events.ScalarEvent, start: int, end: int, frame: _Frame) -> None:
        """A key that stands twice, or that is not what it seems."""
        key, plain = event.value, event.implicit[0]
        if key == "<<" and plain:
            self._problem("E109", start, end)
        elif plain and key in NULLS:
            self._problem("E114", start, end)
        elif key in UNSAFE_KEYS:
            self._problem("E126", start, end, name=key)
        elif key in frame.container:
            first = self.source.line(self.row[self._place_of(frame, key) * marks.WIDTH])
            self._problem("E106", start, end, key=key[:80], line=first)

    def _place_of(self, frame: _Frame, key: str) -> int:
        """Where the value of a key stands in the row."""
        at = frame.at + 1
        for known in frame.container:
            if known == key:
                break
            at += self.row[at * marks.WIDTH + 4]
        return at

    def _put(self, value: object, start: int, end: int) -> None:
        """A value without others in it."""
        frame = self.stack[-1] if self.stack else None
        keys = (-1, -1) if frame is None else (frame.key_start, frame.key_end)
        if self._stand(value):
            self.row += (*keys, start, end, 1)

    def _stand(self, value: object) -> bool:
        """Put a value into the map or list around it; False where it does not stand there."""
        if not self.stack:
            self.root = value
            return True
        frame = self.stack[-1]
        container = frame.container
        if isinstance(container, list):
            container.append(value)
            return True
        if frame.awaits_key:
            frame.key, frame.awaits_key = "*", False
            return False
        frame.awaits_key = True
        if frame.key in container:
            return False
        container[frame.key] = value
        return True
