"""Conditions of a sentence: what each clause says of the records of one entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.clause_names import DUE, MONEY, ZERO, Predicate, is_pred, lasts, token_of
from engine.dsl.rule_words.doubts import Choice, Misfit, Question
from engine.dsl.rule_words.meaning import (
    Amount,
    Blank,
    Cell,
    Compare,
    Condition,
    Flag,
    Some,
    Start,
)
from engine.dsl.rule_words.moves import move_named
from engine.dsl.rule_words.names import Named
from engine.dsl.rule_words.predicates import (
    DAYS,
    Predicates,
    Said,
    negate,
    whole,
)
from engine.dsl.rule_words.timed_clauses import TimedClauses
from engine.dsl.rule_words.trees import leaves, parts, piece_of, place_of, token, words_of
from engine.model.entities import NUMERIC_KINDS, FieldKind


@dataclass(frozen=True)
class Clauses(TimedClauses):
    """Reads conditions about the records of the entity of `names`."""

    def condition(self, tree: Tree[Token]) -> Condition | None:
        """A whole condition; None where it says nothing but whose records are meant. Raises Doubt."""
        ways = [self._every(one) for one in parts(tree, "every")]
        kept = tuple(one for one in ways if one is not None)
        if len(kept) < 2:
            return kept[0] if kept else None
        return Some(kept)

    def _every(self, tree: Tree[Token]) -> Condition | None:
        found = [self._clause(one) for one in tree.children if isinstance(one, Tree)]
        kept = tuple(one for one in found if one is not None)
        return whole(kept) if kept else None

    def alone(self, tree: Tree[Token]) -> Condition | None:
        """One clause that stands by itself."""
        return self._clause(tree)

    def _clause(self, tree: Tree[Token]) -> Condition | None:
        found = self._clause_parts(tree)
        kept = tuple(dict.fromkeys(one for one in found if one is not None))
        return whole(kept) if kept else None

    def _clause_parts(self, tree: Tree[Token]) -> Sequence[Condition | None]:
        runs = parts(tree, "np")
        match tree.data:
            case "said" | "alone" | "relative" | "compound":
                return self._said(tree, runs)
            case "having":
                inner = next(one for one in tree.children if isinstance(one, Tree) and one.data != "np")
                return [self._about(runs[0]), self._clause(inner)]
            case "has" | "lacks" | "lacks_of":
                return self._has(tree, runs)
            case "idle" | "idle_of" | "idle_for":
                return self._idle(tree, runs)
            case "idle_after":
                return self._idle_after(tree, runs)
            case "counted" | "counted_first" | "has_count" | "has_count_of":
                return self._counted(tree, runs)
            case "grouped":
                return [self.condition(parts(tree, "condition")[0])]
            case "by_writer":
                return [*(self._about(one) for one in runs), self._writer(tree)]
            case "than":
                return [self._than(tree, runs)]
            case "lasting":
                raise self._since_when(tree)
            case "soon" | "soon_of" | "in_period" | "in_period_of":
                return self._timed(tree, runs)
            case "event":
                return self._event(tree, runs)
            case _:
                return [self.named(runs[0])]

    # ---- said of a field

    def _said(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        found: list[Condition | None] = []
        preds = [one for one in tree.children if is_pred(one)]
        before = tree.children.index(preds[0])
        leading = [one for one in runs if tree.children.index(one) < before]
        trailing = [one for one in runs if tree.children.index(one) > before]
        found += self._spoken(leading[0] if leading else None, preds[0])
        if tree.data == "compound":
            inner = next(one for one in tree.children[before + 1 :] if isinstance(one, Tree))
            found.append(self._clause(inner))
        elif trailing:
            found.append(self._subject(trailing[0]))
        return found

    def _spoken(self, run: Tree[Token] | None, pred: Predicate) -> list[Condition | None]:
        if run is None:
            alone = self._being_alone(pred)
            if alone is not None:
                return [alone]
            said = self._said_last(pred)
            if said is None:
                raise self._of_what(pred)
            return [Predicates(self.names, self.pieces).condition(said, pred)]
        misfit: Misfit | None = None
        for named in self._fitting(self.names.readings(words_of(run, self.pieces)), pred):
            try:
                alone = self._being_alone(pred) if named.bare else None
                if alone is not None:
                    self.heard.score += named.score
                    self.heard.subjects += named.subject
                    return [*named.conditions, alone]
                own = self._own(pred) if named.bare else None
                said = own or self.term(named, run)
                condition = Predicates(self.names, self.pieces).condition(said, pred)
            except Misfit as error:
                misfit = misfit or error
                continue
            self.heard.score += named.score
            self.heard.subjects += named.subject
            self.heard.last = said
            outside = () if named.collection else named.conditions
            return [*outside, condition]
        if lasts(pred) and any(
            one.conditions and one.path == () for one in self.names.readings(words_of(run, self.pieces))
        ):
            raise self._since_when(pred)
        raise misfit or Misfit(self._nothing(run), *place_of(run, self.pieces))

    def _said_last(self, pred: Predicate) -> Said | None:
        """What was spoken of last, where what is said now fits it."""
        last = self.heard.last
        timed = isinstance(pred, Tree) and pred.data in {"overdue", "within", "recent", "beside_day"}
        if timed and (last is None or last.field is None or last.field.kind not in DAYS):
            return self._own(pred)
        return last or self._own(pred)

    def _own(self, pred: Predicate) -> Said | None:
        """What is compared where nobody says: the day by which records are due, the money that they are about."""
        entity = self.names.model.entities[self.names.entity]
        kind = pred.data if isinstance(pred, Tree) else ""
        if kind in {"overdue", "within"}:
            due = next((name for name in DUE if name in entity.fields), None)
            return Said(Cell((due,)), entity.fields[due]) if due else None
        amounts = [piece_of(one, self.pieces) for one in leaves(pred) if one.type == "NUMBER"]
        money = bool(amounts) and all(isinstance(one.value, Amount) and one.value.value >= 1000 for one in amounts)
        name = next((one for one in MONEY if one in entity.fields), None)
        if kind in {"sign", "end_sign", "between"} and money and name is not None:
            self.heard.score -= 0.1
            return Said(Cell((name,)), entity.fields[name])
        return None

    def _since_when(self, tree: Predicate) -> Question:
        entity = self.names.model.entities[self.names.entity]
        dated_fields = [one for one in entity.fields.values() if one.kind in DAYS]
        offered = tuple(
            Choice(one.name, Message(one.label.text("zh"), one.label.text("en")), one.label.text("zh"))
            for one in dated_fields[:8]
        )
        words = Message("从哪一天算起？", "Counted from which day?")
        return Question("start", words, place_of(tree, self.pieces), offered)

    def _being_alone(self, pred: Predicate) -> Condition | None:
        """除非是战略客户: what the records are, where no field is named."""
        if not isinstance(pred, Tree) or pred.data != "being":
            return None
        last = self.heard.last
        operands = parts(parts(pred, "operands")[0], "operand")
        runs = [one for operand in operands for one in parts(operand, "np")]
        if len(runs) != len(operands) or (last is not None and last.field is not None and last.field.choices):
            return None
        ways = [self.names.best(words_of(one, self.pieces)) for one in runs]
        found = [whole(one.conditions) for one in ways if one is not None and one.conditions and not one.path]
        if len(found) != len(ways):
            return None
        condition = found[0] if len(found) == 1 else Some(tuple(found))
        return negate(condition) if token(pred, "ISNOT") else condition

    def _fitting(self, readings: list[Named], pred: Predicate) -> list[Named]:
        """Readings in the order in which they fit what is said: options of a field that is compared by 是 say themselves."""
        kinds = {"within": DAYS, "recent": DAYS, "overdue": DAYS, "beside_day": DAYS, "period": DAYS}
        wanted = kinds.get(pred.data) if isinstance(pred, Tree) else None
        if wanted is None:
            return readings
        dated = [self._with_date(one) for one in readings]
        return [one for one in dated if one is not None]

    def _of_what(self, pred: Predicate) -> Question:
        place = place_of(pred, self.pieces)
        fields = [
            one for one in self.names.model.entities[self.names.entity].fields.values() if one.kind in NUMERIC_KINDS
        ]
        offered = tuple(
            Choice(one.name, Message(one.label.text("zh"), one.label.text("en")), one.label.text("zh"))
            for one in fields[:8]
        )
        return Question("field", Message("是哪个字段？", "Which field is it?"), place, offered)

    # ---- filled or not

    def _has(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        negated = tree.data != "has"
        at = tree.children.index(token_of(tree, *(("NOT", "EMPTY") if negated else ("HAVE",))))
        before = [one for one in runs if tree.children.index(one) < at]
        after = [one for one in runs if tree.children.index(one) > at]
        about = [self._about(one) for one in before] + [self._subject(one) for one in after[1:]]
        return [*about, self._there_is(after[0], negated=negated)]

    def _there_is(self, run: Tree[Token], *, negated: bool) -> Condition:
        """There is (not) such a thing: a field filled, a flag that holds, an option, rows of a collection."""
        for found in self.names.readings(words_of(run, self.pieces)):
            condition = self._existence(found, negated)
            if condition is not None:
                self.heard.score += found.score
                return condition
        raise Misfit(self._nothing(run), *place_of(run, self.pieces))

    def _existence(self, found: Named, negated: bool) -> Condition | None:
        if found.collection:
            return Compare(self._fold(replace(found, path=(), fold="count")), "=" if negated else ">", ZERO)
        last = self.names.field(found)
        if last is not None and found.path:
            if last.kind is FieldKind.BOOLEAN:
                return Flag(found.path, negated)
            return Blank(found.path, not negated)
        if found.conditions:
            condition = whole(found.conditions)
            return negate(condition) if negated else condition
        return None

    def named(self, run: Tree[Token]) -> Condition | None:
        """Whose records are meant, by names alone."""
        found = next((one for one in self.names.readings(words_of(run, self.pieces))), None)
        if found is None:
            raise Misfit(self._nothing(run), *place_of(run, self.pieces))
        self.heard.score += found.score
        self.heard.subjects += found.subject
        if found.move:
            self.heard.start = Start("move", found.move)
        last = self.names.field(found)
        own: tuple[Condition, ...] = ()
        if found.path and last is not None and not found.collection:
            if last.kind is FieldKind.BOOLEAN:
                own = (Flag(found.path),)
            else:
                self.heard.score -= 0.9
                self.heard.last = Said(Cell(found.path), last)
        if found.collection:
            self.heard.score -= 1.5
        conditions = (*found.conditions, *own) if not found.collection else ()
        return whole(conditions) if conditions else None

    # ---- what happens

    def _event(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        about = [self._about(one) for one in runs]
        word = token_of(tree, "ACT")
        move = move_named(self.names.model, self.names.entity, str(word))
        if move:
            self.heard.start = Start("move", move)
        elif str(word) in {"创建", "新建", "录入"}:
            self.heard.start = Start("created")
        return about
