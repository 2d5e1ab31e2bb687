"""Lists: what can be asked of the lists of an entity with three million rows, on both databases, by what it costs them.

The demo's customers and opportunities are copied until there are so many. The people of the demo ask for the list page as
it opens, for every saved view, filter, order and a search of it, for the rows of a customer, and for a page far down. Of
every statement that this sends: it scans no big table, and it looks at no more than a page and a capped count need. The
figures are steps of SQLite's virtual machine and rows that PostgreSQL's nodes touched, not times.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bench.copies import Copies, multiply
from bench.customer_world import FILE, CustomerWorld, counted
from bench.demo_site import DemoSite, site_of
from bench.plans import Cost, plans_of
from bench.report import Row
from bench.server import Server
from bench.world import Home
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import start_session
from engine.web.calls import SESSION_COOKIE, Call
from tests.conftest import server_programs, throw_away_server
from tests.full.list_questions import addresses, list_pages
from tests.web.counted import Count

ROWS = int(os.environ.get("DOUGONG_FULL_ROWS", "3000000"))
ENTITY = "opportunity"
PEOPLE = ("li_wei", "zhao_rui", "yan_zheng")
"""A seller of a unit, the lead of a unit, and the auditor, who reads every row."""
DEEP = 40
"""Pages down to the last one that is asked for."""
MOST = {"sqlite": 400_000, "postgres": 60_000}
"""What a statement may look at: a count stops at 10,001 rows, each with up to 40 steps or 6 nodes."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement cost, and who asked what."""

    person: str
    address: str
    cost: Cost


def measured() -> list[Row]:
    """Scans, and the dearest statement, on each database."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="dougong-full-") as name:
        found += _rows(_filled("sqlite", Home(Path(name), str(Path(name) / FILE))))
    programs = server_programs()
    if programs is not None:
        with tempfile.TemporaryDirectory(prefix="dougong-full-") as name, throw_away_server(programs) as address:
            found += _rows(_filled("postgres", Home(Path(name), address)))
    return found


def _filled(kind: str, home: Home) -> CustomerWorld:
    world = CustomerWorld(kind, home, ("customer", ENTITY), 0)
    with Server.of_engine(home.folder, world.database, act="start"):
        pass
    installation = world.opened()
    model = installation.models.current()
    installation.database.close()
    had = counted(home, (ENTITY,))
    multiply(home, Copies(model, world.entities, max(-(-(ROWS - had) // had), 1)))
    return CustomerWorld(kind, home, world.entities, counted(home, (ENTITY,)))


def _rows(world: CustomerWorld) -> Iterator[Row]:
    told = list(_told(world))
    scans = [one for one in told if one.cost.scans]
    words = f"{len(told)} statements of lists over {world.rows:,} rows on {world.kind}"
    first = "; ".join(f"{one.person} {one.address}" for one in scans[:3])
    yield Row(f"lists_scans_{world.kind}", f"{words}: those that scan a big table. {first}", 0, len(scans), "")
    dearest = max(told, key=lambda one: one.cost.work)
    unit = "steps" if world.kind == "sqlite" else "rows"
    words = f"{words}: the dearest, {unit} ({dearest.person} {dearest.address})"
    yield Row(f"lists_work_{world.kind}", words, MOST[world.kind], dearest.cost.work, "")
    over = [one for one in told if one.cost.work > MOST[world.kind]]
    shown = "; ".join(f"{one.person} {one.address} {one.cost.work:,}" for one in over[:8])
    yield Row(
        f"lists_dear_{world.kind}",
        f"statements that look at more than {MOST[world.kind]:,} {unit}. {shown}",
        0,
        len(over),
        "",
    )


def _told(world: CustomerWorld) -> Iterator[Told]:
    with site_of(world.opened()) as demo:
        plans = plans_of(world.home)
        for person in PEOPLE:
            session = _session(demo, person)
            for address in (*_pages(demo), *_lookups(demo, world, session)):
                count = Count()
                demo.asked_by(_call(address, session), count)
                for one in {each.statement.sql: each for each in count.asked}.values():
                    yield Told(person, address, plans.cost(one))
        plans.close()


def _pages(demo: DemoSite) -> Iterator[str]:
    model = demo.installation.models.current()
    for page in list_pages(model):
        if page.entity == ENTITY:
            yield from addresses(model, page)


def _lookups(demo: DemoSite, world: CustomerWorld, session: str) -> Iterator[str]:
    """The rows of the customer that has the most, and the page that is so far down the list."""
    database = world.home.connect()
    largest = f"SELECT customer FROM {ENTITY} GROUP BY customer ORDER BY COUNT(*) DESC, customer LIMIT 1"
    yield f"/api/records/{ENTITY}?customer={encode_id(database.rows(largest)[0][0])}&sort=-opened_on&limit=25"
    database.close()
    address = base = f"/api/records/{ENTITY}?sort=-amount&limit=25"
    for _ in range(DEEP):
        cursor = json.loads(bytes(demo.asked_by(_call(address, session), Count()).body))["next_cursor"]
        if not cursor:
            break
        address = f"{base}&cursor={cursor}"
    yield address


def _session(demo: DemoSite, person: str) -> str:
    def start(session: Session) -> str:
        user = demo.user(session, person)
        return start_session(session, user, demo.context(session, user).now)

    return demo.installation.database.write(start)


def _call(address: str, session: str) -> Call:
    split = urlsplit(address)
    return Call(
        "GET", split.path, {}, tuple(parse_qsl(split.query)), {}, {SESSION_COOKIE: session}, "127.0.0.1", "full"
    )
