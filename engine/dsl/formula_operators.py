"""The rules of literals and operators: from a branch of the tree to a typed node or a refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from decimal import Context
from decimal import Decimal as Exact

from lark import Token, Tree

from engine.dsl.formula_check import Branch, Check, Rule, end_of, start_of
from engine.dsl.formula_numbers import aligned, negated, product, summed
from engine.model.formula import (
    Boolean,
    Call,
    Choice,
    Choices,
    Date,
    Decimal,
    Duration,
    Instant,
    Items,
    ListOf,
    Literal,
    Money,
    Node,
    Null,
    Period,
    Relation,
    Text,
    Type,
    is_number,
    scale_of,
)

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_COMPARISONS = {"=": "eq", "<>": "ne", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ORDERED = Text | Choice | Date | Instant | Duration | Null | Boolean
_WHOLE = Decimal(18, 0)
_WIDE = Context(prec=60)


def _number(check: Check, tree: Tree[Token]) -> Node | None:
    text = str(tree.children[0])
    exact = Exact(text.rstrip("%")).scaleb(-2 if text.endswith("%") else 0)
    scale = max(0, -int(exact.normalize(_WIDE).as_tuple().exponent)) if exact else 0
    if len(text) > 21 or scale > 12 or exact.scaleb(scale) >= 10**18:
        check.refuse("F307", tree)
        return None
    return Literal(int(exact.scaleb(scale)), Decimal(18, scale), start_of(tree), end_of(tree))


def _string(check: Check, tree: Tree[Token]) -> Node:
    raw = str(tree.children[0])[1:-1]
    text = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), raw, flags=re.DOTALL)
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\0", ""))
    return Literal(clean, Text(), start_of(tree), end_of(tree))


def _constant(value: bool | None, of: Type) -> Rule:
    return lambda check, tree: Literal(value, of, start_of(tree), end_of(tree))


def _path(check: Check, tree: Tree[Token]) -> Node | None:
    return check.name(tree, tuple(str(one) for one in tree.children))


def _list(check: Check, tree: Tree[Token]) -> Node | None:
    items = check.nodes(tree.children)
    if items is None:
        return None
    return Items(tuple(items), ListOf(items[0].type if items else Null()), start_of(tree), end_of(tree))


def _spine(tree: Tree[Token]) -> list[Branch]:
    """The operands and operators of a chain of one operator, `a + b - c`, in reading order."""
    found: list[Branch] = []
    current: Branch = tree
    while isinstance(current, Tree) and current.data == tree.data:
        found.extend(reversed(current.children[1:]))
        current = current.children[0]
    return [current, *reversed(found)]


def _logic(function: str) -> Rule:
    def rule(check: Check, tree: Tree[Token]) -> Node | None:
        chain = [tree] if function == "not" else _spine(tree)
        branches = tree.children if function == "not" else chain
        parts = check.nodes(one for one in branches if isinstance(one, Tree))
        if parts is None:
            return None
        for one in parts:
            if not isinstance(one.type, Boolean | Null):
                check.wrong(one, Boolean())
                return None
        return Call(function, tuple(parts), Boolean(), start_of(tree), end_of(tree))

    return rule


def _comparison(check: Check, tree: Tree[Token]) -> Node | None:
    left, operator, right = tree.children
    parts = check.nodes((left, right))
    pair = comparable(check, parts[0], parts[1], ordered=str(operator) not in {"=", "<>", "!="}) if parts else None
    if pair is None:
        return None
    return Call(_COMPARISONS[str(operator)], pair, Boolean(), start_of(tree), end_of(tree))


def comparable(check: Check, left: Node, right: Node, ordered: bool = False) -> tuple[Node, Node] | None:
    """Two nodes made comparable: numbers at one scale, options checked. `ordered`: by more and less, not only equality."""
    if is_number(left.type) and is_number(right.type):
        if not same_currency(check, (left, right)):
            return None
        scale = max(scale_of(left.type), scale_of(right.type))
        return aligned(left, scale), aligned(right, scale)
    if isinstance(left.type, Null) or isinstance(right.type, Null):
        return left, right
    for of, other in ((left.type, right), (right.type, left)):
        if isinstance(of, Choice) and isinstance(other.type, Text) and check.option(other, of) is None:
            return None
    texts = isinstance(left.type, Text | Choice) and isinstance(right.type, Text | Choice)
    same = type(left.type) is type(right.type) and not isinstance(left.type, ListOf | Choices | Period)
    if isinstance(left.type, Relation) and isinstance(right.type, Relation):
        same = left.type.entity == right.type.entity and not ordered
    if texts or same:
        return left, right
    check.wrong(right, left.type)
    return None


def same_currency(check: Check, parts: Sequence[Node]) -> bool:
    """Whether amounts among the parts are of one currency; refuses when not."""
    found = [one for one in parts if isinstance(one.type, Money)]
    currencies = list(dict.fromkeys(one.type.currency for one in found if isinstance(one.type, Money)))
    if len(currencies) > 1:
        check.refuse("F304", found[-1], left=currencies[0], right=currencies[1])
    return len(currencies) <= 1


def _member(negative: bool) -> Rule:
    def rule(check: Check, tree: Tree[Token]) -> Node | None:
        parts = check.nodes(one for one in tree.children if isinstance(one, Tree))
        members = _members(check, parts[0], parts[1]) if parts else None
        if members is None:
            return None
        found = Call("in", members, Boolean(), start_of(tree), end_of(tree))
        return Call("not", (found,), Boolean(), found.start, found.end) if negative else found

    return rule


def _members(check: Check, one: Node, members: Node) -> tuple[Node, Node] | None:
    """A value and the list that may hold it, made comparable."""
    if isinstance(members.type, Choices):
        if not isinstance(one.type, Text | Choice | Null):
            check.wrong(one, Text())
            return None
        return None if check.option(one, members.type) is None else (one, members)
    if not isinstance(members.type, ListOf):
        check.wrong(members, ListOf(one.type))
        return None
    if not isinstance(members, Items):
        item = Literal(None, members.type.item, members.start, members.end)
        return None if comparable(check, one, item) is None else (one, members)
    pairs = [comparable(check, one, item) for item in members.items]
    if any(pair is None for pair in pairs):
        return None
    scale = max((scale_of(pair[0].type) for pair in pairs if pair), default=scale_of(one.type))
    return aligned(one, scale), replace(members, items=tuple(aligned(pair[1], scale) for pair in pairs if pair))


def _joined(check: Check, tree: Tree[Token]) -> Node | None:
    parts = check.nodes(one for one in _spine(tree) if isinstance(one, Tree))
    if parts is None:
        return None
    texts = [as_text(check, one) for one in parts]
    known = tuple(one for one in texts if one is not None)
    return Call("concat", known, Text(), start_of(tree), end_of(tree)) if len(known) == len(texts) else None


def as_text(check: Check, node: Node) -> Node | None:
    """The node as text: numbers, dates, instants and booleans are written out."""
    if isinstance(node.type, Text | Choice | Null):
        return node
    if not isinstance(node.type, Decimal | Money | Date | Instant | Boolean):
        check.wrong(node, Text())
        return None
    return Call("text", (node,), Text(), node.start, node.end)


def _sum(check: Check, tree: Tree[Token]) -> Node | None:
    chain = _spine(tree)
    parts = check.nodes(one for one in chain if isinstance(one, Tree))
    if parts is None:
        return None
    signs = [False, *(str(one) == "-" for one in chain if isinstance(one, Token))]
    start, end = start_of(tree), end_of(tree)
    if all(is_number(one.type) or isinstance(one.type, Null) for one in parts):
        return summed(list(zip(signs, parts, strict=True)), start, end) if same_currency(check, parts) else None
    result: Node | None = parts[0]
    for minus, other in zip(signs[1:], parts[1:], strict=True):
        result = _two(check, result, other, minus, start, end) if result is not None else None
    return result


def _two(check: Check, one: Node, other: Node, minus: bool, start: int, end: int) -> Node | None:
    """Dates and instants move by days, months and durations; their difference is days or a duration."""
    if is_number(one.type) and is_number(other.type):
        return summed([(False, one), (minus, other)], start, end) if same_currency(check, (one, other)) else None
    if minus and isinstance(one.type, Date) and isinstance(other.type, Date):
        return Call("days_between", (other, one), _WHOLE, start, end)
    if minus and isinstance(one.type, Instant) and isinstance(other.type, Instant):
        return Call("elapsed", (other, one), Duration(), start, end)
    if isinstance(one.type, Duration) and isinstance(other.type, Duration):
        return Call("subtract" if minus else "add", (one, other), Duration(), start, end, guarded=True)
    step = negated(other) if minus and not isinstance(other.type, Null) else other
    if isinstance(one.type, Date) and isinstance(other.type, Period):
        return Call("add_months", (one, step), Date(), start, end)
    if isinstance(one.type, Date) and isinstance(other.type, Decimal) and other.type.scale == 0:
        return Call("add_days", (one, step), Date(), start, end)
    if isinstance(one.type, Date | Instant) and isinstance(other.type, Duration | Null):
        return Call("add_duration", (one, step), one.type, start, end)
    check.wrong(other, Duration() if isinstance(one.type, Date | Instant | Duration) else _WHOLE)
    return None


def check_numbers(check: Check, parts: Sequence[Node]) -> bool:
    """Whether all parts are numbers; refuses the first that is not."""
    for one in parts:
        if not is_number(one.type) and not isinstance(one.type, Null):
            check.wrong(one, Decimal())
            return False
    return True


def _product(check: Check, tree: Tree[Token]) -> Node | None:
    left, sign, right = tree.children
    if str(sign) == "/":
        check.refuse("F303", tree)
        return None
    parts = check.nodes((left, right))
    if parts is None:
        return None
    start, end = start_of(tree), end_of(tree)
    for span, factor in (parts, parts[::-1]):
        if isinstance(span.type, Duration) and is_number(factor.type) and scale_of(factor.type) == 0:
            return Call("multiply", (span, factor), Duration(), start, end, guarded=True)
    if not check_numbers(check, parts):
        return None
    made = product(parts[0], parts[1], start, end)
    if made is None:
        check.refuse("F307", tree)
    return made


def _negative(check: Check, tree: Tree[Token]) -> Node | None:
    node = check.node(tree.children[-1])
    if node is None:
        return None
    if not isinstance(node.type, Duration | Null) and not check_numbers(check, (node,)):
        return None
    return negated(node) if not isinstance(node.type, Null) else node


OPERATORS: dict[str, Rule] = {
    "number": _number,
    "text": _string,
    "true": _constant(True, Boolean()),
    "false": _constant(False, Boolean()),
    "empty": _constant(None, Null()),
    "path": _path,
    "list": _list,
    "disjunction": _logic("or"),
    "conjunction": _logic("and"),
    "negation": _logic("not"),
    "comparison": _comparison,
    "member": _member(False),
    "not_member": _member(True),
    "joined": _joined,
    "sum": _sum,
    "product": _product,
    "negative": _negative,
}
