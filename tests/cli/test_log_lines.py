"""The log of a real server: every line is JSON, and nothing that anybody sent stands in it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from engine.cli import main
from tests.e2e.serving import await_ready

pytestmark = pytest.mark.one_database
MARK = "zqxj"
"""In every value that is sent; no word of ours has it."""
NAUGHTY = (
    f"{MARK}'; DROP TABLE opportunity;--",
    f"<script>{MARK}</script>",
    f"{MARK}\r\nfake: log line",
    f'{MARK}"}}\n{{"event": "forged"}}',
    f"{MARK}%00\x00",
    f"../../{MARK}",
    f"{{{{ {MARK} }}}}",
    f"{MARK}\u2028张三丰\U0001f600",
    MARK * 3000,
)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server over a small pack, its log in a file."""
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    places = ["--packs", str(tmp_path / "my_app"), "--data", str(tmp_path / "data")]
    environment = {
        **os.environ,
        "DOUGONG_DATABASE": "",
        "DOUGONG_RATE_LIMIT": "1000000",
        "DOUGONG_BODY_LIMIT": "200000",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", *places, "start", "--port", str(number)],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        )
        try:
            await_ready(f"http://127.0.0.1:{number}", process)
            yield number
        finally:
            process.terminate()
            assert process.wait(20) in {0, -signal.SIGTERM}


def ask(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def raw(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        connection.settimeout(1)
        try:
            connection.recv(4096)
        except OSError:
            return


def logged(log: Path, words: str) -> str:
    """The log, once it holds some words: a line is written when its answer has gone already."""
    deadline = time.monotonic() + 60
    while words not in (text := log.read_text("utf-8")) and time.monotonic() < deadline:
        time.sleep(0.02)
    return text


def test_no_line_holds_what_was_sent_and_every_line_is_json(port: int, tmp_path: Path) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for value in NAUGHTY:
        safe = quote(value, safe="")
        ask(port, "POST", "/sign-in", urlencode({"name": value, "password": value, "next": value}).encode(), form)
        ask(port, "GET", f"/app/{safe[:2000]}")
        ask(port, "GET", f"/r/task/{safe[:2000]}?q={safe[:2000]}")
        ask(port, "GET", f"/search?q={safe[:2000]}", headers={"cookie": f"dougong_session={safe[:2000]}"})
        ask(
            port,
            "GET",
            "/api/records/task",
            headers={"authorization": f"Bearer {safe[:2000]}", "user-agent": safe[:900]},
        )
        ask(
            port,
            "POST",
            "/api/records/task",
            json.dumps({"title": value}).encode(),
            {"content-type": "application/json"},
        )
        ask(port, "POST", "/api/records/task", value.encode(), {"content-type": "application/json"})
        ask(port, "POST", "/account", value.encode(), {"content-type": f"multipart/form-data; boundary={safe[:60]}"})
        ask(port, "POST", f"/password/{safe[:2000]}", urlencode({"new": value}).encode(), form)
        raw(port, f"GET /{value[:200]} HTTP/1.1\r\nhost: {value[:200]}\r\n\r\n".encode())
        raw(port, f"{value[:200]}\r\n\r\n".encode())
    ask(port, "GET", "/healthz")
    lines = logged(tmp_path / "log", '"/healthz"').splitlines()
    assert len(lines) > 60
    assert [line for line in lines if MARK in line or "张三丰" in line or "forged" in line] == []
    read = [json.loads(line) for line in lines]
    assert all({"event", "level", "timestamp"} <= set(one) for one in read)
    assert {one["event"] for one in read} >= {"request"}


def test_the_check_finds_a_line_that_holds_a_value(port: int, tmp_path: Path) -> None:
    """The control: what the address is called by routes is in the log, so the log is the one that is looked at."""
    ask(port, "GET", "/sign-in")
    assert '"/sign-in"' in logged(tmp_path / "log", '"/sign-in"')


def test_lines_of_libraries_keep_their_own_words_and_drop_what_was_put_into_them() -> None:
    program = (
        "import logging; from engine.web.logging import configure_logging; configure_logging()\n"
        f"try: raise ValueError('{MARK} in an error')\n"
        f"except ValueError: logging.getLogger('a').exception('cannot read %s', '{MARK}')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert MARK not in done.stderr
    assert (line["event"], line["error"], line["library"]) == ("cannot read %s", "ValueError", "a")
    assert line["at"]
