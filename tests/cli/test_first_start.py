"""`dougong serve` on an empty installation, as an operator meets it: the code on the terminal, and what the terminal never shows."""

from __future__ import annotations

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from engine.cli import main
from tests.e2e.serving import await_ready
from tests.web.authenticator import code_at

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")
PASSWORD = "a-first-password"
PATIENCE = 60.0


@dataclass
class Served:
    """A server in a process of its own, and a browser of a kind."""

    base: str
    log: Path
    browser: urllib.request.OpenerDirector

    def open(self, path: str, **form: str) -> tuple[int, str]:
        body = urlencode(form).encode() if form else None
        try:
            with self.browser.open(self.base + path, body, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def said_once(self, words: str) -> str:
        """The log, once it holds `words`: a line may be written after its answer has arrived."""
        ends = time.monotonic() + PATIENCE
        while words not in self.said():
            assert time.monotonic() < ends, self.said()
            time.sleep(0.02)
        return self.said()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "engine.cli", "--language", "en", "--data", str(tmp_path / "data")]
    packs = ["--packs", str(ROOT / "packs" / "organisation")]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("DOUGONG_")}
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, *packs, "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    running = Served(f"http://127.0.0.1:{port}", log, urllib.request.build_opener(cookies))
    try:
        await_ready(running.base, process, running.said)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.one_database
def test_an_operator_sets_up_and_the_terminal_keeps_every_secret(served: Served) -> None:
    (code,) = CODE.findall(served.said())
    assert "Set-up code" in served.open("/app/anything")[1] or "设置码" in served.open("/app/anything")[1]
    given = {"code": code, "name": "Lin", "account": "lin", "password": PASSWORD, "locale": "en", "zone": "UTC"}
    assert "make one with this code" in served.said()
    status, page = served.open("/set-up", **given)
    assert status == 200
    assert "Lin" in page
    served.open("/account/second-factor", act="begin", current=PASSWORD)
    found = re.search(r'<p class="secret"><code>([A-Z2-7 ]+)</code>', served.open("/account/second-factor")[1])
    assert found
    now = code_at(found[1], datetime.now(UTC))
    status, page = served.open("/account/second-factor", act="confirm", code=now)
    recovery = re.findall(r"<li><code>([A-Z0-9-]{14})</code>", page)
    assert (status, len(recovery)) == (200, 10)
    status, page = served.open("/admin/users/invite", account="chen", name="Chen")
    link = re.search(r"/password/([\w-]+)", page)
    assert link
    served.open(f"/password/{link[1]}")
    said = served.said_once('"route": "/password/{ticket}"')  # the control: what is logged is found
    for hidden in (PASSWORD, found[1].replace(" ", ""), now, link[1], *recovery):
        assert hidden not in said.replace(code, "")
    assert said.count(code) == 1


def test_an_administrator_is_made_on_the_command_line_and_the_set_up_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", PASSWORD)
    monkeypatch.setenv("DOUGONG_DATABASE", database_url if database_url.startswith("postgres") else "")
    words = ["--packs", str(ROOT / "packs" / "organisation"), "--data", str(tmp_path / "data"), "--language", "en"]
    assert main([*words, "user", "create", "boss", "--admin", "--name", "Boss"]) == 0
    assert main([*words, "user", "list"]) == 0
    assert re.search(r"boss\s+Boss\s+administrator", capsys.readouterr().out)


@pytest.mark.one_database
def test_packs_without_an_administrator_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", PASSWORD)
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    words = ["--packs", str(tmp_path / "my_app"), "--data", str(tmp_path / "data"), "--language", "en"]
    assert main([*words, "user", "create", "boss", "--admin"]) == 1
    assert "administers: true" in capsys.readouterr().err


@pytest.mark.one_database
@pytest.mark.parametrize("command", ["serve", "start"])
def test_a_role_that_cannot_demand_a_second_factor_stops_the_start(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOUGONG_REQUIRE_SECOND_FACTOR", "administrator, administrater")
    words = ["--packs", str(ROOT / "packs" / "organisation"), "--data", str(tmp_path / "data"), "--language", "en"]
    assert main([*words, command]) == 1
    assert "names no such roles: administrater" in capsys.readouterr().err
