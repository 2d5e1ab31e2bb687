"""Numeric nodes: scales aligned, sums, products and quotients with the scale that they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.model.formula import Call, Decimal, Literal, Money, Node, Null, Type, is_number, scale_of

WIDEST_SCALE = 12
LONGEST_SUM = 8
"""Terms added before the sum is guarded: eight numbers of 18 digits fit 64 bits."""


def fitted(node: Node, scale: int, of: Type | None = None) -> Node:
    """The node at `scale`: widened exactly, or rounded half away from zero."""
    if not isinstance(node.type, Decimal | Money):
        return node
    current = node.type.scale
    target = of if of is not None else replace(node.type, scale=scale)
    if current == scale:
        return node
    if isinstance(node, Literal) and isinstance(node.value, int) and scale > current:
        wide = node.value * 10 ** (scale - current)
        if abs(wide) < 10**18:
            return replace(node, value=wide, type=target)
    function = "rescale" if scale > current else "round"
    return Call(function, (node,), target, node.start, node.end, guarded=scale > current)


def aligned(node: Node, scale: int) -> Node:
    """The node at a wider scale for a comparison, where no digits are lost and none are too many."""
    if not isinstance(node.type, Decimal | Money) or node.type.scale == scale:
        return node
    of = replace(node.type, scale=scale)
    if isinstance(node, Literal) and isinstance(node.value, int):
        return replace(node, value=node.value * 10 ** (scale - node.type.scale), type=of)
    return Call("align", (node,), of, node.start, node.end)


def summed(terms: Sequence[tuple[bool, Node]], start: int, end: int) -> Node:
    """The sum of (minus, number) terms at the widest scale; guarded as a whole, in groups of eight."""
    nodes = [one for _, one in terms]
    if any(isinstance(one.type, Null) for one in nodes):
        return Literal(None, Null(), start, end)
    of = wide_type(nodes)
    parts = [negated(fitted(one, of.scale)) if minus else fitted(one, of.scale) for minus, one in terms]
    if len(terms) == 2 and terms[1][0]:
        return Call("subtract", (parts[0], fitted(nodes[1], of.scale)), of, start, end, guarded=True)
    while len(parts) > 1:
        groups = [parts[at : at + LONGEST_SUM] for at in range(0, len(parts), LONGEST_SUM)]
        parts = [
            Call("add", tuple(group), of, start, end, guarded=True) if len(group) > 1 else group[0] for group in groups
        ]
    return parts[0]


def wide_type(nodes: Sequence[Node]) -> Decimal | Money:
    """The type that numbers share: the widest scale, money when one of them is."""
    scale = max(scale_of(one.type) for one in nodes)
    money = next((one.type for one in nodes if isinstance(one.type, Money)), None)
    return Decimal(18, scale) if money is None else replace(money, precision=18, scale=scale)


def negated(node: Node) -> Node:
    """The number, duration or period with its sign turned."""
    if isinstance(node, Literal) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return replace(node, value=-node.value)
    return Call("negate", (node,), node.type, node.start, node.end)


def product(one: Node, other: Node, start: int, end: int) -> Node | None:
    """one × other, exact; None when the scales add up beyond what fits."""
    if isinstance(one.type, Null) or isinstance(other.type, Null):
        return Literal(None, Null(), start, end)
    scale = scale_of(one.type) + scale_of(other.type)
    if scale > WIDEST_SCALE:
        return None
    return Call("multiply", (one, other), replace(wide_type((one, other)), scale=scale), start, end, guarded=True)


def quotient(name: str, top: Node, bottom: Node, decimals: int, start: int, end: int) -> Node:
    """top ÷ bottom to `decimals` places, rounded the way of `name`; money by money is a number."""
    of: Type = Decimal(18, decimals)
    if isinstance(top.type, Money) and not isinstance(bottom.type, Money):
        of = replace(top.type, precision=18, scale=decimals)
    if not is_number(top.type) or not is_number(bottom.type):
        return Literal(None, of, start, end)
    shift = decimals + scale_of(bottom.type) - scale_of(top.type)
    return Call(f"divide_{name}", (top, bottom, Literal(shift, Decimal(18, 0))), of, start, end, guarded=True)
