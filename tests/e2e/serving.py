"""An installation served by a process of its own, as `dougong start` makes it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def shipped(packs: Path) -> str:
    """The packs that are shipped, in the folder that they lie in."""
    return ":".join(str(packs / name) for name in ("organisation", "store_sales", "b2b_sales", "strategy"))


@contextmanager
def serving(data: Path, packs: str, size: str = "small") -> Iterator[str]:
    """An installation with its demonstration, served with hot reload; the address it answers at."""
    with _served(data, packs, "start", "--demo", size) as base:
        yield base


@contextmanager
def serving_only(data: Path, packs: str, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """An installation as it stands, served as in production; the address it answers at. `more` is of its environment."""
    with _served(data, packs, "serve", more=more) as base:
        yield base


@contextmanager
def _served(data: Path, packs: str, *act: str, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """An installation served by a process of its own at the day of the tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        **(more or {}),
        "DOUGONG_NOW": "2026-03-02T09:00:00+08:00",
        "DOUGONG_RATE_LIMIT": "1000000",
    }
    program = str(Path(sys.executable).parent / "dougong")
    command = [program, "--data", str(data), "--packs", packs, *act, "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        await_ready(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


def await_ready(
    base: str, process: subprocess.Popen[bytes], said: Callable[[], str] = lambda: "the server ended"
) -> None:
    """Wait until a server answers that it is ready; what it said is told when it ends before."""
    for _ in range(2400):
        assert process.poll() is None, said()
        try:
            urllib.request.urlopen(f"{base}/readyz").read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not come up")
