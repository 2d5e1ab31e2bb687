"""A depot outside: takes bookings over HTTP under idempotency keys, fails now and then, and remembers everything."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAILS_EACH = 7
"""Every so many requests one is answered with 503, before or after it was booked."""


class Depot:
    """The server; `taken` are the effects by key, `asked` how often each key came."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[str, str]] = {}
        self.asked: Counter[str] = Counter()
        self._count = 0
        self._lock = threading.Lock()
        depot = self

        class Desk(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, answer = depot.take(self.path, self.headers["idempotency-key"], body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def take(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, str]]:
        with self._lock:
            self._count += 1
            self.asked[key] += 1
            turn = self._count % (2 * FAILS_EACH)
            if turn == FAILS_EACH:
                return 503, {"problem": "busy"}
            self.taken.setdefault(key, (path, str(body["order"])))
            if not turn:
                return 503, {"problem": "booked, and the answer was lost"}
            return 200, {"receipt": f"R-{body['order']}"}

    def __enter__(self) -> Depot:
        self._thread.start()
        return self

    def __exit__(self, *ending: object) -> None:
        self._server.shutdown()
        self._server.server_close()
