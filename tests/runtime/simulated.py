"""The other side of a connector as its simulator serves it: a real server in a thread of this process."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from engine.runtime.sources.simulators import simulators


@dataclass(frozen=True)
class OtherSide:
    """A simulator that listens."""

    port: int

    def faults(self, **times: int) -> None:
        """Switch these faults on, all others off."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_simulator/faults", json.dumps(times).encode(), method="POST"
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200


@contextmanager
def other_side(kind: str, seed: int = 1) -> Iterator[OtherSide]:
    """The simulator of a kind on a free port."""
    settings = uvicorn.Config(
        simulators()[kind].make(seed), host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until
        time.sleep(0.01)
    try:
        yield OtherSide(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=30)
