"""The shape of a decision-chain map: which ways lead back, how far each node is from the start, where branches meet again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.model.maps import DecisionMap, MapEdge

END = ""
"""What follows where nothing does."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """`onward` are the ways out of each node that do not lead back; `back` those that do; `order` goes along `onward`."""

    onward: Mapping[str, tuple[MapEdge, ...]]
    back: frozenset[tuple[str, str]]
    order: tuple[str, ...]

    def ranks(self) -> Mapping[str, int]:
        """How many steps each node is from where it can be entered first, by the longest way."""
        found = dict.fromkeys(self.order, 0)
        for name in self.order:
            for edge in self.onward[name]:
                found[edge.target] = max(found[edge.target], found[name] + 1)
        return found


def shape_of(chart: DecisionMap) -> MapShape:
    """The shape of a map, walked from its first node; nodes that nothing reaches come after the others."""
    walk = _Walk(chart)
    for node in chart.nodes:
        walk.visit(node.id)
    order = tuple(reversed(walk.left))
    onward = {name: tuple(edge for edge in chart.ways(name) if (name, edge.target) not in walk.back) for name in order}
    return MapShape(onward, frozenset(walk.back), order)


def joins(shape: MapShape, taken: Callable[[MapEdge], bool]) -> Mapping[str, str]:
    """For each node the first one through which every way after it leads, among the ways that are `taken`; END without one."""
    through: dict[str, list[str]] = {END: [END]}
    found: dict[str, str] = {}
    for name in reversed(shape.order):
        after = [edge.target for edge in shape.onward[name] if taken(edge)] or [END]
        shared = _shared(through[one] for one in after)
        found[name] = shared[0] if shared else END
        through[name] = [name, *shared]
    return found


def _shared(chains: Iterable[list[str]]) -> list[str]:
    """What stands in all chains, in the order of the first."""
    first, *others = chains
    known = [set(other) for other in others]
    return [one for one in first if all(one in other for other in known)]


class _Walk:
    """A walk in depth; a way to a node that is still open leads back."""

    def __init__(self, chart: DecisionMap) -> None:
        self.chart = chart
        self.back: set[tuple[str, str]] = set()
        self.left: list[str] = []
        self._open: set[str] = set()
        self._known = {node.id for node in chart.nodes}

    def visit(self, start: str) -> None:
        if start in self._open or start in self.left:
            return
        waiting = [(start, iter(reversed(self.chart.ways(start))))]
        self._open.add(start)
        while waiting:
            name, ways = waiting[-1]
            edge = next(ways, None)
            if edge is None:
                waiting.pop()
                self._open.discard(name)
                self.left.append(name)
            elif edge.target in self._open:
                self.back.add((name, edge.target))
            elif edge.target not in self.left and edge.target in self._known:
                self._open.add(edge.target)
                waiting.append((edge.target, iter(reversed(self.chart.ways(edge.target)))))
