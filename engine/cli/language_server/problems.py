"""Problems told to the editor: those of the file at once after a pause, those of the whole a little later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic

from engine.cli.language_server.positions import Positions
from engine.cli.language_server.session import Session
from engine.cli.language_server.wire import Json, Wire
from engine.diagnostics import Diagnostic, Severity

PAUSE, LONG_PAUSE = 0.1, 0.5
"""Seconds without a message after which a changed file is looked at, and after which everything is compiled."""

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}
_SEEN_BY_PASSES = ("E4", "E5", "W", "I")
"""How codes begin that only a whole compilation finds."""


class Problems:
    """What each file was told, and what is to be looked at again."""

    def __init__(self, session: Session, wire: Wire) -> None:
        self._session, self._wire = session, wire
        self._touched: set[Path] = set()
        self._whole = False
        self._last = 0.0
        self._told: dict[Path, tuple[Diagnostic, ...]] = {}
        self._uris: dict[Path, str] = {}

    def touch(self, path: Path | None = None) -> None:
        """A text has changed; the whole is looked at in any case."""
        if path is not None:
            self._touched.add(path)
        self._whole = True
        self._last = monotonic()

    def wait(self) -> float | None:
        """Seconds until there is something to do; None: nothing."""
        if not self._whole:
            return None
        pause = PAUSE if self._touched else LONG_PAUSE
        return max(0.0, self._last + pause - monotonic())

    def work(self) -> None:
        """Look at what was touched; when that is done, at everything."""
        if self._touched:
            for path in sorted(self._touched):
                self._glance(path)
            self._touched.clear()
        elif self._whole:
            self._whole = False
            self._everything()

    def of(self, path: Path) -> tuple[Diagnostic, ...]:
        """The problems of a file as it stands now."""
        if path in self._touched:
            self._touched.discard(path)
            self._glance(path)
        return self._told.get(path, ())

    def _glance(self, path: Path) -> None:
        """What the file says of itself, and what the whole said of lines that stand as they stood."""
        workspace = self._session.workspace
        if workspace.pack_file(path) is None:
            return
        lines = self._session.positions(path).source
        kept = [one for one in self._told.get(path, ()) if one.code.startswith(_SEEN_BY_PASSES) and one.excerpt]
        kept = [
            one for one in kept if one.span.line <= len(lines.line_starts) and lines.excerpt(one.span) == one.excerpt
        ]
        self._tell(path, tuple(dict.fromkeys((*workspace.glance(path), *kept))))

    def _everything(self) -> None:
        session = self._session
        found: dict[Path, list[Diagnostic]] = {path: [] for path in (*self._told, *session.open)}
        for one in session.workspace.compilation().diagnostics:
            path = session.location(one.span.file)
            if path is not None:
                found.setdefault(path, []).append(one)
        for path, listed in found.items():
            self._tell(path, tuple(listed))

    def _tell(self, path: Path, problems: tuple[Diagnostic, ...]) -> None:
        """Tell a file's problems where they are others than before."""
        if self._told.get(path, ()) == problems and (problems or path in self._told):
            return
        self._told[path] = problems
        opened = self._session.open.get(path)
        told = [as_protocol(self._session, self._positions(path), one) for one in problems]
        message: Json = {"uri": self._session.uri(path), "diagnostics": told}
        if opened is not None and isinstance(opened.version, int):
            message["version"] = opened.version
        self._wire.tell("textDocument/publishDiagnostics", message)
        if not problems and opened is None:
            del self._told[path]

    def _positions(self, path: Path) -> Positions:
        return self._session.positions(path)


def as_protocol(session: Session, positions: Positions, problem: Diagnostic) -> Json:
    """A diagnostic in the protocol's shape, in the editor's language, the remedy on a line of its own."""
    words = [session.text(one) for one in (problem.message, problem.hint) if one is not None]
    told: Json = {
        "range": positions.range_of(problem.span),
        "severity": _SEVERITIES[problem.severity],
        "code": problem.code,
        "source": "dougong",
        "message": "\n".join(words),
    }
    related = [place for place in map(session.place, problem.related) if place is not None]
    if related:
        told["relatedInformation"] = [{"location": place, "message": words[0]} for place in related]
    return told


def overlapping(problems: Iterable[Diagnostic], positions: Positions, given: Mapping[str, object]) -> list[Diagnostic]:
    """The problems that touch a range."""
    start, end = positions.offsets(given)
    found = []
    for one in problems:
        begin, stop = positions.offsets(positions.range_of(one.span))
        if begin <= end and start <= max(stop, begin):
            found.append(one)
    return found
