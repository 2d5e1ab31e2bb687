"""Checking formulas: names resolved, types and scales worked out, a typed tree built; every problem with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal as Exact

from lark import Token, Tree
from rapidfuzz import process

from engine.diagnostics import Diagnostic, Message, Span
from engine.dsl.formula_calls import CALLS, Checked, Checker, Refused
from engine.dsl.formula_diagnostics import FORMULA_DIAGNOSTICS
from engine.dsl.formula_numbers import fitted, negated, product, quotient, summed
from engine.dsl.formula_parser import parse_formula, place_in
from engine.model.formula import (
    Aggregate,
    Boolean,
    Call,
    Choice,
    Choices,
    Date,
    Decimal,
    Duration,
    Environment,
    Formula,
    Instant,
    Items,
    ListOf,
    Literal,
    Money,
    Node,
    Null,
    Reference,
    Relation,
    Text,
    Type,
    Variable,
    is_number,
    scale_of,
)
from engine.model.formula_functions import AGGREGATES, ALIASES, FUNCTIONS
from engine.model.formula_words import type_words

_ESCAPES = {"n": "\n", "t": "\t"}


def check_formula(
    text: str, environment: Environment, *, span: Span, expected: Type | None = None
) -> Formula | tuple[Diagnostic, ...]:
    """A checked formula, or what is wrong with it. `expected` fits the result: rounded to its scale, options checked."""
    parsed = parse_formula(text, span)
    if isinstance(parsed, Diagnostic):
        return (parsed,)
    check = _Check(environment, text, span)
    node = check.node(parsed.children[0])
    if node is not None and expected is not None:
        node = check.fit(node, expected)
    if node is None or check.problems:
        return tuple(check.problems)
    nodes = list(_walk(node))
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


@dataclass
class _Check:
    """One formula being checked. `inside` is the collection that an aggregate folds, whose names start with its path."""

    environment: Environment
    text: str
    span: Span
    problems: list[Diagnostic] = field(default_factory=list)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    rounded: bool = False
    inside: tuple[str, ...] | None = None

    def refuse(self, code: str, at: Tree[Token] | Token | Node, hint: Message | None = None, **values: object) -> None:
        place = place_in(self.span, _start(at), self.text)
        self.problems.append(FORMULA_DIAGNOSTICS.report(code, place, "", hint, **values))

    def node(self, tree: Tree[Token] | Token) -> Node | None:
        """The typed node of a tree; None when something in it was refused."""
        if isinstance(tree, Token):
            return None
        return _RULES[tree.data](self, tree)

    def nodes(self, trees: Iterable[Tree[Token] | Token]) -> list[Node] | None:
        found = [self.node(one) for one in trees]
        return None if any(one is None for one in found) else [one for one in found if one is not None]

    def fit(self, node: Node, expected: Type) -> Node | None:
        """The node as a value of the expected type."""
        if isinstance(node.type, Null) or isinstance(expected, Null):
            return node
        if is_number(expected) and is_number(node.type):
            if scale_of(node.type) > scale_of(expected):
                self.rounded = True
            return fitted(node, scale_of(expected), expected)
        if isinstance(expected, Choice | Choices) and isinstance(node.type, Text | Choice):
            return self.option(node, expected)
        if isinstance(expected, Text) and isinstance(node.type, Choice):
            return node
        if type(expected) is not type(node.type):
            self.refuse("F301", node, wanted=type_words(expected), given=type_words(node.type))
            return None
        return node

    def option(self, node: Node, of: Choice | Choices) -> Node | None:
        """A text literal among the options of a choice; texts that are not literals pass."""
        for literal in _literals(node):
            if isinstance(literal.value, str) and of.options and literal.value not in of.options:
                close = process.extractOne(literal.value, of.options)
                known = "、".join(of.options)
                hint = (
                    Message(f"是不是“{close[0]}”?可用:{known}", f"did you mean “{close[0]}”? known: {known}")
                    if close and close[1] > 50
                    else None
                )
                self.refuse("F302", literal, hint=hint, name=literal.value, known=known)
                return None
        return node

    def name(self, tree: Tree[Token], words: tuple[str, ...]) -> Node | None:
        """A path or variable."""
        variable = self.environment.variable(".".join(words)) if len(words) > 1 else None
        start, end = _start(tree), _end(tree)
        if variable is not None:
            return Variable(".".join(words), variable, start, end)
        binding, entity, may_fail = self.environment.root(words[0]), "", False
        if binding is None:
            self.unknown(tree, words[0], self.environment.names(None))
            return None
        path: tuple[str, ...] = (words[0],)
        for following in words[1:]:
            entity = binding.child or (binding.type.entity if isinstance(binding.type, Relation) else "")
            if isinstance(binding.type, Null):
                return Reference(words, Null(), start, end)
            if not entity:
                self.refuse("F204", tree, name=path[-1], next=following)
                return None
            if binding.child and self.inside != path:
                self.refuse("F308", tree, name=".".join(path))
                return None
            binding = self.environment.field(entity, following)
            if binding is None:
                self.unknown(tree, following, self.environment.names(entity))
                return None
            path = (*path, following)
        may_fail = binding.may_fail
        self.paths.add(words)
        if binding.child:
            return Reference(words, ListOf(Relation(binding.child)), start, end)
        if self.inside and words[: len(self.inside)] == self.inside and not self.environment.rows:
            return Reference(words[len(self.inside) :] or ("id",), binding.type, start, end, may_fail)
        return Reference(words, binding.type, start, end, may_fail)

    def unknown(self, tree: Tree[Token], name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        close = process.extractOne(name, names)
        listed = "、".join(names[:20])
        hint = Message(f"是不是 {close[0]}?", f"did you mean {close[0]}?") if close and close[1] > 60 else None
        self.refuse("F201", tree, hint=hint, name=name, known=listed)


def _start(at: Tree[Token] | Token | Node) -> int:
    if isinstance(at, Token):
        return at.start_pos or 0
    if isinstance(at, Tree):
        return getattr(at.meta, "start_pos", 0)
    return at.start


def _end(at: Tree[Token]) -> int:
    return getattr(at.meta, "end_pos", 0)


def _literals(node: Node) -> list[Literal]:
    if isinstance(node, Literal):
        return [node]
    if isinstance(node, Items):
        return [one for one in node.items if isinstance(one, Literal)]
    if isinstance(node, Call) and node.function in {"if", "coalesce", "ifs"}:
        return [literal for one in node.arguments for literal in _literals(one)]
    return []


def _walk(node: Node) -> Iterable[Node]:
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
            yield from _walk(one)


# ── literals and names ──


def _number(check: _Check, tree: Tree[Token]) -> Node | None:
    text = str(tree.children[0])
    exact = Exact(text.rstrip("%"))
    if text.endswith("%"):
        exact = exact / 100
    scale = max(0, -int(exact.normalize().as_tuple().exponent)) if exact else 0
    scaled = int(exact.scaleb(scale))
    if len(str(scaled)) > 18 or scale > 12:
        check.refuse("F307", tree)
        return None
    return Literal(scaled, Decimal(18, scale), _start(tree), _end(tree))


def _string(check: _Check, tree: Tree[Token]) -> Node:
    raw = str(tree.children[0])[1:-1]
    text = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), raw)
    return Literal(unicodedata.normalize("NFC", text), Text(), _start(tree), _end(tree))


def _constant(value: bool | None, of: Type) -> Callable[[_Check, Tree[Token]], Node]:
    return lambda check, tree: Literal(value, of, _start(tree), _end(tree))


def _path(check: _Check, tree: Tree[Token]) -> Node | None:
    return check.name(tree, tuple(str(one) for one in tree.children))


def _list(check: _Check, tree: Tree[Token]) -> Node | None:
    items = check.nodes(tree.children)
    if items is None:
        return None
    of = items[0].type if items else Null()
    return Items(tuple(items), ListOf(of), _start(tree), _end(tree))


# ── operators ──


def _logic(function: str) -> Callable[[_Check, Tree[Token]], Node | None]:
    def rule(check: _Check, tree: Tree[Token]) -> Node | None:
        parts = check.nodes(one for one in tree.children if isinstance(one, Tree))
        if parts is None:
            return None
        for one in parts:
            if not isinstance(one.type, Boolean | Null):
                check.refuse("F301", one, wanted=type_words(Boolean()), given=type_words(one.type))
                return None
        return Call(function, tuple(parts), Boolean(), _start(tree), _end(tree))

    return rule


def _comparison(check: _Check, tree: Tree[Token]) -> Node | None:
    left, operator, right = tree.children
    parts = check.nodes((left, right))
    if parts is None:
        return None
    pair = comparable(check, parts[0], parts[1])
    name = {"=": "eq", "<>": "ne", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[str(operator)]
    return Call(name, pair, Boolean(), _start(tree), _end(tree)) if pair else None


def comparable(check: _Check, left: Node, right: Node) -> tuple[Node, Node] | None:
    """Two nodes made comparable: numbers at one scale, options checked."""
    if isinstance(left.type, Null) or isinstance(right.type, Null):
        return left, right
    if is_number(left.type) and is_number(right.type):
        scale = max(scale_of(left.type), scale_of(right.type))
        return fitted(left, scale), fitted(right, scale)
    if isinstance(left.type, Choice) and isinstance(right.type, Text):
        fits = check.option(right, left.type)
        return (left, fits) if fits else None
    if isinstance(right.type, Choice) and isinstance(left.type, Text):
        fits = check.option(left, right.type)
        return (fits, right) if fits else None
    if isinstance(left.type, Text | Choice) and isinstance(right.type, Text | Choice):
        return left, right
    if type(left.type) is type(right.type):
        return left, right
    check.refuse("F301", right, wanted=type_words(left.type), given=type_words(right.type))
    return None


def _member(negated_: bool) -> Callable[[_Check, Tree[Token]], Node | None]:
    def rule(check: _Check, tree: Tree[Token]) -> Node | None:
        trees = [one for one in tree.children if isinstance(one, Tree)]
        parts = check.nodes(trees)
        if parts is None:
            return None
        one, members = parts
        if isinstance(members.type, Choices):
            if check.option(one, members.type) is None:
                return None
        elif not isinstance(members.type, ListOf):
            check.refuse("F301", members, wanted=type_words(ListOf(one.type)), given=type_words(members.type))
            return None
        if isinstance(members, Items):
            pairs = [comparable(check, one, item) for item in members.items]
            if any(pair is None for pair in pairs):
                return None
            if is_number(one.type):
                scale = max(scale_of(pair[0].type) for pair in pairs if pair)
                one = fitted(one, scale)
                members = replace(members, items=tuple(fitted(pair[1], scale) for pair in pairs if pair))
        found = Call("in", (one, members), Boolean(), _start(tree), _end(tree))
        return Call("not", (found,), Boolean(), found.start, found.end) if negated_ else found

    return rule


def _joined(check: _Check, tree: Tree[Token]) -> Node | None:
    parts = check.nodes(tree.children)
    return (
        None
        if parts is None
        else Call("concat", tuple(as_text(one) for one in parts), Text(), _start(tree), _end(tree))
    )


def as_text(node: Node) -> Node:
    return node if isinstance(node.type, Text | Choice | Null) else Call("text", (node,), Text(), node.start, node.end)


def _sum(check: _Check, tree: Tree[Token]) -> Node | None:
    left, sign, right = tree.children
    parts = check.nodes((left, right))
    if parts is None:
        return None
    minus = str(sign) == "-"
    one, other = parts
    if isinstance(one.type, Date | Instant | Duration) or isinstance(other.type, Duration):
        return _dated(check, tree, one, other, minus)
    if not check_numbers(check, (one, other)):
        return None
    return _sum_of(check, tree, one, other, minus)


def _sum_of(check: _Check, tree: Tree[Token], one: Node, other: Node, minus: bool) -> Node | None:
    if isinstance(one.type, Money) and isinstance(other.type, Money) and one.type.currency != other.type.currency:
        check.refuse("F304", tree, left=one.type.currency, right=other.type.currency)
        return None
    return summed(one, other, minus, _start(tree), _end(tree))


def _dated(check: _Check, tree: Tree[Token], one: Node, other: Node, minus: bool) -> Node | None:
    """Dates and instants move by days, numbers of days or durations; their difference is days."""
    start, end = _start(tree), _end(tree)
    if isinstance(one.type, Date) and isinstance(other.type, Date) and minus:
        return Call("days_between", (other, one), Decimal(18, 0), start, end)
    if isinstance(one.type, Date) and (isinstance(other.type, Decimal) and other.type.scale == 0):
        return Call("add_days", (one, negated(other) if minus else other), Date(), start, end)
    if isinstance(one.type, Date) and isinstance(other.type, Duration):
        seconds = negated(other) if minus else other
        return Call("add_duration", (one, seconds), Date(), start, end)
    if isinstance(one.type, Instant) and isinstance(other.type, Duration):
        return Call("add_duration", (one, negated(other) if minus else other), Instant(), start, end)
    check.refuse("F301", other, wanted=type_words(Duration()), given=type_words(other.type))
    return None


def check_numbers(check: _Check, parts: Sequence[Node]) -> bool:
    for one in parts:
        if not is_number(one.type) and not isinstance(one.type, Null):
            check.refuse("F301", one, wanted=type_words(Decimal()), given=type_words(one.type))
            return False
    return True


def _product(check: _Check, tree: Tree[Token]) -> Node | None:
    left, sign, right = tree.children
    if str(sign) == "/":
        check.refuse("F303", tree)
        return None
    parts = check.nodes((left, right))
    if parts is None or not check_numbers(check, parts):
        return None
    made = product(parts[0], parts[1], _start(tree), _end(tree))
    if made is None:
        check.refuse("F307", tree)
    return made


def _negative(check: _Check, tree: Tree[Token]) -> Node | None:
    node = check.node(tree.children[-1])
    return negated(node) if node is not None and check_numbers(check, (node,)) else None


# ── calls ──


def _call(check: _Check, tree: Tree[Token]) -> Node | None:
    written = str(tree.children[0])
    name = ALIASES.get(written, written)
    spec, arguments = FUNCTIONS.get(name), tree.children[1:]
    if spec is None:
        close = process.extractOne(name, [*FUNCTIONS, *ALIASES])
        hint = Message(f"是不是 {close[0]}?", f"did you mean {close[0]}?") if close and close[1] > 60 else None
        check.refuse("F202", tree, hint=hint, name=written, known="、".join(list(FUNCTIONS)[:20]))
        return None
    if not spec.least <= len(arguments) <= spec.most:
        wanted = str(spec.least) if spec.least == spec.most else f"{spec.least}–{spec.most}"
        check.refuse("F203", tree, name=written, wanted=wanted, given=len(arguments), example=spec.example)
        return None
    if name in AGGREGATES and ((check.environment.rows and check.inside is None) or _collection(check, arguments)):
        return _aggregate(check, tree, name, arguments)
    if name in AGGREGATES - {"min", "max"}:
        check.refuse("F306", tree, name=written, example=spec.example)
        return None
    if name in {"round", "round_up", "round_down"}:
        return _round(check, tree, name, arguments)
    parts = check.nodes(arguments)
    if parts is None:
        return None
    made = CALLS[name](Checked(parts, _start(tree), _end(tree), _Calls(check)))
    if isinstance(made, Refused):
        check.refuse(made.code, made.at if made.at is not None else tree, None, **dict(made.values))
        return None
    return made


class _Calls(Checker):
    """What the rules of single functions may ask."""

    def __init__(self, check: _Check) -> None:
        self._check = check

    def comparable(self, left: Node, right: Node) -> tuple[Node, Node] | None:
        return comparable(self._check, left, right)


def _round(check: _Check, tree: Tree[Token], name: str, arguments: Sequence[Tree[Token] | Token]) -> Node | None:
    """round(…, n), within which division stands: a chain of * and / is one exact fraction."""
    decimals = check.node(arguments[1]) if len(arguments) > 1 else Literal(0, Decimal(18, 0))
    if (
        not isinstance(decimals, Literal)
        or not isinstance(decimals.value, int)
        or scale_of(decimals.type)
        or not 0 <= decimals.value <= 12
    ):
        check.refuse("F305", tree)
        return None
    above: list[Tree[Token] | Token] = []
    below: list[Tree[Token] | Token] = []
    _factors(arguments[0], above, below)
    tops, bottoms = check.nodes(above), check.nodes(below)
    if tops is None or bottoms is None or not check_numbers(check, (*tops, *bottoms)):
        return None
    top, bottom = _multiplied(tops, tree), _multiplied(bottoms, tree)
    if top is None or (bottoms and bottom is None):
        check.refuse("F307", tree)
        return None
    start, end = _start(tree), _end(tree)
    if bottom is None:
        of = top.type if is_number(top.type) else Decimal(18, 0)
        return (
            Call(name, (top,), replace(of, scale=decimals.value), start, end)
            if isinstance(of, Decimal | Money)
            else None
        )
    return quotient(name, top, bottom, decimals.value, start, end)


def _factors(tree: Tree[Token] | Token, above: list[Tree[Token] | Token], below: list[Tree[Token] | Token]) -> None:
    if isinstance(tree, Tree) and tree.data == "product":
        left, sign, right = tree.children
        _factors(left, above, below)
        if str(sign) == "/":
            _factors(right, below, above)
        else:
            _factors(right, above, below)
    else:
        above.append(tree)


def _multiplied(nodes: list[Node], tree: Tree[Token]) -> Node | None:
    result: Node | None = None
    for one in nodes:
        result = one if result is None else product(result, one, _start(tree), _end(tree))
        if result is None:
            return None
    return result


def _collection(check: _Check, arguments: Sequence[Tree[Token] | Token]) -> tuple[str, ...]:
    """The path of the first collection that the arguments name."""
    for tree in arguments:
        if isinstance(tree, Tree):
            for path in tree.find_data("path"):
                words = tuple(str(one) for one in path.children)
                binding = check.environment.root(words[0])
                if binding is not None and binding.child:
                    return words[:1]
    return ()


def _aggregate(check: _Check, tree: Tree[Token], name: str, arguments: Sequence[Tree[Token] | Token]) -> Node | None:
    over = () if check.environment.rows else _collection(check, arguments)
    outer, check.inside = check.inside, over
    parts = check.nodes(arguments)
    check.inside = outer
    if parts is None:
        return None
    function = name.removesuffix("_if")
    condition = parts[1] if name.endswith("_if") else None
    argument = parts[0] if parts else None
    if name in {"any", "all"}:
        argument, condition = None, parts[0]
    if condition is not None and not isinstance(condition.type, Boolean | Null):
        check.refuse("F301", condition, wanted=type_words(Boolean()), given=type_words(condition.type))
        return None
    if argument is not None and isinstance(argument.type, ListOf):
        argument = None
    of = _folded(check, function, argument, parts)
    if of is None:
        return None
    return Aggregate(function, over, argument, condition, of, _start(tree), _end(tree))


def _folded(check: _Check, function: str, argument: Node | None, parts: Sequence[Node]) -> Type | None:
    if function in {"any", "all"}:
        return Boolean()
    if function in {"count", "count_distinct"}:
        return Decimal(18, 0)
    if argument is None:
        check.refuse("F306", parts[0], name=function, example=FUNCTIONS[function].example)
        return None
    if function in {"min", "max"}:
        return argument.type
    if not check_numbers(check, (argument,)):
        return None
    of = argument.type if isinstance(argument.type, Decimal | Money) else Decimal(18, 0)
    if function == "avg":
        decimals = parts[1] if len(parts) > 1 and isinstance(parts[1], Literal) else None
        scale = (
            decimals.value
            if decimals and isinstance(decimals.value, int) and 0 <= decimals.value <= 12
            else max(4, of.scale)
        )
        return replace(of, precision=18, scale=scale)
    return replace(of, precision=18)


_RULES: dict[str, Callable[[_Check, Tree[Token]], Node | None]] = {
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
    "call": _call,
}
