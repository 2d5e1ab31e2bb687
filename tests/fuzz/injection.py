"""sqlmap against a serving process: generated list, filter, sort and aggregate addresses, and one planted hole that it must find.

Everything stays on the loopback interface.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import uvicorn

from bench.report import Row
from engine.installation.served import compiled_packs
from engine.web.calls import SESSION_COOKIE
from tests.fuzz.twins import ground
from tests.rights.twin_trial import Trials
from tests.rights.worlds import Question, World

FOUND = "identified the following injection point"
ACCOUNT = "unit_lead_1"
ADDRESSES = (
    *(
        f"/api/records/{entity}?{query}"
        for entity in ("opportunity", "customer", "contract")
        for query in (
            "name=a*",
            "sort=name*",
            "search=a*",
            "fields=name*",
            "name__contains=a*",
            "limit=5*",
            "cursor=a*",
        )
    ),
    "/api/metrics/pipeline_value?by=owner*",
    "/api/metrics/pipeline_value?bucket=month*",
    "/api/metrics/won_amount?since=2026-01-01*",
    "/api/records/opportunity/pick/customer?q=a*",
    "/app/opportunity_list?q=a*",
    "/app/opportunity_list?sort=name*",
    "/search?q=a*",
)


def measured() -> list[Row]:
    """Addresses that sqlmap gets through, and whether it sees the planted hole."""
    models, holes, closed = compiled_packs(""), [], []
    with ground("sqlite", models) as found:
        trials = Trials(found, models.current(), 1)
        with found.world(trials.seeded) as world, serving(world) as base:
            cookie = f"{SESSION_COOKIE}={world.tokens[ACCOUNT]}"
            closed = [one for one in ADDRESSES if not opens(world, one)]
            holes = [one for one in ADDRESSES if FOUND in tried(base + one, cookie)]
    with planted() as base:
        missed = FOUND not in tried(f"{base}/deals?name=a*", "")
    for one in holes:
        print(one)
    return [
        Row("SQLMAP", f"addresses of {len(ADDRESSES)} with an injection point", 0, len(holes), ""),
        Row("SQLMAP-closed", "addresses that are closed to who asks, so that nothing is tried", 0, len(closed), ""),
        Row("SQLMAP-control", "planted hole that was not found", 0, int(missed), ""),
    ]


def opens(world: World, address: str) -> bool:
    """Whether an address, with nothing in its star's place, is there for who asks."""
    path, _, query = address.partition("?")
    asked = Question("GET", path, tuple(parse_qsl(query.replace("*", ""), keep_blank_values=True)))
    return world.ask(ACCOUNT, asked).status in (200, 400)


def tried(address: str, cookie: str) -> str:
    """What sqlmap says of an address; the star marks what it changes."""
    with tempfile.TemporaryDirectory(prefix="dougong-sqlmap-") as folder:
        command = [
            str(Path(sys.executable).parent / "sqlmap"),
            "-u",
            address,
            "--batch",
            "--level=1",
            "--risk=1",
            "--technique=BEU",
        ]
        command += ["--flush-session", "--disable-coloring", "--output-dir", folder, "--ignore-code=400,404"]
        command += ["--cookie", cookie] if cookie else []
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        return done.stdout + done.stderr


@contextmanager
def serving(world: World) -> Iterator[str]:
    """The world behind a socket of its own on the loopback interface."""
    server = uvicorn.Server(uvicorn.Config(world.front, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def planted() -> Iterator[str]:
    """A server whose one address puts its parameter into SQL as text."""
    with tempfile.TemporaryDirectory(prefix="dougong-planted-") as folder:
        file = Path(folder) / "deals.sqlite3"
        with sqlite3.connect(file) as made:
            made.execute("CREATE TABLE deal (id INTEGER, name TEXT)")
            made.executemany("INSERT INTO deal VALUES (?, ?)", [(1, "a"), (2, "b")])
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Deals", (Hole,), {"file": file}))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Hole(BaseHTTPRequestHandler):
    """Answers with the rows of a name, which it writes into the statement."""

    file: Path

    def do_GET(self) -> None:
        name = parse_qs(urlsplit(self.path).query).get("name", [""])[0]
        connection = sqlite3.connect(self.file)
        try:
            rows = connection.execute(f"SELECT id, name FROM deal WHERE name = '{name}'").fetchall()
            status, text = 200, repr(rows)
        except sqlite3.Error as error:
            status, text = 500, f"SQLite error: {error}"
        finally:
            connection.close()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""
