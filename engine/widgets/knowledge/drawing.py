"""Drawing a knowledge graph: boxes that open their node, edges that say what they are; and the neighbourhood of one node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.widgets.charts.markup import join, tag
from engine.widgets.charts.wrapping import wrapped
from engine.widgets.knowledge.layout import BULGE, LINE, PAD, SIZE, WIDTH, Box, layout_of
from engine.widgets.knowledge_parts import Beside, EdgeView, GraphView, NodeView
from engine.widgets.markup import drawn, escaped

_FOCUS_WIDTH, _WIDER, _FOCUS_GAP, _FOCUS_HEIGHT, _FOCUS_SPACE = 98, 146, 20, 42, 8
_MOST_BESIDE = 6
"""Neighbours drawn on each side of a chosen node."""


def graph_drawing(view: GraphView, base: str, chosen: str) -> Markup:
    """The graph as SVG; each box leads to its node on the page at `base`, the `chosen` one and its edges stand out."""
    layout = layout_of(view)
    near = {end for edge in view.edges if chosen in (edge.source, edge.target) for end in (edge.source, edge.target)}
    heads = (
        tag(
            "text", f"{view.kinds[head.kind]} {len(view.of_kind(head.kind))}", x=head.x, y=head.y + 14, class_="kg-head"
        )
        for head in layout.heads
    )
    edges = (_edge(edge, layout.boxes[edge.source], layout.boxes[edge.target], chosen) for edge in view.edges)
    nodes = (_node(node, layout.boxes[node.id], base, chosen, node.id in near) for node in view.nodes)
    return tag(
        "svg",
        join([*edges, *heads, *nodes]),
        class_="kg-drawing has-chosen" if chosen else "kg-drawing",
        viewBox=f"0 0 {layout.width} {layout.height}",
        width=layout.width,
        height=layout.height,
        role="group",
        aria_label=view.label,
    )


def _node(node: NodeView, box: Box, base: str, chosen: str, near: bool) -> Markup:
    """A node: its name over two lines at most, a bar in the colour of its kind, and a handle to draw edges from."""
    words = ["kg-node", f"is-{node.kind}"]
    words += ["chosen"] if node.id == chosen else ["near"] if near else []
    top = box.height / 2 - LINE * len(box.lines) / 2 + 11.5
    texts = "".join(
        f'<text x="{PAD + 3}" y="{top + LINE * at:g}">{escaped(line)}</text>' for at, line in enumerate(box.lines)
    )
    current = ' aria-current="true"' if node.id == chosen else ""
    label = escaped(f"{node.kind_label}：{node.label}")
    return drawn(
        f'<g class="{" ".join(words)}" transform="translate({box.x} {box.y})" data-node="{node.id}" data-kind="{node.kind}" '
        f'data-version="{node.version}"><a href="{escaped(base)}?node={node.id}#node" aria-label="{label}"{current}>'
        f"<title>{escaped(node.label)}</title>"
        f'<rect class="kg-box" width="{WIDTH}" height="{box.height}" rx="7"/>'
        f'<rect class="kg-bar" x="4" y="7" width="3" height="{box.height - 14}" rx="1.5"/>{texts}</a>'
        f'<circle class="kg-handle" cx="{WIDTH}" cy="{box.height / 2:g}" r="6"/></g>'
    )


def _edge(edge: EdgeView, source: Box, target: Box, chosen: str) -> Markup:
    words = ["kg-edge", "checked" if edge.checked else "unchecked"]
    words += ["lit"] if chosen and chosen in (edge.source, edge.target) else []
    return drawn(
        f'<path class="{" ".join(words)}" d="{_course(source, target)}" data-from="{edge.source}" data-to="{edge.target}">'
        f"<title>{escaped(edge.kind_label)}</title></path>"
    )


def _course(source: Box, target: Box) -> str:
    """A curve from one box to another: between their sides, or out to the right and back where they stand above each other."""
    one, other = source.y + source.height / 2, target.y + target.height / 2
    if target.x >= source.x + WIDTH:
        start, end = source.x + WIDTH, target.x
    elif target.x + WIDTH <= source.x:
        start, end = source.x, target.x + WIDTH
    else:
        start, end = source.x + WIDTH, target.x + WIDTH
        out = max(start, end) + BULGE
        return f"M{start} {one:g}C{out} {one:g} {out} {other:g} {end} {other:g}"
    half = (start + end) / 2
    return f"M{start} {one:g}C{half:g} {one:g} {half:g} {other:g} {end} {other:g}"


def focus_drawing(view: GraphView, node: NodeView, base: str, more: str) -> Markup:
    """A node between what leads to it and what it leads to: small enough for a phone. `more` says that there are others."""
    beside = view.beside(node.id)
    sides = [[one for one in beside if not one.outward], [one for one in beside if one.outward]]
    rows = max(*(min(len(side), _MOST_BESIDE) + (len(side) > _MOST_BESIDE) for side in sides), 1)
    width = _FOCUS_WIDTH if all(sides) else _WIDER
    column, height = width + _FOCUS_GAP, rows * (_FOCUS_HEIGHT + _FOCUS_SPACE)
    at = (column if sides[0] else 0, (height - _FOCUS_HEIGHT - _FOCUS_SPACE) / 2)
    focus = _Focus(base, more, width, height, at)
    parts = [*focus.side(sides[0], 0), *focus.side(sides[1], at[0] + column), focus.box(node, at, "chosen")]
    whole = width + column * sum(bool(side) for side in sides)
    return tag(
        "svg",
        join(parts),
        class_="kg-focus",
        viewBox=f"0 0 {whole} {height}",
        width=whole,
        height=height,
        role="group",
        aria_label=node.label,
    )


@dataclass(frozen=True, slots=True)
class _Focus:
    """The neighbourhood of a node as it is drawn: boxes of one width, the node's own at `middle`."""

    base: str
    more: str
    width: int
    height: int
    middle: tuple[float, float]

    def side(self, side: Sequence[Beside], x: float) -> Iterator[Markup]:
        """The neighbours on one side, each with its line to the middle."""
        shown, step, (middle, level) = side[:_MOST_BESIDE], _FOCUS_HEIGHT + _FOCUS_SPACE, self.middle
        top = (self.height - step * (len(shown) + (len(side) > _MOST_BESIDE))) / 2
        for index, one in enumerate(shown):
            y = top + index * step
            start, end = (x + self.width, middle) if x < middle else (x, middle + self.width)
            half, here, there = (start + end) / 2, y + _FOCUS_HEIGHT / 2, level + _FOCUS_HEIGHT / 2
            course = f"M{start:g} {here:g}C{half:g} {here:g} {half:g} {there:g} {end:g} {there:g}"
            yield tag("path", d=course, class_="kg-edge lit " + ("checked" if one.edge.checked else "unchecked"))
            yield self.box(one.other, (x, y), "")
        if len(side) > _MOST_BESIDE:
            words, y = self.more.format(len(side) - _MOST_BESIDE), top + len(shown) * step + _FOCUS_HEIGHT / 2
            yield tag("text", words, x=x + self.width / 2, y=y, text_anchor="middle", class_="kg-head")

    def box(self, node: NodeView, at: tuple[float, float], state: str) -> Markup:
        lines = tuple(wrapped(node.label, self.width - 2 * PAD, SIZE))[:2]
        top = _FOCUS_HEIGHT / 2 - LINE * len(lines) / 2 + 11.5
        parts = [
            tag("rect", width=self.width, height=_FOCUS_HEIGHT, rx=7, class_="kg-box"),
            tag("rect", x=4, y=8, width=3, height=_FOCUS_HEIGHT - 16, rx=1.5, class_="kg-bar"),
            *(tag("text", line, x=PAD + 3, y=top + LINE * index) for index, line in enumerate(lines)),
        ]
        label = f"{node.kind_label}：{node.label}"
        box = tag("a", join(parts), href=f"{self.base}?node={node.id}#node", aria_label=label)
        words = " ".join(("kg-node", f"is-{node.kind}", *((state,) if state else ())))
        return tag("g", box, class_=words, transform=f"translate({at[0]:g} {at[1]:g})")
