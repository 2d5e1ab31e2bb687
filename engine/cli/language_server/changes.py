"""Edits of texts in the protocol's shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from engine.cli.language_server.locations import uri_of
from engine.cli.language_server.positions import Positions
from engine.cli.language_server.session import Session
from engine.cli.language_server.wire import Json
from engine.dsl.edits import Edit


def edits_in(positions: Positions, edits: Iterable[Edit]) -> list[Json]:
    """Edits of one text, in the order of their places."""
    ordered = sorted(edits, key=lambda one: (one.start, one.end))
    return [{"range": positions.range(one.start, one.end), "newText": one.text} for one in ordered]


def workspace_edit(
    session: Session, edits: Mapping[str, Iterable[Edit]], moves: Iterable[tuple[str, str]] = ()
) -> Json:
    """Edits by file name, then files that get another name; for editors without versions the plain shape."""
    found = {path: edits_in(session.positions(path), listed) for path, listed in _located(session, edits)}
    if not session.moves_files:
        return {"changes": {session.uri(path): listed for path, listed in found.items()}}
    changes: list[Json] = []
    for path, listed in found.items():
        opened = session.open.get(path)
        document = {"uri": session.uri(path), "version": opened.version if opened else None}
        changes.append({"textDocument": document, "edits": listed})
    for old, new in moves:
        before, after = session.workspace.location(old), session.workspace.location(new)
        if before is not None and after is not None:
            changes.append({"kind": "rename", "oldUri": session.uri(before), "newUri": uri_of(after)})
    return {"documentChanges": changes}


def _located(session: Session, edits: Mapping[str, Iterable[Edit]]) -> Iterator[tuple[Path, Iterable[Edit]]]:
    for file, listed in edits.items():
        path = session.location(file)
        if path is not None:
            yield path, listed
