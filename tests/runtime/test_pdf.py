"""PDFs: made by a child that fetches nothing, or the words for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from engine.runtime.pdf import NoPdf, make_pdf
from engine.runtime.workers import Workers


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server of this machine with what it was asked for."""
    seen: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", seen
    server.shutdown()
    server.server_close()


def test_a_page_is_made_and_nothing_that_it_names_is_fetched(asked: tuple[str, list[str]], tmp_path: Path) -> None:
    url, seen = asked
    secret = tmp_path / "secret.css"
    secret.write_text('p::after { content: "geheim" }', "utf-8")
    page = f"""<style>@import url({url}/a.css); p {{ background: url({url}/b.png) }}</style>
        <link rel="stylesheet" href="{secret.as_uri()}"><img src="{url}/c.png"><p>报价单 Quote</p>"""
    press = Workers()
    try:
        assert make_pdf(press, page).startswith(b"%PDF-")
    finally:
        press.close()
    assert seen == []
    with urlopen(f"{url}/control"):
        assert seen == ["/control"]


@pytest.mark.parametrize("missing", ["extra", "pango", "font"])
def test_what_is_missing_is_said_with_the_remedy(missing: str) -> None:
    class Lacking:
        def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object:
            return missing

    with pytest.raises(NoPdf) as found:
        make_pdf(Lacking(), "<p>页</p>")
    assert found.value.status == 503
    assert "install" in found.value.message.en and "浏览器" in found.value.message.zh
