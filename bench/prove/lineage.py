"""Lineage: statements told exactly, origins known, canaries explained, and what breaks if a field goes among a million edges."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from bench.report import SEED, Row
from engine.installation.served import compiled_packs
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.lineage import UNKNOWN, Edge, Lineage, Node, NodeKind, Purpose, Way
from engine.runtime.sovereignty.lineage_graph import lineage_of
from engine.runtime.sovereignty.lineage_origins import INTERFACE
from engine.runtime.sovereignty.sql_lineage import UnreadableSql
from engine.runtime.work import Work
from engine.web.lineage_names import KnownNames
from engine.web.lineage_views import Asked, lineage_view
from engine.widgets.lineage.drawing import lineage_drawing
from tests.runtime.sovereignty.sql_cases import sql_cases, told_edges
from tests.runtime.sovereignty.taint import canaries, plant, sightings, unexplained, use
from tests.web.site import running_site

NODES, EDGES, HOPS, ASKED, DRAWN = 100_000, 1_000_000, 5, 200, 40


def measured() -> list[Row]:
    """All parts of lineage."""
    model = compiled_packs("").current()
    return [*_sql(), *_origins(model), *_canaries(), *_impact()]


def _sql() -> list[Row]:
    """Every statement with every edge that a person wrote down, and no other."""
    schema, views, cases = sql_cases()
    exact = right = told = expected = 0
    for case in cases:
        try:
            found = told_edges(case, schema, views)
        except UnreadableSql:
            found = frozenset()
        exact += found == case.expected
        right, told, expected = right + len(found & case.expected), told + len(found), expected + len(case.expected)
    return [
        Row("lineage.sql", f"SQL statements told exactly, of {len(cases)}", len(cases), exact, "", at_least=True),
        Row("lineage.sql_precision", f"edges told that are right, of {told}", 1.0, right / told, "", at_least=True),
        Row("lineage.sql_recall", f"edges that are told, of {expected}", 1.0, right / expected, "", at_least=True),
    ]


def _origins(model: AppModel) -> list[Row]:
    """Fields of known origin, by pack."""
    graph, rows = lineage_of(model), list[Row]()
    for pack in ("b2b_sales", "store_sales"):
        fields = [
            one.id
            for one in graph.nodes.values()
            if one.kind is NodeKind.FIELD and one.place and one.place.pack == pack
        ]
        share = 100 * sum(graph.known_origin(one) for one in fields) / len(fields)
        by_definition = sum(bool({*graph.before.get(one, ())} - {UNKNOWN, INTERFACE.id}) for one in fields)
        told = f"fields of known origin, of {len(fields)}; {by_definition} without counting import and interface"
        rows.append(Row(f"lineage.origin_{pack}", told, 99, share, "%", at_least=True))
    return rows


def _canaries() -> list[Row]:
    """A word in every text of every entity; the application is used; where the words are found afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with running_site(path, f"sqlite:///{path / 'dougong.sqlite3'}") as site:
            model = site.installation.models.current()
            words = canaries(model)
            plant(site, words)
            use(site, words)
            found = frozenset(sightings(path, words))
    lost = unexplained(model, found)
    for one in lost:
        print(f"  unexplained: {one.field} in {one.store}")
    stores = len({one.store for one in found})
    told = f"canaries of {len(words)} fields seen in places that the lineage does not lead to, of {len(found)} in {stores} stores"
    return [Row("lineage.unexplained", told, 0, len(lost), "")]


def _impact() -> list[Row]:
    """What draws on a node within five steps, in a graph of a million edges."""
    chance = random.Random(SEED)
    names = [f"field:e{at // 40}.f{at}" for at in range(NODES)]
    nodes = {name: Node(name, NodeKind.FIELD, name) for name in names}
    edges = []
    for _ in range(EDGES):
        source = int(chance.random() ** 2 * NODES)
        edges.append(Edge(names[source], names[chance.randrange(NODES)], Way.IDENTITY, Purpose.OPERATE))
    graph = Lineage(nodes, tuple(edges))
    graph.reached(names[0], 1)
    times, sizes = [], []
    for name in chance.sample(names, ASKED):
        began = time.process_time()
        sizes.append(len(graph.reached(name, HOPS)))
        times.append((time.process_time() - began) * 1000)
    told = f"p95 (processor) of {ASKED} questions over {HOPS} steps among {EDGES:,} edges"
    middle = sorted(sizes)[ASKED // 2]
    return [
        Row("lineage.impact", f"{told}; {middle:,} nodes in the middle", 300, _slow(times), "ms"),
        Row(
            "lineage.drawn",
            f"p95 (processor) of {DRAWN} drawings of three steps in the same graph",
            300,
            _slow(_drawn(graph, names, chance)),
            "ms",
        ),
    ]


def _slow(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _drawn(graph: Lineage, names: list[str], chance: random.Random) -> list[float]:
    """How long a neighbourhood takes to be looked up and drawn, levels of the whole graph being known."""
    times: list[float] = []

    def draw(work: Work) -> None:
        known = KnownNames(work, graph)
        graph.standing(names[0])
        for name in [names[0], *chance.sample(names, DRAWN - 1)]:
            began = time.process_time()
            lineage_drawing(lineage_view(work, graph, known, Asked(name, 3)), "", {})
            times.append((time.process_time() - began) * 1000)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with running_site(path, f"sqlite:///{path / 'dougong.sqlite3'}") as site:
            reader = Principal(0, "prove", frozenset(), administrator=True)
            site.installation.workplace.read(Context(reader, site.installation.clock.now()), draw)
    return times
