"""What runs of names stand for in the clauses of a sentence, and what is heard besides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.dates import date_of
from engine.dsl.rule_words.doubts import Misfit
from engine.dsl.rule_words.meaning import (
    Amount,
    Cell,
    Condition,
    Fold,
    Start,
)
from engine.dsl.rule_words.names import Named, Names
from engine.dsl.rule_words.predicates import (
    DAYS,
    Said,
    whole,
)
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.trees import leaves, place_of, token, words_of
from engine.model.entities import NUMERIC_KINDS

Predicate = Tree[Token] | Token
PREDS = frozenset(
    {"sign", "end_sign", "being", "between", "contains", "within", "recent", "period", "overdue", "beside_day"}
)
DUE = ("due_on", "ends_on", "valid_until", "planned_on", "close_date", "expires_on")
MONEY = ("amount", "total", "expected_amount", "balance", "net_amount")
ZERO = Amount(Decimal(0))


@dataclass
class Heard:
    """What reading has found besides conditions: how likely it is, when the rule starts, what was spoken of last."""

    score: float = 0.0
    start: Start | None = None
    last: Said | None = None
    subjects: int = 0
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ClauseNames:
    """Reads runs of names about the records of the entity of `names`."""

    names: Names
    pieces: list[Piece]
    heard: Heard

    def read(self, tree: Tree[Token]) -> Named:
        """The likeliest reading of a run of names. Raises Misfit where there is none."""
        found = self.names.best(words_of(tree, self.pieces))
        if found is None:
            raise Misfit(self._nothing(tree), *place_of(tree, self.pieces))
        self.heard.score += found.score
        self.heard.subjects += found.subject
        return found

    def _nothing(self, tree: Tree[Token]) -> Message:
        text = "".join(one.text for one in words_of(tree, self.pieces))
        label = self.names.model.entities[self.names.entity].label
        return Message(f"{label.text('zh')}没有「{text}」", f"{label.text('en')} has no “{text}”")

    def _about(self, tree: Tree[Token]) -> Condition | None:
        """A run of names that says whose records are meant: its adjectives."""
        found = self.read(tree)
        if found.path or found.collection:
            self.heard.score -= 0.6
        return whole(found.conditions) if found.conditions else None

    def _subject(self, tree: Tree[Token]) -> Condition | None:
        found = self.read(tree)
        if not found.bare:
            raise Misfit(self._nothing(tree), *place_of(tree, self.pieces))
        return whole(found.conditions) if found.conditions else None

    def term(self, found: Named, tree: Tree[Token]) -> Said:
        """What a run of names stands for as something to speak of."""
        place = place_of(tree, self.pieces)
        if found.collection and found.path and found.fold not in {"sum", "avg"}:
            raise Misfit(Message("这里要一个数", "A number belongs here"), *place)
        if found.collection:
            return Said(self._fold(found), None, place)
        if not found.path:
            raise Misfit(Message("这里要一个字段", "A field belongs here"), *place)
        return Said(Cell(found.path), self.names.field(found), place)

    def _fold(self, found: Named) -> Fold:
        where = whole(found.conditions) if found.conditions else None
        last = self.names.field(found)
        if last is not None and last.kind in NUMERIC_KINDS and found.fold in {"sum", "avg"}:
            return Fold("sum" if found.fold == "sum" else "avg", found.collection, last.name, where)
        return Fold("count", found.collection, None, where)

    def _with_date(self, named: Named) -> Named | None:
        """A reading that ends in a date: itself, or the day by which the records are told."""
        last = self.names.field(named)
        if last is not None and last.kind in DAYS:
            return named
        if named.bare:
            own = date_of(self.names.model, self.names.entity)
            return replace(named, path=(own,), score=named.score - 0.2) if own else None
        return None


def lasts(pred: Predicate) -> bool:
    """Whether it is said how long something lasts."""
    return isinstance(pred, Tree) and pred.data == "sign" and any(one.type == "SPAN" for one in leaves(pred))


def is_pred(one: Predicate) -> bool:
    if isinstance(one, Token):
        return one.type in {"EMPTY", "FILLED", "NEGATIVE", "TRUE", "FALSE"}
    return one.data in PREDS


def token_of(tree: Tree[Token], *kinds: str) -> Token:
    found = token(tree, *kinds)
    if found is None:
        found = next(one for one in leaves(tree) if one.type in kinds)
    return found
