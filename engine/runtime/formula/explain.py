"""Explaining a value: the tree of a formula with the value of every part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from engine.model import formula as types
from engine.model.formula import Aggregate, Call, Formula, Items, Literal, Moment, Node, scale_of
from engine.runtime.formula.value import Cells, compile_node


@dataclass(frozen=True, slots=True)
class ValueNode:
    """A part of a formula: its text, its value (Decimal, text, date, …, None for empty), and its parts."""

    text: str
    value: object
    children: tuple[ValueNode, ...] = ()


def explain(formula: Formula, cells: Cells, moment: Moment) -> ValueNode:
    """The value of a formula on a row and of everything in it."""
    return _node(formula.node, formula.source, cells, moment)


def _node(node: Node, source: str, cells: Cells, moment: Moment) -> ValueNode:
    parts: tuple[Node, ...] = ()
    if isinstance(node, Call):
        parts = node.arguments
    elif isinstance(node, Items):
        parts = node.items
    shown = _rows(node, source, cells, moment) if isinstance(node, Aggregate) else ()
    children = tuple(
        _node(one, source, cells, moment) for one in parts if not isinstance(one, Literal) and one.end > one.start
    )
    if len(children) == 1 and isinstance(node, Call) and (children[0].text == _text(node, source)):
        return ValueNode(children[0].text, _value(node, cells, moment), children[0].children)
    return ValueNode(_text(node, source), _value(node, cells, moment), (*children, *shown))


def _text(node: Node, source: str) -> str:
    return source[node.start : node.end] if node.end > node.start else source


def _value(node: Node, cells: Cells, moment: Moment) -> object:
    value = compile_node(node)(cells, moment)
    if value is None or not types.is_number(node.type):
        return timedelta(seconds=value) if isinstance(node.type, types.Duration) and value is not None else value
    return Decimal(value).scaleb(-scale_of(node.type))


def _rows(node: Aggregate, source: str, cells: Cells, moment: Moment) -> tuple[ValueNode, ...]:
    """What each child row gives, the first of them."""
    if node.argument is None:
        return ()
    argument, condition = node.argument, node.condition
    found = []
    for index, row in enumerate(cells.children(node.over)[:20]):
        if condition is None or compile_node(condition)(row, moment) is True:
            found.append(ValueNode(f"{'.'.join(node.over)} #{index + 1}", _value(argument, row, moment)))
    return tuple(found)
