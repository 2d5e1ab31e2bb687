"""The first exchange: what the editor can, and what is offered to it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.cli.language_server.positions import Units
from engine.cli.language_server.session import Session
from engine.cli.language_server.wire import Json

INCREMENTAL = 2


def greet(session: Session, params: Mapping[str, object]) -> bool:
    """Take over folders, language and abilities of the editor; may files be watched through it?"""
    locale = params.get("locale")
    if isinstance(locale, str) and locale:
        session.language = "zh" if locale.lower().startswith("zh") else "en"
    abilities = _of(params, "capabilities")
    workspace = _of(abilities, "workspace")
    edits = _of(workspace, "workspaceEdit")
    operations = edits.get("resourceOperations")
    session.units = Units.chosen(_of(abilities, "general").get("positionEncodings"))
    session.moves_files = (
        edits.get("documentChanges") is True and isinstance(operations, list) and "rename" in operations
    )
    folders = params.get("workspaceFolders")
    listed = [one.get("uri") for one in folders if isinstance(one, Mapping)] if isinstance(folders, list) else []
    session.add_roots(listed or [params.get("rootUri")])
    return _of(workspace, "didChangeWatchedFiles").get("dynamicRegistration") is True


def _of(value: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def capabilities(session: Session) -> Json:
    """What is offered."""
    return {
        "capabilities": {
            "positionEncoding": str(session.units),
            "textDocumentSync": {"openClose": True, "change": INCREMENTAL, "save": {"includeText": False}},
            "completionProvider": {
                "triggerCharacters": [".", ":", " ", "-", "[", ",", "(", '"'],
                "resolveProvider": False,
            },
            "hoverProvider": True,
            "definitionProvider": True,
            "referencesProvider": True,
            "renameProvider": {"prepareProvider": True},
            "codeActionProvider": {"codeActionKinds": ["quickfix"]},
            "documentFormattingProvider": True,
            "documentSymbolProvider": True,
            "workspaceSymbolProvider": True,
            "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
        },
        "serverInfo": {"name": "dougong"},
    }
