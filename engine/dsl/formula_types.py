"""Checking formulas: names resolved, types and scales worked out, a typed tree built; every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lark import Token, Tree

from engine.diagnostics import Diagnostic, Span
from engine.dsl.formula_aggregates import aggregate, is_aggregate
from engine.dsl.formula_calls import CALLS, Given, decimals, divided
from engine.dsl.formula_check import Branch, Check, Rule, end_of, literals_in, nearest_function, start_of
from engine.dsl.formula_numbers import product
from engine.dsl.formula_operators import OPERATORS, check_numbers, same_currency
from engine.dsl.formula_parser import parse_formula
from engine.model.formula import (
    Aggregate,
    Call,
    Choice,
    Choices,
    Decimal,
    Environment,
    Formula,
    Items,
    ListOf,
    Literal,
    Money,
    Node,
    Period,
    Text,
    Type,
    Variable,
)
from engine.model.formula_functions import ALIASES, FUNCTIONS


def check_formula(
    text: str, environment: Environment, *, span: Span, expected: Type | None = None
) -> Formula | tuple[Diagnostic, ...]:
    """A checked formula, or what is wrong with it. `expected` fits the result: rounded to its scale, options checked."""
    parsed = parse_formula(text, span)
    if isinstance(parsed, Diagnostic):
        return (parsed,)
    check = Check(environment, text, span, _RULES)
    node = _checked(check, parsed, expected)
    if node is None or check.problems:
        return tuple(check.problems)
    nodes = list(walk(node))
    return Formula(
        source=text,
        node=node,
        type=node.type,
        references=frozenset(".".join(one) for one in check.paths),
        functions=frozenset(one.function for one in nodes if isinstance(one, Call | Aggregate)),
        uses_now=any(isinstance(one, Call) and one.function in {"today", "now"} for one in nodes),
        uses_user=any(isinstance(one, Variable) for one in nodes),
        rounded=check.rounded,
    )


def _checked(check: Check, parsed: Tree[Token], expected: Type | None) -> Node | None:
    node = check.node(parsed.children[0])
    if node is not None and isinstance(node.type, Period | ListOf) and not isinstance(expected, ListOf):
        check.wrong(node, Text() if expected is None else expected)
    elif node is not None and expected is not None:
        node = check.fit(node, expected)
    return node


@dataclass
class _Options(Check):
    """A check that notes every text which is to be one of the options that `mark` is among."""

    mark: str = ""
    found: list[Literal] = field(default_factory=list)

    def option(self, node: Node, of: Choice | Choices) -> Node | None:
        if self.mark in of.options:
            self.found += literals_in(node)
        return super().option(node, of)


def option_texts(
    text: str, environment: Environment, expected: Type | None, mark: str, span: Span
) -> Iterator[tuple[int, str]]:
    """The texts in a formula that are options of a choice or state whose options in `environment` have `mark` among them,
    each with its offset in `text`."""
    parsed = parse_formula(text, span)
    if isinstance(parsed, Diagnostic):
        return
    check = _Options(environment, text, span, _RULES, mark=mark)
    _checked(check, parsed, expected)
    yield from ((one.start, one.value) for one in check.found if isinstance(one.value, str))


def walk(node: Node) -> Iterable[Node]:
    """The node and all below it."""
    yield node
    inner: Sequence[Node | None] = ()
    if isinstance(node, Call):
        inner = node.arguments
    elif isinstance(node, Items):
        inner = node.items
    elif isinstance(node, Aggregate):
        inner = (node.argument, node.condition, node.order)
    for one in inner:
        if one is not None:
            yield from walk(one)


def _call(check: Check, tree: Tree[Token]) -> Node | None:
    written = str(tree.children[0])
    name = ALIASES.get(written, written.lower())
    spec, arguments = FUNCTIONS.get(name), tree.children[1:]
    if spec is None:
        hint = nearest_function(name, [*FUNCTIONS, *ALIASES])
        check.refuse("F202", tree, hint=hint, name=written, known="、".join(list(FUNCTIONS)[:20]))
        return None
    if not spec.least <= len(arguments) <= spec.most:
        wanted = str(spec.least) if spec.least == spec.most else f"{spec.least}–{spec.most}"
        check.refuse("F203", tree, name=written, wanted=wanted, given=len(arguments), example=spec.example)
        return None
    if is_aggregate(check, name, arguments) or name not in {*CALLS, *_ROUNDINGS}:
        return aggregate(check, tree, name, arguments)
    if name in _ROUNDINGS:
        return _round(check, tree, name, arguments)
    parts = check.nodes(arguments)
    return None if parts is None else CALLS[name](check, Given(parts, start_of(tree), end_of(tree)))


_ROUNDINGS = frozenset({"round", "round_up", "round_down"})


def _round(check: Check, tree: Tree[Token], name: str, arguments: Sequence[Branch]) -> Node | None:
    """round(…, n), within which division stands: a chain of * and / is one exact fraction."""
    above: list[Branch] = []
    below: list[Branch] = []
    _factors(arguments[0], above, below)
    tops, bottoms, last = check.nodes(above), check.nodes(below), check.nodes(arguments[1:])
    if tops is None or bottoms is None or last is None or not check_numbers(check, (*tops, *bottoms)):
        return None
    places = decimals(check, last[0] if last else None, 0)
    if places is None or not same_currency(check, (*tops, *bottoms)):
        return None
    top, bottom = _multiplied(check, tops, tree), _multiplied(check, bottoms, tree)
    start, end = start_of(tree), end_of(tree)
    if top is None or (bottoms and bottom is None):
        return None
    if bottom is not None:
        return divided(check, name, (top, bottom), places, (start, end))
    of = top.type if isinstance(top.type, Decimal | Money) else Decimal(18, 0)
    return Call(name, (top,), replace(of, precision=18, scale=places), start, end, guarded=places > of.scale)


def _factors(tree: Branch, above: list[Branch], below: list[Branch]) -> None:
    if isinstance(tree, Tree) and tree.data == "product":
        left, sign, right = tree.children
        _factors(left, above, below)
        _factors(right, *((below, above) if str(sign) == "/" else (above, below)))
    else:
        above.append(tree)


def _multiplied(check: Check, nodes: Sequence[Node], tree: Tree[Token]) -> Node | None:
    """The product of the factors; None, and refused, when its decimals are too many."""
    result: Node | None = None
    for one in nodes:
        result = one if result is None else product(result, one, start_of(tree), end_of(tree))
        if result is None:
            check.refuse("F307", tree)
            return None
    return result if result is not None or not nodes else Literal(None, Decimal(18, 0))


_RULES: dict[str, Rule] = {**OPERATORS, "call": _call}
