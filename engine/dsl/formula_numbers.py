"""Numeric nodes: scales aligned, products and quotients with the precision that they need."""

from __future__ import annotations

from dataclasses import replace

from engine.model.formula import Call, Decimal, Literal, Money, Node, Null, Type, is_number, scale_of

WIDEST_SCALE = 12


def fitted(node: Node, scale: int, of: Type | None = None) -> Node:
    """The node at `scale`: widened exactly, or rounded half away from zero."""
    if not is_number(node.type):
        return node
    current = scale_of(node.type)
    target = (
        of
        if of is not None
        else replace(node.type, scale=scale)
        if isinstance(node.type, Decimal | Money)
        else node.type
    )
    if current == scale:
        return node
    if isinstance(node, Literal) and isinstance(node.value, int) and scale > current:
        return replace(node, value=node.value * 10 ** (scale - current), type=target)
    return Call(
        "rescale" if scale > current else "round", (node,), target, node.start, node.end, guarded=scale > current
    )


def summed(one: Node, other: Node, minus: bool, start: int, end: int) -> Node:
    scale = max(scale_of(one.type), scale_of(other.type))
    base = one.type if isinstance(one.type, Money) else other.type
    of = replace(base, precision=18, scale=scale) if isinstance(base, Decimal | Money) else Decimal(18, scale)
    return Call(
        "subtract" if minus else "add", (fitted(one, scale), fitted(other, scale)), of, start, end, guarded=True
    )


def negated(node: Node) -> Node:
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
    base = one.type if isinstance(one.type, Money) else other.type
    of = replace(base, precision=18, scale=scale) if isinstance(base, Decimal | Money) else Decimal(18, scale)
    return Call("multiply", (one, other), of, start, end, guarded=True)


def quotient(name: str, top: Node, bottom: Node, decimals: int, start: int, end: int) -> Node:
    """top ÷ bottom to `decimals` places, rounded the way of `name`; money by money is a number."""
    money = isinstance(top.type, Money) and not isinstance(bottom.type, Money)
    of: Type = (
        replace(top.type, precision=18, scale=decimals)
        if money and isinstance(top.type, Money)
        else Decimal(18, decimals)
    )
    shift = decimals + scale_of(bottom.type) - scale_of(top.type)
    return Call(f"divide_{name}", (top, bottom, Literal(shift, Decimal(18, 0))), of, start, end, guarded=True)
