"""Conditions of a sentence: what each clause says of the records of one entity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.amounts import Span
from engine.dsl.rule_words.dates import date_of
from engine.dsl.rule_words.doubts import Choice, Misfit, Question
from engine.dsl.rule_words.meaning import (
    Amount,
    Blank,
    Cell,
    Compare,
    Condition,
    Flag,
    Fold,
    Sign,
    Some,
    Start,
    Term,
    Writer,
)
from engine.dsl.rule_words.moves import move_named
from engine.dsl.rule_words.names import STAMPS, Named, Names
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
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.trees import leaves, parts, piece_of, place_of, token, words_of
from engine.model.entities import NUMERIC_KINDS, Field, FieldKind

Predicate = Tree[Token] | Token
_PREDS = frozenset(
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
class Clauses:
    """Reads conditions about the records of the entity of `names`."""

    names: Names
    pieces: list[Piece]
    heard: Heard

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
                return [self._writer(tree)]
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

    # ---- names

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

    # ---- said of a field

    def _said(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        found: list[Condition | None] = []
        preds = [one for one in tree.children if _is_pred(one)]
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
        if _lasts(pred) and any(
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

    def _with_date(self, named: Named) -> Named | None:
        """A reading that ends in a date: itself, or the day by which the records are told."""
        last = self.names.field(named)
        if last is not None and last.kind in DAYS:
            return named
        if named.bare:
            own = date_of(self.names.model, self.names.entity)
            return replace(named, path=(own,), score=named.score - 0.2) if own else None
        return None

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
        at = tree.children.index(_token_of(tree, *(("NOT", "EMPTY") if negated else ("HAVE",))))
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

    # ---- time

    def _idle(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        """For so long nothing of a kind."""
        at = tree.children.index(_token_of(tree, "NOT"))
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
        pred = next((one for one in tree.children if _is_pred(one)), None)
        if pred is not None:
            return Predicates(self.names, self.pieces).condition(said, pred)
        sign: Sign = str(piece_of(_token_of(tree, "SIGN"), self.pieces).value)  # type: ignore[assignment]
        number = piece_of(_token_of(tree, "NUMBER"), self.pieces).value
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
        share = piece_of(_token_of(tree, "PERCENT"), self.pieces).value
        sign, end = token(tree, "SIGN"), token(tree, "ENDSIGN")
        assert isinstance(share, Amount) and isinstance(right.term, Cell)
        written = str(piece_of(sign, self.pieces).value) if sign is not None else ">"
        upper = written in {">", ">="}
        signs: tuple[Sign, Sign] = (">=", "<=") if end is not None or "=" in written else (">", "<")
        factor = 1 + share.value if upper else 1 - share.value
        return Compare(left.term, signs[0 if upper else 1], Scaled(right.term.path, factor))

    def _span(self, tree: Tree[Token]) -> Span:
        found = piece_of(_token_of(tree, "SPAN"), self.pieces).value
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

    # ---- what happens

    def _event(self, tree: Tree[Token], runs: list[Tree[Token]]) -> Sequence[Condition | None]:
        about = [self._about(one) for one in runs]
        word = _token_of(tree, "ACT")
        move = move_named(self.names.model, self.names.entity, str(word))
        if move:
            self.heard.start = Start("move", move)
        elif str(word) in {"创建", "新建", "录入"}:
            self.heard.start = Start("created")
        return about


def _lasts(pred: Predicate) -> bool:
    """Whether it is said how long something lasts."""
    return isinstance(pred, Tree) and pred.data == "sign" and any(one.type == "SPAN" for one in leaves(pred))


def _is_pred(one: Predicate) -> bool:
    if isinstance(one, Token):
        return one.type in {"EMPTY", "FILLED", "NEGATIVE", "TRUE", "FALSE"}
    return one.data in _PREDS


def _token_of(tree: Tree[Token], *kinds: str) -> Token:
    found = token(tree, *kinds)
    if found is None:
        found = next(one for one in leaves(tree) if one.type in kinds)
    return found
