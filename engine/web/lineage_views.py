"""A neighbourhood of the lineage as its reader sees it: names that are none for them are left out and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.lineage import ORIGINS, Edge, Lineage, Node, NodeKind
from engine.model.pages import PageKind
from engine.model.uncollected import uncollected
from engine.runtime.sovereignty.lineage_words import KINDS, PURPOSES, STATUSES, WAYS, words_of_node
from engine.runtime.work import Work
from engine.web.lineage_names import KnownNames
from engine.widgets.lineage_parts import ColumnView, LineageView, LineView, PointView, RowView

MOST_IN_A_COLUMN = 12
"""Boxes of one column; with more of them those of a kind stand in one."""
LEAST_TOGETHER = 3
MOST_NODES = 300
"""Nodes of a neighbourhood that are looked at; what lies beyond is said to be cut off."""
ORDER = tuple(NodeKind)
SHAPES = {
    PageKind.FREE: Message("页面", "page"),
    PageKind.LIST: Message("列表", "list"),
    PageKind.RECORD: Message("详情", "record"),
    PageKind.DASHBOARD: Message("看板", "dashboard"),
}
"""What a part of a page without a name is told by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for: a node, how far to look, and the kinds that they want to see one by one."""

    node: str
    hops: int = 1
    opened: frozenset[str] = frozenset()

    def url(self, node: str = "", hops: int | None = None, opened: str = "") -> str:
        """The address of the same view of another node, further, or with a kind opened."""
        values = {"node": node or self.node, "hops": str(self.hops if hops is None else hops)}
        kinds = sorted(self.opened | ({opened} if opened else set())) if not node else []
        return f"/lineage?{urlencode([*values.items(), *(('open', one) for one in kinds)])}"


def lineage_view(work: Work, graph: Lineage, names: KnownNames, asked: Asked) -> LineageView:
    """The neighbourhood of a node that the reader knows."""
    with uncollected():
        return _View(work, graph, names, asked).view()


@dataclass(frozen=True, slots=True)
class _View:
    work: Work
    graph: Lineage
    names: KnownNames
    asked: Asked
    _known: dict[str, PointView] = field(default_factory=dict)

    def view(self) -> LineageView:
        before, hidden_before, cut_before = self._walk(self.graph.before)
        behind, hidden_behind, cut_behind = self._walk(self.graph.behind)
        behind = {name: far for name, far in behind.items() if far <= before.get(name, far)}
        before = {name: far for name, far in before.items() if name not in behind}
        centre = self._point(self.graph.nodes[self.asked.node])
        columns = (*self._columns(before, -1), ColumnView(0, (centre,)), *self._columns(behind, 1))
        return LineageView(
            centre=centre,
            columns=columns,
            lines=tuple(self._lines(columns)),
            before=tuple(self._rows(before)),
            behind=tuple(self._rows(behind)),
            withheld=(hidden_before, hidden_behind),
            cut=cut_before or cut_behind,
        )

    def _walk(self, neighbours: Mapping[str, Iterable[str]]) -> tuple[dict[str, int], int, bool]:
        """The nodes that the reader knows, by distance, reached over such alone; how many others lie beside the way; whether
        it was cut off."""
        found, edge, hidden = {self.asked.node: 0}, [self.asked.node], set[str]()
        for distance in range(1, self.asked.hops + 1):
            following = [name for one in edge for name in neighbours.get(one, ()) if name not in found]
            edge = []
            for name in following:
                if not self.names.knows(self.graph.nodes[name]):
                    hidden.add(name)
                elif name not in found and len(found) < MOST_NODES:
                    found[name] = distance
                    edge.append(name)
        cut = len(found) >= MOST_NODES
        del found[self.asked.node]
        return found, len(hidden), cut

    def _columns(self, found: Mapping[str, int], side: int) -> Iterator[ColumnView]:
        distances = sorted({*found.values()}, reverse=side < 0)
        for distance in distances:
            nodes = self._sorted(name for name, far in found.items() if far == distance)
            yield ColumnView(side * distance, tuple(self._points(nodes)))

    def _points(self, nodes: list[Node]) -> Iterator[PointView]:
        """The points of a column: one a node, or one a kind where there are many."""
        by_kind: dict[NodeKind, list[Node]] = {}
        for node in nodes:
            by_kind.setdefault(node.kind, []).append(node)
        for kind, of_kind in by_kind.items():
            together = (
                len(nodes) > MOST_IN_A_COLUMN and len(of_kind) >= LEAST_TOGETHER and kind not in self.asked.opened
            )
            if together:
                yield self._group(kind, of_kind)
            else:
                yield from (self._point(node) for node in of_kind)

    def _group(self, kind: NodeKind, nodes: list[Node]) -> PointView:
        points = [self._point(node) for node in nodes]
        worst = max(points, key=lambda one: ("green", "amber", "red").index(one.status))
        words = KINDS[kind].text(self.work.context.language)
        return PointView(
            ids=tuple(node.id for node in nodes),
            kind=str(kind),
            kind_words=words,
            label=words,
            url=self.asked.url(opened=str(kind)),
            level=max(one.level for one in points),
            status=worst.status,
            status_words=worst.status_words,
            count=len(nodes),
        )

    def _point(self, node: Node) -> PointView:
        if node.id not in self._known:
            self._known[node.id] = self._made(node)
        return self._known[node.id]

    def _made(self, node: Node) -> PointView:
        standing, language = self.graph.standing(node.id), self.work.context.language
        shown = self.work.context.principal.administrator
        return PointView(
            ids=(node.id,),
            kind=str(node.kind),
            kind_words=KINDS[node.kind].text(language),
            label=self._label(node),
            url=self.asked.url(node=node.id),
            level="" if node.kind in ORIGINS else standing.level,
            status=str(standing.status),
            status_words=STATUSES[standing.status].text(language),
            reason=standing.reason.text(language),
            name=node.name if shown else "",
            place=str(node.place) if shown and node.place else "",
        )

    def _label(self, node: Node) -> str:
        return told_as(self.work.model, node, self.work.context.language)

    def _sorted(self, names: Iterable[str]) -> list[Node]:
        nodes = (self.graph.nodes[name] for name in names)
        return sorted(nodes, key=lambda one: (ORDER.index(one.kind), self._label(one), one.id))

    def _lines(self, columns: tuple[ColumnView, ...]) -> Iterator[LineView]:
        """The lines between points of columns side by side, all ways of one pair in one."""
        standing = {identity: point for column in columns for point in column.points for identity in point.ids}
        place = {identity: column.distance for column in columns for point in column.points for identity in point.ids}
        pairs: dict[tuple[str, str], list[Edge]] = {}
        for name in standing:
            for edge in self.graph.out_of.get(name, ()):
                if edge.target in standing and place[edge.target] == place[name] + 1:
                    pair = standing[name].ids[0], standing[edge.target].ids[0]
                    pairs.setdefault(pair, []).append(edge)
        for (source, target), edges in pairs.items():
            says, purpose = self._says(edges)
            yield LineView(source, target, says, purpose, any(edge.direct for edge in edges))

    def _rows(self, found: Mapping[str, int]) -> Iterator[RowView]:
        centre, ties = self.asked.node, dict[str, list[Edge]]()
        for edge in self.graph.out_of.get(centre, ()):
            ties.setdefault(edge.target, []).append(edge)
        for node in sorted(self._sorted(found), key=lambda one: found[one.id]):
            near = found[node.id] == 1
            back = [one for one in self.graph.out_of.get(node.id, ()) if one.target == centre] if near else []
            edges = [*back, *ties.get(node.id, ())]
            says, purpose = self._says(edges)
            yield RowView(self._point(node), found[node.id], says, purpose)

    def _says(self, edges: list[Edge]) -> tuple[str, str]:
        language = self.work.context.language
        between = "、" if language == "zh" else ", "
        ways = dict.fromkeys(WAYS[one.way].text(language) for one in edges)
        purposes = dict.fromkeys(PURPOSES[one.purpose].text(language) for one in edges)
        return between.join(ways), between.join(purposes)


def told_as(model: AppModel, node: Node, language: str) -> str:
    """What a node is called among others: a field with its entity, a part of a page with the page."""
    words = words_of_node(node, language)
    if node.kind is NodeKind.FIELD and node.entity in model.entities:
        name = node.name.partition(".")[2] if words == node.name else words
        return f"{model.entities[node.entity].label.text(language)} · {name}"
    page = model.pages.get(node.name.partition("#")[0]) if node.kind is NodeKind.PAGE else None
    if page is not None and "#" in node.name:
        own = node.label.text(language) or SHAPES[page.kind].text(language)
        return f"{page.label.text(language)} · {own}"
    return words
