"""Messages of JSON-RPC 2.0 on a pipe: a head with the length, then the message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

LARGEST = 64_000_000
"""Bytes of a message; a longer one ends the conversation, for what comes behind it could not be found."""

Json = dict[str, object]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
NOT_INITIALIZED, REQUEST_FAILED, CANCELLED = -32002, -32803, -32800


class Refused(Exception):
    """A request that gets no result: `code` is one of JSON-RPC or of the protocol, the text is for people."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class BadMessage(Exception):
    """Bytes that are no message; what follows them may be one."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The two ends of a pipe. Reading and writing each belong to one thread."""

    incoming: BinaryIO
    outgoing: BinaryIO

    def read(self) -> Json | None:
        """The next message; None at the end of the pipe or of what can be understood. Raises BadMessage."""
        length = self._length()
        if length is None or length > LARGEST:
            return None
        body = self.incoming.read(length)
        if len(body) < length:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadMessage(str(error)) from None
        if not isinstance(message, dict):
            raise BadMessage("a message is an object")
        return message

    def _length(self) -> int | None:
        """The length that a head tells, or None where there is none."""
        length: int | None = None
        while line := self.incoming.readline(8_192):
            if not line.strip():
                return length
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
        return None

    def send(self, message: Mapping[str, object]) -> None:
        """Write one message; letters beyond ASCII as escapes, so that no half of a pair can break the pipe."""
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode("ascii")
        self.outgoing.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.outgoing.flush()

    def answer(self, key: object, result: object) -> None:
        self.send({"id": key, "result": result})

    def refuse(self, key: object, code: int, text: str) -> None:
        self.send({"id": key, "error": {"code": code, "message": text}})

    def tell(self, method: str, params: Mapping[str, object]) -> None:
        """A notification: nothing comes back."""
        self.send({"method": method, "params": params})
