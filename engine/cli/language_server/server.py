"""The conversation: one message after the other, problems told in the pauses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from threading import Thread

from engine.cli.language_server import answers, notices
from engine.cli.language_server.greeting import capabilities, greet
from engine.cli.language_server.problems import Problems
from engine.cli.language_server.session import Session
from engine.cli.language_server.wire import (
    CANCELLED,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    PARSE_ERROR,
    BadMessage,
    Json,
    Refused,
    Wire,
)

Answer = Callable[[Session, Mapping[str, object]], object]

ANSWERS: Mapping[str, Answer] = {
    "textDocument/completion": answers.completion,
    "textDocument/hover": answers.hover,
    "textDocument/definition": answers.definition,
    "textDocument/references": answers.references,
    "textDocument/prepareRename": answers.prepare_rename,
    "textDocument/rename": answers.rename,
    "textDocument/formatting": answers.formatting,
    "textDocument/documentSymbol": answers.document_symbols,
    "workspace/symbol": answers.workspace_symbols,
}
"""Requests; code actions, which need the problems told, stand in the server."""


class Server:
    """One conversation with one editor."""

    def __init__(self, session: Session, wire: Wire) -> None:
        self._session, self._wire = session, wire
        self._problems = Problems(session, wire)
        self._queue: Queue[Json | None] = Queue()
        self._cancelled: set[object] = set()
        self._greeted = self._ending = False
        self._watches = False

    def run(self) -> int:
        """Talk until the editor goes: 0 after a farewell, 1 without one."""
        Thread(target=self._listen, name="language-server", daemon=True).start()
        while True:
            try:
                message = self._queue.get(timeout=self._problems.wait())
            except Empty:
                self._in_pause()
                continue
            if message is None or message.get("method") == "exit":
                return 0 if self._ending else 1
            self._take(message)

    def _listen(self) -> None:
        """Put messages into the queue; what is cancelled is known before its turn comes. Nothing is read after the farewell:
        a read that is still open when the process ends would break it off.
        """
        while True:
            try:
                message = self._wire.read()
            except BadMessage as error:
                self._queue.put({"method": "", "id": None, "bad": str(error)})
                continue
            except (OSError, ValueError):
                message = None
            if message is not None and message.get("method") == "$/cancelRequest":
                params = message.get("params")
                if isinstance(params, Mapping) and isinstance(params.get("id"), int | str):
                    self._cancelled.add(params.get("id"))
                continue
            self._queue.put(message)
            if message is None or message.get("method") == "exit":
                return

    def _in_pause(self) -> None:
        try:
            self._problems.work()
        except Refused as error:
            self._log(error.text)

    def _take(self, message: Json) -> None:
        """One message: a request is answered or refused whatever happens, a notification is heeded."""
        key, method, params = message.get("id"), message.get("method"), message.get("params")
        if "bad" in message:
            self._wire.refuse(None, PARSE_ERROR, str(message["bad"]))
            return
        if not isinstance(method, str):
            return
        given = params if isinstance(params, Mapping) else {}
        if key is None:
            self._heed(method, given)
            return
        if isinstance(key, int | str) and key in self._cancelled:
            self._cancelled.discard(key)
            self._wire.refuse(key, CANCELLED, "cancelled")
            return
        try:
            self._wire.answer(key, self._answer(method, given))
        except Refused as error:
            self._wire.refuse(key, error.code, error.text)
        except Exception as error:  # an answer that fails must not end the author's session
            self._log(f"{method}: {type(error).__name__}: {error}")
            self._wire.refuse(key, INTERNAL_ERROR, f"{method}: {type(error).__name__}")

    def _answer(self, method: str, params: Mapping[str, object]) -> object:
        if method == "initialize":
            if self._greeted:
                raise Refused(INVALID_REQUEST, "initialize comes once")
            self._greeted, self._watches = True, greet(self._session, params)
            return capabilities(self._session)
        if not self._greeted:
            raise Refused(NOT_INITIALIZED, "initialize comes first")
        if self._ending:
            raise Refused(INVALID_REQUEST, "nothing is answered after shutdown")
        if method == "shutdown":
            self._ending = True
            return None
        if method == "textDocument/codeAction":
            return answers.code_actions(self._session, params, self._problems)
        if method not in ANSWERS:
            raise Refused(METHOD_NOT_FOUND, f"{method} is not known")
        return ANSWERS[method](self._session, params)

    def _heed(self, method: str, params: Mapping[str, object]) -> None:
        """A notification; one that makes no sense is told in the editor's log."""
        if not self._greeted or self._ending:
            return
        try:
            if method == "initialized" and self._watches:
                self._wire.send(notices.WATCH)
            notice = notices.NOTICES.get(method)
            if notice is not None:
                notice(self._session, params, self._problems)
        except Refused as error:
            self._log(f"{method}: {error.text}")
        except Exception as error:  # a notice that fails must not end the author's session
            self._log(f"{method}: {type(error).__name__}: {error}")

    def _log(self, text: str) -> None:
        self._wire.tell("window/logMessage", {"type": 2, "message": text})


def serve(session: Session) -> int:
    """Talk over the standard pipes."""
    return Server(session, Wire(sys.stdin.buffer, sys.stdout.buffer)).run()
