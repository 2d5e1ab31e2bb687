"""What the editor tells without asking: texts opened, changed, saved, closed; files and folders that came or went."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.cli.language_server.locations import path_of
from engine.cli.language_server.problems import Problems
from engine.cli.language_server.session import Open, Session
from engine.cli.language_server.wire import INVALID_PARAMS, Json, Refused

Notice = Callable[[Session, Mapping[str, object], Problems], None]

WATCH: Json = {
    "id": "watch",
    "method": "client/registerCapability",
    "params": {
        "registrations": [
            {
                "id": "watch",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": [{"globPattern": "**/*.yaml"}]},
            }
        ]
    },
}
"""The wish to be told of definition files that change outside the editor."""


def opened(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    path, document = session.file(params), params["textDocument"]
    if not isinstance(document, Mapping) or not isinstance(document.get("text"), str):
        raise Refused(INVALID_PARAMS, "a text that is opened has a text")
    session.begin(path, Open(str(document["uri"]), document.get("version"), document["text"]))
    problems.touch(path)


def changed(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    path, document, changes = session.file(params), params["textDocument"], params.get("contentChanges")
    if not isinstance(document, Mapping) or not isinstance(changes, list):
        raise Refused(INVALID_PARAMS, "contentChanges is a list")
    session.change(path, document.get("version"), changes)
    problems.touch(path)


def saved(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    if session.file(params).name == "pack.yaml":
        session.look_again()
    session.workspace.changed()
    problems.touch()


def closed(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    session.end(session.file(params))
    problems.touch()


def files_changed(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    """Files changed outside; a pack.yaml that came or went changes which packs there are."""
    listed = params.get("changes")
    paths = [path_of(one.get("uri")) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    if any(path is not None and path.name == "pack.yaml" for path in paths):
        session.look_again()
    session.workspace.changed()
    problems.touch()


def folders_changed(session: Session, params: Mapping[str, object], problems: Problems) -> None:
    event = params.get("event")
    if isinstance(event, Mapping):
        session.add_roots(_uris(event.get("added")))
        session.remove_roots(_uris(event.get("removed")))
        problems.touch()


def _uris(folders: object) -> list[object]:
    return [one.get("uri") for one in folders if isinstance(one, Mapping)] if isinstance(folders, list) else []


NOTICES: Mapping[str, Notice] = {
    "textDocument/didOpen": opened,
    "textDocument/didChange": changed,
    "textDocument/didSave": saved,
    "textDocument/didClose": closed,
    "workspace/didChangeWatchedFiles": files_changed,
    "workspace/didChangeWorkspaceFolders": folders_changed,
}
