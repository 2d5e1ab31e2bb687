"""The breaker: ways around it, honest calls that it must not block, how soon the kill switch is in force, what it costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpcore2

from bench.prove.bypass import Tried, cases, tried
from bench.prove.bypass_world import HONEST, World, answering, bypass_world, destination, honest_server
from bench.report import Row
from engine.application import Installation, bring_up_to_date, open_installation
from engine.extensions import EgressRefused, EgressRequest
from engine.model.payloads import Payload
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.breaker import Tripped
from engine.runtime.sovereignty.canaries import carries
from engine.runtime.sovereignty.switches import EVERYTHING, move
from tests.conftest import fresh_url, server_programs, throw_away_server
from tests.web.site import running_site

HONEST_CALLS, PAIRED, SENDERS = 500, 300, 4
LEVELS = ("G0", "G1", "G2", "G3")
KEY = b"a key of a proof, thirty-two long"


def measured() -> list[Row]:
    """All figures of the breaker."""
    with tempfile.TemporaryDirectory(prefix="dougong-breaker-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'site' / 'test.sqlite3'}"
        with (
            running_site(folder / "site", url, metrics_token="bypass-metrics-token") as site,
            bypass_world(site, folder) as world,
        ):
            return [*_bypasses(world), *_honest_calls(world), *_cost(world), _scan(), *_kill(folder)]


def _bypasses(world: World) -> list[Row]:
    found: list[Tried] = []
    worst = 0.0
    for case in cases():
        started = time.perf_counter()
        found.append(tried(world, case))
        worst = max(worst, time.perf_counter() - started) if case.get("rule") else worst
    for one in found:
        if one.wrong or one.skipped:
            print(f"  {one.id}: {one.wrong or 'not tried: ' + one.skipped}")
    went = [one for one in found if not one.skipped]
    return [
        Row("BYPASS-tried", "named ways around the gate that are tried", 72, len(went), "", at_least=True),
        Row(
            "BYPASS-wrong",
            "of these: a byte at the sink, or no breaker, ticket or entry",
            0,
            sum(bool(one.wrong) for one in went),
            "",
        ),
        Row("BYPASS-bytes", "bytes of the canary at any sink", 0, world.leaked(), ""),
        Row(
            "TICKET",
            "the longest from an attempt that is refused until its breaker, ticket and entry were found",
            1,
            worst,
            "s",
        ),
    ]


def _honest_calls(world: World) -> list[Row]:
    """Calls at home that every rule allows, of each level, with people, with bodies that look like much."""
    world.honest.answer = (200, {}, b"ok")
    gate = world.gate(destination("honest", world.honest.port, nets=("127.0.0.1/32",)), resolve=answering([HONEST])[0])
    blocked = 0
    for number in range(HONEST_CALLS):
        about = Payload(fields=("customer.name",), rows=1, persons=(f"customer:{number}",), place=f"flow:{number % 7}")
        body = f'{{"phone": "138{number:08}", "code": "DGC{number}", "note": "127.0.0.2 http://x/"}}'.encode()
        asked = EgressRequest(
            "honest", "POST", f"/in/{number}", "operation", LEVELS[number % 4], body=body, about=about
        )
        try:
            gate.send(world.context(), asked)
        except EgressRefused as error:
            blocked += 1
            print(f"  honest call {number}: {error.reason}")
    return [Row("FALSE-blocks", f"of {HONEST_CALLS} calls that every rule allows", 0, blocked, "")]


def _cost(world: World) -> list[Row]:
    """A call through the gate beside the same call without it, in turn; and what of it is reading the breakers."""
    world.honest.answer = (200, {}, b"ok")
    one = destination("cost", world.honest.port)
    gate = world.gate(one, resolve=answering([HONEST])[0])
    asked = EgressRequest("cost", "POST", "/in", "operation", "G2", body=b"x" * 2000)
    context, with_gate, bare, reading = world.context(), [], [], []
    for _ in range(PAIRED):
        with_gate.append(_seconds(lambda: gate.send(context, asked)))
        bare.append(_seconds(lambda: _bare(world.honest.port)))
        reading.append(_seconds(lambda: gate._circumstances(asked, one)))
    more = _p95(with_gate) - _p95(bare)
    return [
        Row("READ-p95", "reading the breakers before an attempt, p95", 1, _p95(reading) * 1000, "ms"),
        Row(
            "GATE-p95", "a call by the gate (two commits of its record) beyond the bare one, p95", 1, more * 1000, "ms"
        ),
        Row(
            "GATE-ratio",
            "a call by the gate against the bare one, medians, on this machine's loopback",
            2,
            statistics.median(with_gate) / statistics.median(bare),
            "×",
        ),
    ]


def _bare(port: int) -> None:
    with httpcore2.ConnectionPool(max_connections=1, retries=0) as pool:
        pool.request("POST", f"http://{HONEST}:{port}/in", content=b"x" * 2000)


def _scan() -> Row:
    content = b"".join(
        f"{number:07} some honest words of a sheet, {number * 7919}\n".encode() for number in range(200_000)
    )
    carries(content[:1000], KEY)
    took = min(_seconds(lambda: carries(content, KEY)) for _ in range(3))
    return Row("SCAN", "looking for canaries", 50, len(content) / 1e6 / took, "MB/s", at_least=True)


def _kill(folder: Path) -> list[Row]:
    """Several processes send through one PostgreSQL database; the switch is pressed; when did the last one stop?"""
    programs = server_programs()
    if programs is None:
        print("  PostgreSQL is not installed: the kill switch over processes was not measured")
        return []
    with throw_away_server(programs) as dsn, honest_server() as honest:
        url = fresh_url("postgres", dsn, folder)
        opened = open_installation(Settings(data=folder / "kill", database=url))
        with closing(opened.database):
            bring_up_to_date(opened)
            took = _stopped(
                opened, [sys.executable, "-m", "bench.prove.sending", str(folder / "kill"), url, str(honest.port)]
            )
    return [Row("KILL", f"from the switch to the last of {SENDERS} processes that stopped", 1, took, "s")]


def _stopped(opened: Installation, command: list[str]) -> float:
    """Seconds from the press to the last process that was refused."""
    senders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(SENDERS)]
    try:
        for one in senders:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        time.sleep(0.5)  # so that all of them are sending
        pressed = time.time()
        opened.database.write(
            lambda session: move(session, EVERYTHING, Tripped("killed"), opened.clock.now(), "a proof")
        )
        said = [one.communicate(timeout=30)[0].split() for one in senders]
    finally:
        for one in senders:
            one.kill()
            one.wait()
    assert all(words[0] == "killed" and int(words[1]) > 0 for words in said), said
    return max(float(words[2]) for words in said) - pressed


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
