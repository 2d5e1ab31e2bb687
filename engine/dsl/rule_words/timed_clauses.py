"""Clauses about time and about how many rows there are: idle for so long, so many within, due soon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.amounts import Span
from engine.dsl.rule_words.clause_names import ZERO, ClauseNames, is_pred, token_of
from engine.dsl.rule_words.dates import date_of
from engine.dsl.rule_words.doubts import Misfit
from engine.dsl.rule_words.meaning import (
    Amount,
    Blank,
    Cell,
    Compare,
    Condition,
    Fold,
    Scaled,
    Sign,
    Term,
    Writer,
)
from engine.dsl.rule_words.names import STAMPS, Named
from engine.dsl.rule_words.predicates import (
    DAYS,
    Predicates,
    Said,
    back,
    dated,
    in_period,
    negate,
    whole,
    within,
)
from engine.dsl.rule_words.trees import leaves, parts, piece_of, place_of, sign_of, token, words_of
from engine.model.entities import NUMERIC_KINDS, Field


@dataclass(frozen=True)
class TimedClauses(ClauseNames):
    """Reads what is said of time."""

    def _idle(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        """For so long nothing of a kind."""
        at = tree.children.index(token_of(tree, "NOT"))
        what = next(one for one in runs if tree.children.index(one) > at)
        others = [one for one in runs if one is not what]
        about = [self._about(one) for one in others]
        span = self._span(tree)
        return [*about, self._nothing_since(what, span, self._since(others))]

    def _since(self, others: list[Tree[Token]]) -> Term | None:
        for one in others:
            found = self.names.best(words_of(one, self.pieces))
            last = self.names.field(found) if found else None
            if found is not None and last is not None and last.kind in DAYS:
                return dated(Cell(found.path), last)
        return None

    def _nothing_since(self, what: Tree[Token], span: Span, since: Term | None) -> Condition:
        for found in sorted(self.names.readings(words_of(what, self.pieces)), key=self._idle_order):
            last = self.names.field(found)
            if found.collection and not found.path:
                self.heard.score += found.score
                return Compare(self._windowed(found, span), "=", ZERO)
            if last is not None and not found.collection:
                self.heard.score += found.score
                if last.kind in DAYS and since is None:
                    return Compare(dated(Cell(found.path), last), "<", back(span))
                begun = since or self._begun(span)
                blank = Blank(found.path)
                return whole((Compare(begun, "<", back(span)), blank)) if begun is not None else blank
            if found.conditions and not found.path and not found.collection:
                self.heard.score += found.score
                begun = since or self._begun(span)
                negated = negate(whole(found.conditions))
                return whole((Compare(begun, "<", back(span)), negated)) if begun is not None else negated
        raise Misfit(self._nothing(what), *place_of(what, self.pieces))

    def _idle_order(self, found: Named) -> int:
        """What is missing is rather rows, then what was last, then anything else that is not filled."""
        last = self.names.field(found)
        if found.collection:
            return 0 if not found.path else 9
        return 1 if last is not None and self._is_latest(last) else 2

    def _is_latest(self, last: Field) -> bool:
        return last.name in STAMPS or last.label.text("zh").startswith(("最近", "上次", "最后"))

    def _begun(self, span: Span) -> Term | None:
        """Since when the record is there: its day, for hours the moment."""
        entity = self.names.model.entities[self.names.entity]
        if span.unit in {"hour", "minute"}:
            named = next((name for name in ("reported_at", "opened_at") if name in entity.fields), "created_at")
            return Cell((named,))
        own = date_of(self.names.model, self.names.entity)
        return Cell((own,)) if own else None

    def _windowed(self, found: Named, span: Span | None, period: str | None = None) -> Fold:
        """Rows of a collection that fall into a window of time."""
        entity = self.names.collection_entity(found)
        day = date_of(self.names.model, entity)
        conditions = list(found.conditions)
        if day is None:
            raise Misfit(Message("这些记录没有日期", "Those rows have no date"))
        if span is not None:
            conditions.append(Compare(Cell((day,)), ">=", back(span)))
        if period is not None:
            conditions.append(in_period(Cell((day,)), period))
        last = self.names.field(found)
        where = whole(tuple(conditions))
        if last is not None and last.kind in NUMERIC_KINDS:
            return Fold("avg" if found.fold == "avg" else "sum", found.collection, last.name, where)
        return Fold("count", found.collection, None, where)

    def _idle_after(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        start = self.read(runs[0])
        last = self.names.field(start)
        if last is None or last.kind not in DAYS or start.collection:
            raise Misfit(Message("这里要一个日期", "A date belongs here"), *place_of(runs[0], self.pieces))
        return [*start.conditions, self._nothing_since(runs[1], self._span(tree), dated(Cell(start.path), last))]

    def _counted(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        of = tree.data == "has_count_of"
        what = runs[-2] if of else runs[-1]
        about = [self._about(one) for one in runs if one is not what]
        span, period = self._window(tree)
        for found in self._collections(what):
            timed = span is not None or period is not None
            fold = self._windowed(found, span, period) if timed else self._fold(found)
            self.heard.score += found.score
            said = Said(fold, None, place_of(what, self.pieces))
            return [*about, self._count_condition(tree, said)]
        raise Misfit(self._nothing(what), *place_of(what, self.pieces))

    def _collections(self, run: Tree[Token]) -> Iterator[Named]:
        return (one for one in self.names.readings(words_of(run, self.pieces)) if one.collection)

    def _count_condition(self, tree: Tree[Token], said: Said) -> Condition:
        pred = next((one for one in tree.children if is_pred(one)), None)
        if pred is not None:
            return Predicates(self.names, self.pieces).condition(said, pred)
        sign = sign_of(token_of(tree, "SIGN"), self.pieces)
        number = piece_of(token_of(tree, "NUMBER"), self.pieces).value
        assert isinstance(number, Amount)
        return Compare(said.term, sign, number)

    def _window(self, tree: Tree[Token]) -> tuple[Span | None, str | None]:
        period = token(tree, "PERIOD")
        if period is not None:
            return None, str(piece_of(period, self.pieces).value)
        return (self._span(tree), None) if token(tree, "SPAN") else (None, None)

    def _writer(self, tree: Tree[Token]) -> Condition:
        """Who writes has one of these roles."""
        words = [piece_of(one, self.pieces) for one in leaves(parts(tree, "people")[0])]
        roles = [meaning.name for word in words for meaning in word.meanings if meaning.sort == "role"]
        if not roles:
            raise Misfit(Message("这里要一个角色", "A role belongs here"), *place_of(tree, self.pieces))
        return Writer(tuple(dict.fromkeys(roles)), negated=token(tree, "ISNOT") is not None)

    def _than(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Condition:
        """比 … 高出 20%: so much more, or less, than another field."""
        left, right = (self.term(self.read(one), one) for one in runs)
        share = piece_of(token_of(tree, "PERCENT"), self.pieces).value
        sign, end = token(tree, "SIGN"), token(tree, "ENDSIGN")
        assert isinstance(share, Amount) and isinstance(right.term, Cell)
        written = str(piece_of(sign, self.pieces).value) if sign is not None else ">"
        upper = written in {">", ">="}
        signs: tuple[Sign, Sign] = (">=", "<=") if end is not None or "=" in written else (">", "<")
        factor = 1 + share.value if upper else 1 - share.value
        return Compare(left.term, signs[0 if upper else 1], Scaled(right.term.path, factor))

    def _span(self, tree: Tree[Token]) -> Span:
        found = piece_of(token_of(tree, "SPAN"), self.pieces).value
        assert isinstance(found, Span)
        return found

    def _timed(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        """So many days before or within which a date falls, or a period."""
        of = tree.data.endswith("_of")
        what = runs[-2] if of else runs[-1]
        others = [one for one in runs if one is not what]
        about = [self._subject(one) if of and one is runs[-1] else self._about(one) for one in others]
        readings = [
            one for run in (what, *others) for one in self.names.readings(words_of(run, self.pieces)) if one.path
        ]
        for reading in (*readings, *self.names.readings(words_of(what, self.pieces))):
            found = self._with_date(reading)
            if found is None or found.collection:
                continue
            self.heard.score += found.score
            term = dated(Cell(found.path), self.names.field(found))
            span, period = self._window(tree)
            timed = in_period(term, period) if period is not None else within(term, span or Span(0, "day"))
            return [*about, *found.conditions, timed]
        raise Misfit(self._nothing(what), *place_of(what, self.pieces))
