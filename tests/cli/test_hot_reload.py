"""Hot reload in a real process: saved definitions are served while requests go on, and not one of them fails."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli import main

pytestmark = pytest.mark.one_database
THREADS, RELOADS = 4, 5
FIELD = '  extra_{0}: {{type: text, label: {{zh: 附加, en: "Extra {0}"}}}}\n'


@dataclass
class Running:
    """A server in development over a pack that the test may edit, and the lines it printed."""

    base: str
    pack: Path
    lines: list[str]

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.base + path, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def until(self, holds: Callable[[], bool], seconds: float = 20) -> float:
        """Seconds until something holds, looked at often; fails after `seconds`."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < seconds, "\n".join(self.lines[-30:])
            time.sleep(0.01)
        return time.monotonic() - began

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "engine.cli",
        "--packs",
        str(tmp_path / "my_app"),
        "--data",
        str(tmp_path / "data"),
    ]
    environment = {**os.environ, "DOUGONG_RATE_LIMIT": "1000000", "DOUGONG_DATABASE": ""}
    process = subprocess.Popen(
        [*command, "start", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    lines: list[str] = []
    assert process.stdout is not None
    output = process.stdout
    reader = threading.Thread(target=lambda: lines.extend(iter(output.readline, "")), daemon=True)
    reader.start()
    server = Running(f"http://127.0.0.1:{port}", tmp_path / "my_app", lines)
    try:
        server.until(lambda: process.poll() is None and _answers(server), 30)
        yield server
    finally:
        process.terminate()
        assert process.wait(20) == 0
        reader.join(5)
        output.close()


def _answers(server: Running) -> bool:
    try:
        return server.status("/healthz") == 200
    except OSError:
        return False


def edit(server: Running, text: str) -> str:
    """Put a line under the entity's fields; the file as it was."""
    path = server.pack / "entities/task.yaml"
    before = path.read_text("utf-8")
    path.write_text(before.replace("fields:\n", f"fields:\n{text}", 1), "utf-8")
    return before


def test_reloads_under_load_fail_no_request_and_say_their_migration(running: Running) -> None:
    seen: Counter[int] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen[running.status("/sign-in")] += 1

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for round_number in range(RELOADS):
        edit(running, FIELD.format(round_number))
        running.until(lambda number=round_number: running.said(f"extra_{number}"))  # type: ignore[misc]
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {200}
    assert seen[200] > 50
    assert any("ALTER TABLE" in line for line in running.lines)


def test_mistakes_are_all_told_while_the_old_application_serves(running: Running) -> None:
    before = edit(running, "  extra: {tpye: text, label: {zh: 附加, en: Extra}}\n")
    running.until(lambda: running.said("tpye"))
    assert running.status("/sign-in") == 200
    (running.pack / "entities/task.yaml").write_text(before, "utf-8")
    edit(running, FIELD.format("right"))
    running.until(lambda: running.said("extra_right"))
    assert running.status("/sign-in") == 200
