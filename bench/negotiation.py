"""The negotiation sandbox at 100,000 decided quotes: similar contracts, the whole answer and counter-offers over HTTP, on SQLite.

The world is the demo with its customers, opportunities, quotes and contracts many times over; both models are trained on
the demo itself, before the copies. Who asks leads a unit and reads at least 100,000 decided quotes. The yardstick is the
least that any answer must do, by hand in numpy and SQL: distances over as many rows and columns, and the ten nearest read.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import numpy

from bench.copies import Copies, multiply
from bench.load import cpu_ms
from bench.report import SEED, Row
from bench.server import ENGINE, Server
from bench.world import Home
from engine.application import open_installation
from engine.runtime.identifiers import encode_id
from engine.runtime.settings import Settings

CONTRACTS = int(os.environ.get("DOUGONG_BENCH_CONTRACTS", "100000"))
ENTITIES = ("customer", "opportunity", "quote", "contract")
LEAD = "zhao_rui"
PASSWORD = "dougong-demo"
ASKED, WARM = 120, 5
COLUMNS = 12
FILE = "dougong.sqlite3"
API = "/api/negotiations/opportunity"


@dataclass(frozen=True)
class _Asking:
    """Requests of one person to a server, with the cookie of their session."""

    port: int
    cookie: str

    def timed(self, path: str, body: object = None) -> tuple[float, dict[str, object]]:
        """Milliseconds of an answer, and what it says."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"cookie": self.cookie, "content-type": "application/json"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        begun = time.perf_counter()
        with urllib.request.urlopen(asked) as answer:
            content = answer.read()
        return (time.perf_counter() - begun) * 1000, json.loads(content)


@dataclass(frozen=True)
class _Figures:
    """Of many requests: the 95th percentile of their milliseconds, and the server's CPU milliseconds each."""

    tail: float
    cpu: float


def measured() -> list[Row]:
    """First call after a start, then 95th percentiles of answers about different deals, with the CPU of the server: walls
    are those of a machine that may be shared."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        home = Home(Path(name), str(Path(name) / FILE))
        _fill(home)
        with Server.of_engine(home.folder) as server:
            asking, deals = _signed_in(server), _deals(home)
            before = cpu_ms(server.pid)
            first, told = asking.timed(f"{API}/{deals[0]}")
            first_cpu = cpu_ms(server.pid) - before
            for deal in deals[1 : WARM + 1]:
                asking.timed(f"{API}/{deal}")
            similar = _figures(server, deals, lambda deal: asking.timed(f"{API}/{deal}/similar")[0])
            yard = _yardstick(home)
            whole = _figures(server, deals, lambda deal: asking.timed(f"{API}/{deal}")[0])
            offer = {"terms": {"payment_days": 60}}
            moved = _figures(server, deals, lambda deal: asking.timed(f"{API}/{deal}/offers", offer)[0])
    return [
        Row("contracts", "decided quotes that are compared with", CONTRACTS, float(_n(told)), "", at_least=True),
        Row("first_call", f"the first answer after a start ({first_cpu:.0f} ms of CPU)", 2_000, first, "ms"),
        Row("similar_p95", f"similar contracts over HTTP, p95 ({similar.cpu:.1f} ms of CPU)", 50, similar.tail, "ms"),
        Row("similar_ratio", f"their p95 against the least by hand ({yard:.1f} ms)", 12, similar.tail / yard, "×"),
        Row("whole_p95", f"the whole answer over HTTP, p95 ({whole.cpu:.1f} ms of CPU)", 300, whole.tail, "ms"),
        Row("offer_p95", f"a counter-offer over HTTP, p95 ({moved.cpu:.1f} ms of CPU)", 100, moved.tail, "ms"),
    ]


def _figures(server: Server, deals: Sequence[str], ask: Callable[[str], float]) -> _Figures:
    before = cpu_ms(server.pid)
    found = [ask(deal) for deal in deals]
    return _Figures(statistics.quantiles(found, n=20)[-1], (cpu_ms(server.pid) - before) / len(deals))


def _fill(home: Home) -> None:
    """The demo, models learnt from it, and its deals so many times over that the lead reads enough of them."""
    with Server.of_engine(home.folder, act="start"):
        pass
    for model in ("deal_win", "payment_late"):
        said(home, "model", "train", model, "--pipeline", model, "--user", LEAD)
        said(home, "model", "deploy", model, "--version", "1", "--user", "lin_hai", "--despite", "--reason", "bench")
    installation = open_installation(Settings(data=home.folder, demo=True))
    model_now = installation.models.current()
    installation.database.close()
    database = home.connect()
    unit = _unit_of_lead(home)
    decided = "SELECT COUNT(*) FROM quote WHERE state IN ('accepted', 'rejected') AND scope_unit = ?"
    had = int(database.rows(decided, unit)[0][0])
    database.close()
    multiply(home, Copies(model_now, ENTITIES, CONTRACTS // had + 1))


def said(home: Home, *words: str) -> None:
    command = [sys.executable, *ENGINE, "--data", str(home.folder), *words]
    done = run(command, capture_output=True, text=True, check=False, env={**os.environ, "DOUGONG_DEMO": "1"})
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout[-500:]}{done.stderr[-500:]}")


def _unit_of_lead(home: Home) -> int:
    database = home.connect()
    said = (
        "SELECT m.unit FROM dougong_membership AS m JOIN dougong_user AS u ON u.id = m.user_id "
        "WHERE u.account = ? ORDER BY m.id LIMIT 1"
    )
    found = int(database.rows(said, LEAD)[0][0])
    database.close()
    return found


def _signed_in(server: Server) -> _Asking:
    """A session of the lead: the cookie of the answer to signing in, which is not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    asked = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/sign-in", f"name={LEAD}&password={PASSWORD}".encode()
    )
    try:
        opener.open(asked)
    except urllib.error.HTTPError as answer:
        return _Asking(server.port, str(answer.headers["set-cookie"]).split(";")[0])
    raise RuntimeError("signing in did not lead on")


def _deals(home: Home) -> list[str]:
    """Deals of the lead's unit under negotiation, drawn by one seed."""
    database = home.connect()
    said = (
        "SELECT o.id FROM opportunity AS o WHERE o.stage = 'negotiation' AND o.scope_unit = ? AND o.deleted_at IS NULL "
        "AND EXISTS (SELECT 1 FROM quote AS q WHERE q.opportunity = o.id) AND o.quote_count > 0 ORDER BY o.id"
    )
    found = [int(row[0]) for row in database.rows(said, _unit_of_lead(home))]
    database.close()
    chance = random.Random(SEED)
    return [encode_id(one) for one in chance.sample(found, min(ASKED, len(found)))]


def _n(told: dict[str, object]) -> int:
    similar = told["similar"]
    assert isinstance(similar, dict)
    return int(similar["n"])


def _yardstick(home: Home) -> float:
    """The median milliseconds of distances over as many rows and columns, and ten rows read by their ids."""
    database = home.connect()
    ids = [int(row[0]) for row in database.rows("SELECT id FROM quote LIMIT 10")]
    table = numpy.random.default_rng(SEED).normal(size=(CONTRACTS, COLUMNS))
    found = []
    for at in range(20):
        begun = time.perf_counter()
        far = ((table - table[at]) ** 2).sum(axis=1)
        numpy.argpartition(far, 50)[:50]
        database.rows(f"SELECT * FROM quote WHERE id IN ({', '.join(map(str, ids))})")
        found.append((time.perf_counter() - begun) * 1000)
    database.close()
    return statistics.median(found)
