"""An editor for tests: it talks to the real language server over pipes, and holds every answer to the protocol's own types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from lsprotocol import converters, types

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds for an answer: far beyond what one takes."""

RESULTS: Mapping[str, Any] = {
    "initialize": types.InitializeResponse,
    "textDocument/completion": types.CompletionResponse,
    "textDocument/hover": types.HoverResponse,
    "textDocument/definition": types.DefinitionResponse,
    "textDocument/references": types.ReferencesResponse,
    "textDocument/prepareRename": types.PrepareRenameResponse,
    "textDocument/rename": types.RenameResponse,
    "textDocument/codeAction": types.CodeActionResponse,
    "textDocument/formatting": types.DocumentFormattingResponse,
    "textDocument/documentSymbol": types.DocumentSymbolResponse,
    "workspace/symbol": types.WorkspaceSymbolResponse,
    "shutdown": types.ShutdownResponse,
}
NOTICES: Mapping[str, Any] = {
    "textDocument/publishDiagnostics": types.PublishDiagnosticsNotification,
    "window/logMessage": types.LogMessageNotification,
    "client/registerCapability": types.RegistrationRequest,
}


class Editor:
    """One editor with a folder open. `told` are the problems of each file as they were told last."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "lsp", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.folder = folder
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.log: list[str] = []
        self.wishes: list[str] = []
        self._converter = converters.get_converter()
        self._messages: Queue[dict[str, Any] | None] = Queue()
        self._keys = 0
        self._versions: dict[str, int] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while head := self.process.stdout.readline():
            assert head.lower().startswith(b"content-length:"), head
            assert self.process.stdout.readline() == b"\r\n"
            self._messages.put(json.loads(self.process.stdout.read(int(head.split(b":")[1]))))
        self._messages.put(None)

    def write(self, content: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(content)
        self.process.stdin.flush()

    def send(self, message: Mapping[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def tell(self, method: str, params: Mapping[str, object]) -> None:
        self.send({"method": method, "params": params})

    def begin(self, method: str, params: Mapping[str, object]) -> int:
        self._keys += 1
        self.send({"id": self._keys, "method": method, "params": params})
        return self._keys

    def ask(self, method: str, **params: object) -> Any:
        """The result of a request; fails where it is refused."""
        answer = self.answer_to(self.begin(method, params))
        assert "error" not in answer, answer
        self._converter.structure(answer, RESULTS[method])
        return answer["result"]

    def refused(self, method: str, **params: object) -> dict[str, Any]:
        answer = self.answer_to(self.begin(method, params))
        assert "error" in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    def answer_to(self, key: int | None) -> dict[str, Any]:
        return self.until(lambda message: "method" not in message and message.get("id") == key)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted; notices before it are noted."""
        while True:
            try:
                message = self._messages.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"no answer; log: {self.log}") from None
            assert message is not None, self.ended()
            self._note(message)
            if wanted(message):
                return message

    def _note(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            return
        self._converter.structure(message, NOTICES[method])
        if method == "textDocument/publishDiagnostics":
            self.told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "window/logMessage":
            self.log.append(message["params"]["message"])
        else:
            self.wishes.append(method)
            self.send({"id": message["id"], "result": None})

    def ended(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def greet(self, **more: object) -> dict[str, Any]:
        edits = {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}
        given: dict[str, object] = {
            "processId": os.getpid(),
            "rootUri": self.folder.as_uri(),
            "locale": "en",
            "capabilities": {"workspace": {"workspaceEdit": edits}},
            **more,
        }
        result: dict[str, Any] = self.ask("initialize", **given)
        self.tell("initialized", {})
        return result

    def uri(self, file: str) -> str:
        return (self.folder / file).as_uri()

    def open(self, file: str, text: str | None = None) -> str:
        """Open a file, with its own text where none is given; its address."""
        uri = self.uri(file)
        words = (self.folder / file).read_bytes().decode() if text is None else text
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": words}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, *changes: Mapping[str, object]) -> None:
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})

    def close(self, uri: str) -> None:
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def problems(self, uri: str, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The problems of a file once they are as wanted."""
        if uri not in self.told or not wanted(self.told[uri]):
            self.until(lambda message: self._are(message, uri, wanted))
        return self.told[uri]

    @staticmethod
    def _are(message: dict[str, Any], uri: str, wanted: Callable[[list[dict[str, Any]]], bool]) -> bool:
        params = message.get("params", {})
        is_told = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
        return is_told and wanted(params["diagnostics"])

    def farewell(self) -> int:
        self.ask("shutdown")
        self.tell("exit", {})
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def at(text: str, cursor: str = "¦") -> tuple[str, dict[str, int]]:
    """The text without its cursor, and the cursor's position in units of UTF-16."""
    before, found, after = text.partition(cursor)
    assert found
    line = before.rpartition("\n")[2]
    return before + after, {"line": before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits of the protocol in UTF-16, as an editor makes them."""
    for edit in sorted(edits, key=lambda one: (one["range"]["start"]["line"], one["range"]["start"]["character"]))[
        ::-1
    ]:
        start, end = (_offset(text, edit["range"][side]) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def _offset(text: str, position: Mapping[str, int]) -> int:
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: position["line"]])
    units = "".join(lines[position["line"] : position["line"] + 1]).encode("utf-16-le")
    return before + len(units[: position["character"] * 2].decode("utf-16-le"))
