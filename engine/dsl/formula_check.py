"""One formula being checked: names resolved, options compared, problems collected with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lark import Token, Tree
from rapidfuzz import process

from engine.diagnostics import Diagnostic, Message, Span
from engine.dsl.formula_diagnostics import FORMULA_DIAGNOSTICS
from engine.dsl.formula_numbers import fitted
from engine.dsl.formula_parser import place_in
from engine.model.formula import (
    Binding,
    Call,
    Choice,
    Choices,
    Environment,
    Items,
    ListOf,
    Literal,
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
from engine.model.formula_words import type_words

Branch = Tree[Token] | Token
LONGEST_PATH = 5
"""Names in a path: four relations and a field."""


@dataclass
class Check:
    """The state of one check. `inside` is the collection that an aggregate folds, whose names start with its path."""

    environment: Environment
    text: str
    span: Span
    rules: Mapping[str, Rule]
    problems: list[Diagnostic] = field(default_factory=list)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    rounded: bool = False
    inside: tuple[str, ...] | None = None

    def refuse(self, code: str, at: Branch | Node, hint: Message | None = None, **values: object) -> None:
        """Notes a problem at the place of a branch or node."""
        place = place_in(self.span, start_of(at), self.text)
        self.problems.append(FORMULA_DIAGNOSTICS.report(code, place, "", hint, **values))

    def wrong(self, node: Node, wanted: Type) -> None:
        """Notes that a node has another type than is wanted."""
        want, have = type_words(wanted), type_words(node.type)
        self.refuse("F301", node, wanted_zh=want.zh, wanted_en=want.en, given_zh=have.zh, given_en=have.en)

    def node(self, tree: Branch) -> Node | None:
        """The typed node of a tree; None when something in it was refused."""
        return None if isinstance(tree, Token) else self.rules[tree.data](self, tree)

    def nodes(self, trees: Iterable[Branch]) -> list[Node] | None:
        """The nodes of several trees, all of them checked; None when one was refused."""
        found = [self.node(one) for one in trees]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else None

    def fit(self, node: Node, expected: Type) -> Node | None:
        """The node as a value of the expected type."""
        if isinstance(node.type, Null) or isinstance(expected, Null):
            return node
        if is_number(expected) and is_number(node.type):
            self.rounded = self.rounded or scale_of(node.type) > scale_of(expected)
            return fitted(node, scale_of(expected), expected)
        if isinstance(expected, Choice | Choices) and isinstance(node.type, Text | Choice):
            return self.option(node, expected)
        if isinstance(expected, Text) and isinstance(node.type, Choice):
            return node
        if type(expected) is not type(node.type):
            self.wrong(node, expected)
            return None
        return node

    def option(self, node: Node, of: Choice | Choices) -> Node | None:
        """A text literal among the options of a choice; texts that are not literals pass."""
        for literal in literals_in(node):
            if isinstance(literal.value, str) and of.options and literal.value not in of.options:
                known = "、".join(of.options)
                self.refuse(
                    "F302", literal, _nearest(literal.value, of.options, known), name=literal.value, known=known
                )
                return None
        return node

    def name(self, tree: Tree[Token], words: tuple[str, ...]) -> Node | None:
        """A path or variable."""
        start, end = start_of(tree), end_of(tree)
        variable = self.environment.variable(".".join(words)) if len(words) > 1 else None
        if variable is not None:
            return Variable(".".join(words), variable, start, end)
        if len(words) > LONGEST_PATH + len(self.inside or ()):
            self.refuse("F205", tree, limit=LONGEST_PATH)
            return None
        binding = self._resolved(tree, words)
        return None if binding is None else self._reference(tree, words, binding)

    def _resolved(self, tree: Tree[Token], words: tuple[str, ...]) -> Binding | None:
        binding = self.environment.root(words[0])
        if binding is None:
            self._unknown(tree, words[0], self.environment.names(None))
            return None
        for at, following in enumerate(words[1:], start=1):
            if isinstance(binding.type, Null):
                return Binding(Null())
            entity = binding.child or (binding.type.entity if isinstance(binding.type, Relation) else "")
            if not entity:
                self.refuse("F204", tree, name=words[at - 1], next=following)
                return None
            if binding.child and self.inside != words[:at]:
                self.refuse("F308", tree, name=".".join(words[:at]))
                return None
            binding = self.environment.field(entity, following)
            if binding is None:
                self._unknown(tree, following, self.environment.names(entity))
                return None
        return binding

    def _reference(self, tree: Tree[Token], words: tuple[str, ...], binding: Binding) -> Node | None:
        start, end = start_of(tree), end_of(tree)
        self.paths.add(words)
        inside = self.inside or ()
        if binding.child:
            if words != inside:
                self.refuse("F308", tree, name=".".join(words))
                return None
            return Reference(words, ListOf(Relation(binding.child)), start, end)
        if inside and words[: len(inside)] != inside:
            self.refuse("F311", tree, name=".".join(words), collection=".".join(inside))
            return None
        return Reference(words[len(inside) :], binding.type, start, end, binding.may_fail)

    def _unknown(self, tree: Tree[Token], name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        self.refuse("F201", tree, _nearest(name, names), name=name, known="、".join(names[:20]))


Rule = Callable[[Check, Tree[Token]], Node | None]


def start_of(at: Branch | Node) -> int:
    """The offset of a branch or node in the formula."""
    if isinstance(at, Token):
        return at.start_pos or 0
    if isinstance(at, Tree):
        return getattr(at.meta, "start_pos", 0)
    return at.start


def end_of(at: Tree[Token]) -> int:
    return getattr(at.meta, "end_pos", 0)


def _nearest(name: str, known: Iterable[str], listed: str = "") -> Message | None:
    """“Did you mean”, when something known is near."""
    near = 50 if listed or not name.isascii() else 60
    close = process.extractOne(name, list(known), score_cutoff=near)
    if close is None:
        return None
    rest = (f"可用：{listed}", f" known: {listed}") if listed else ("", "")
    return Message(f"是不是“{close[0]}”？{rest[0]}", f"did you mean “{close[0]}”？{rest[1]}")


def nearest_function(name: str, known: Iterable[str]) -> Message | None:
    """“Did you mean” for the name of a function."""
    return _nearest(name, known)


def literals_in(node: Node) -> list[Literal]:
    """The texts, numbers and so on that a node may be, as written."""
    if isinstance(node, Literal):
        return [node]
    if isinstance(node, Items):
        return [one for one in node.items if isinstance(one, Literal)]
    if isinstance(node, Call) and node.function in {"if", "coalesce", "case"}:
        return [literal for one in node.arguments for literal in literals_in(one)]
    return []
