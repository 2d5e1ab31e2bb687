"""What is said of a field: compared, one of, between, within so many days, overdue, filled or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.amounts import Span
from engine.dsl.rule_words.doubts import Choice, Misfit, Question
from engine.dsl.rule_words.meaning import (
    BASES,
    MIRRORED,
    NEGATED,
    Amount,
    AmountSort,
    Blank,
    Cell,
    Compare,
    Condition,
    Day,
    Denied,
    Every,
    Flag,
    Holds,
    OneOf,
    Scaled,
    Sign,
    Some,
    Term,
    Words,
    Writer,
)
from engine.dsl.rule_words.names import Names
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.trees import part, parts, piece_of, place_of, sign_of, token, words_of
from engine.model.entities import NUMERIC_KINDS, Field, FieldKind

CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.STATE, FieldKind.CHOICES})
SORTS: Mapping[FieldKind, AmountSort] = {FieldKind.PERCENT: "percent", FieldKind.MONEY: "money"}
"""What is meant by a number that is said of a field of such a kind."""
DAYS = frozenset({FieldKind.DATE, FieldKind.INSTANT})
TODAY = Day()


@dataclass(frozen=True, slots=True)
class Said:
    """What is spoken of: a term, and the field that it is when it is one."""

    term: Term
    field: Field | None
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Predicates:
    """Reads what is said of terms of an entity's records."""

    names: Names
    pieces: list[Piece]

    def condition(self, said: Said, pred: Tree[Token] | Token) -> Condition:
        """The condition. Raises Misfit, Question."""
        if isinstance(pred, Token):
            if pred.type in {"TRUE", "FALSE"}:
                return Flag(self._path(said), negated=pred.type == "FALSE")
            if pred.type == "NEGATIVE":
                return Compare(said.term, "<", self._amount(said, Amount(Decimal(0))))
            return Blank(self._path(said), negated=pred.type == "FILLED")
        match pred.data:
            case "sign" | "end_sign":
                return self._signed(said, pred)
            case "being":
                return self._being(said, pred)
            case "between":
                low, high = (self._term(said, one) for one in parts(pred, "operand"))
                return Every((Compare(said.term, ">=", low), Compare(said.term, "<=", high)))
            case "contains":
                word = token(pred, "TEXT", "UNKNOWN", "NAME")
                assert word is not None
                return Holds(self._path(said), str(word), negated=token(pred, "NOT") is not None)
            case "within":
                return within(self._dated(said), self._span(pred))
            case "recent":
                return Compare(self._dated(said), ">=", back(self._span(pred)))
            case "period":
                return in_period(self._dated(said), str(piece_of(_only(pred, "PERIOD"), self.pieces).value))
            case "overdue":
                return self._overdue(said, pred)
            case _:
                return self._beside(said, pred)

    def compared(self, said: Said, sign: Sign, operand: Tree[Token]) -> Condition:
        """A term and an operand compared."""
        first = operand.children[0]
        piece = piece_of(first, self.pieces) if isinstance(first, Token) else None
        if piece is not None and isinstance(piece.value, Span) and said.field is not None and said.field.kind in DAYS:
            return Compare(self._dated(said), MIRRORED[sign], back(piece.value))
        if piece is not None and piece.kind == "REBATE":
            if sign in {">", ">="} and said.field is not None:
                raise self._which_side(said, piece, sign)
            sign = MIRRORED[sign]
        return Compare(said.term, sign, self._term(said, operand))

    def limit_term(self, said: Said, sign: Sign, operand: Tree[Token]) -> tuple[Sign, Term]:
        """The operand of a limit and its sign, a rebate turned around."""
        first = operand.children[0]
        if isinstance(first, Token) and first.type == "REBATE":
            sign = MIRRORED[sign]
        return sign, self._term(said, operand)

    def _which_side(self, said: Said, piece: Piece, sign: Sign) -> Question:
        assert isinstance(piece.value, Amount)
        share = f"{(piece.value.value * 100).normalize():f}%"
        deeper, lighter = ("超过", "低于") if sign == ">" else ("不低于", "不超过")
        return Question(
            "boundary",
            Message(
                f"「{piece.text}」在这里是指让利更多还是更少？",
                f"Does “{piece.text}” mean a deeper discount or a lighter one?",
            ),
            (piece.start, piece.end),
            (
                Choice("deeper", Message(f"让利{deeper} {share}", f"a discount above {share}"), f"{deeper} {share}"),
                Choice("lighter", Message(f"让利{lighter} {share}", f"a discount below {share}"), f"{lighter} {share}"),
            ),
        )

    def _signed(self, said: Said, pred: Tree[Token]) -> Condition:
        found = _only(pred, "SIGN", "ENDSIGN", "WITHIN")
        sign: Sign = "<=" if found.type == "WITHIN" else sign_of(found, self.pieces)
        operand = part(pred, "operand")
        assert operand is not None
        return self.compared(said, sign, operand)

    def _being(self, said: Said, pred: Tree[Token]) -> Condition:
        negated = token(pred, "ISNOT") is not None
        listed = parts(parts(pred, "operands")[0], "operand")
        kind = said.field.kind if said.field else None
        if kind in CHOSEN and isinstance(said.term, Cell):
            return OneOf(said.term.path, tuple(self._option(said, one) for one in listed), negated)
        found = [self._equal(said, one) for one in listed]
        whole = found[0] if len(found) == 1 else Some(tuple(found))
        return negate(whole) if negated else whole

    def _equal(self, said: Said, operand: Tree[Token]) -> Condition:
        first = operand.children[0]
        if isinstance(first, Token) and first.type == "TEXT":
            return Compare(said.term, "=", Words(str(piece_of(first, self.pieces).value)))
        if said.field is not None and said.field.relation is not None and isinstance(said.term, Cell):
            return self._of_relation(said.term, operand, said.field.relation.entity)
        return self.compared(said, "=", operand)

    def _of_relation(self, term: Cell, operand: Tree[Token], target: str) -> Condition:
        """客户是战略客户: an option of what the relation leads to; or another relation to the same."""
        there = Names(self.names.vocabulary, target).best(words_of(operand, self.pieces))
        if there is not None and there.conditions and not there.path:
            return whole(tuple(moved(one, term.path) for one in there.conditions))
        return Compare(term, "=", self._cell(operand))

    def _option(self, said: Said, operand: Tree[Token]) -> str:
        assert said.field is not None and isinstance(said.term, Cell)
        words = words_of(operand, self.pieces)
        for word in words:
            for meaning in sorted(word.meanings, key=lambda one: -one.score):
                if meaning.sort == "option" and meaning.field == said.field.name and said.field.choice(meaning.name):
                    return meaning.name
        text = "".join(word.text for word in words)
        offered = tuple(
            Choice(one.name, Message(one.label.text("zh"), one.label.text("en")), one.label.text("zh"))
            for one in said.field.choices
        )
        label = said.field.label
        raise Question(
            "value",
            Message(
                f"「{label.text('zh')}」没有「{text}」这一项，是哪一项？",
                f"{label.text('en')} has no “{text}”: which one is it?",
            ),
            place_of(operand, self.pieces),
            offered,
        )

    def _term(self, said: Said, operand: Tree[Token]) -> Term:
        """An operand as a term that fits what it is compared with. Raises Misfit."""
        first = operand.children[0]
        if isinstance(first, Tree):
            return self._tree_term(said, first)
        value = piece_of(first, self.pieces).value
        if isinstance(value, Span):
            return self._span_term(said, value)
        if isinstance(value, Amount):
            return self._amount(said, value)
        if first.type == "TEXT":
            return Words(str(value))
        raise Misfit(Message("不能这样比较", "This cannot be compared"), *place_of(operand, self.pieces))

    def _tree_term(self, said: Said, tree: Tree[Token]) -> Term:
        if tree.data == "day":
            return day_of(piece_of(_only(tree, "DAY", "PERIOD", "EDGE"), self.pieces))
        if tree.data == "share":
            return self._share(tree)
        return self._cell(tree)

    def _share(self, tree: Tree[Token]) -> Scaled:
        factor = piece_of(_only(tree, "PERCENT", "MULTIPLE", "REBATE"), self.pieces)
        assert isinstance(factor.value, Amount)
        share = 1 - factor.value.value if factor.kind == "REBATE" else factor.value.value
        return Scaled(self._cell(parts(tree, "np")[0]).path, share)

    def _cell(self, tree: Tree[Token]) -> Cell:
        found = self.names.best(words_of(tree, self.pieces))
        if found is None or not found.path or found.collection:
            raise Misfit(
                Message("这里要一个字段或数值", "A field or a value belongs here"), *place_of(tree, self.pieces)
            )
        return Cell(found.path)

    def _amount(self, said: Said, amount: Amount) -> Amount:
        kind = said.field.kind if said.field else None
        if kind in DAYS or (kind is not None and kind not in NUMERIC_KINDS):
            raise Misfit(Message("这个字段不是数", "This field is no number"), *said.place)
        if kind is FieldKind.PERCENT and amount.sort == "number" and abs(amount.value) > 1:
            return Amount(amount.value / 100, "percent")
        if (kind is FieldKind.PERCENT and amount.sort == "money") or (
            kind is FieldKind.MONEY and amount.sort == "percent"
        ):
            raise Misfit(Message("金额和百分比不能比较", "Money is not compared with a share"), *said.place)
        if kind is FieldKind.INTEGER and amount.sort == "percent":
            raise Misfit(Message("这个字段不是百分比", "This field is no share"), *said.place)
        return replace(amount, sort=SORTS.get(kind, amount.sort)) if kind else amount

    def _span_term(self, said: Said, span: Span) -> Term:
        """A length of time for a field that counts days, weeks or months."""
        field = said.field
        if field is None or field.kind not in NUMERIC_KINDS:
            raise Misfit(Message("这个字段不是时长", "This field is no length of time"), *said.place)
        unit = (field.measure_unit.text("en") + field.name).lower()
        for name in ("month", "week", "hour", "minute"):
            if name in unit:
                return Amount(Decimal(_counted(span, name)))
        return Amount(Decimal(span.days if not span.months else span.months * 30))

    def _overdue(self, said: Said, pred: Tree[Token]) -> Condition:
        spans = [
            piece_of(one, self.pieces).value for one in pred.children if isinstance(one, Token) and one.type == "SPAN"
        ]
        if not spans:
            return Compare(self._dated(said), "<", TODAY)
        sign = token(pred, "SIGN", "ENDSIGN")
        written: Sign = sign_of(sign, self.pieces) if sign is not None else ">"
        assert isinstance(spans[0], Span)
        return Compare(self._dated(said), MIRRORED[written], back(spans[0]))

    def _beside(self, said: Said, pred: Tree[Token]) -> Condition:
        day = part(pred, "day")
        assert day is not None
        there = day_of(piece_of(_only(day, "DAY", "PERIOD", "EDGE"), self.pieces))
        return Compare(self._dated(said), "<" if token(pred, "BEFORE") else ">", there)

    def _span(self, pred: Tree[Token]) -> Span:
        found = piece_of(_only(pred, "SPAN"), self.pieces).value
        assert isinstance(found, Span)
        return found

    def _path(self, said: Said) -> tuple[str, ...]:
        if isinstance(said.term, Cell):
            return said.term.path
        raise Misfit(Message("这里要一个字段", "A field belongs here"), *said.place)

    def _dated(self, said: Said) -> Term:
        if said.field is not None and said.field.kind not in DAYS:
            raise Misfit(Message("这个字段不是日期", "This field is no date"), *said.place)
        return dated(said.term, said.field)


def dated(term: Term, field: Field | None) -> Term:
    """A term as a day: of a moment its day."""
    moment = field is not None and field.kind is FieldKind.INSTANT and isinstance(term, Cell)
    return replace(term, day=True) if moment and isinstance(term, Cell) else term


def _only(tree: Tree[Token], *kinds: str) -> Token:
    found = token(tree, *kinds)
    assert found is not None
    return found


def _counted(span: Span, unit: str) -> int:
    if unit == "month":
        return span.months or round(span.days / 30)
    if unit == "week":
        return span.count if span.unit == "week" else round(span.days / 7)
    return span.count * (60 if unit == "minute" and span.unit == "hour" else 1)


def back(span: Span) -> Day:
    """So long ago."""
    if span.unit in {"hour", "minute"}:
        return Day(hours=-max(1, span.count if span.unit == "hour" else round(span.count / 60)))
    return Day(months=-span.months) if span.months else Day(days=-span.days)


def ahead(span: Span) -> Day:
    """So long from now."""
    if span.unit in {"hour", "minute"}:
        return Day(hours=max(1, span.count if span.unit == "hour" else round(span.count / 60)))
    return Day(months=span.months) if span.months else Day(days=span.days)


def within(term: Term, span: Span) -> Condition:
    """From today on within a length of time."""
    return Every((Compare(term, ">=", TODAY), Compare(term, "<=", ahead(span))))


def in_period(term: Term, period: str) -> Condition:
    """In a period such as `month 0`."""
    base, shift = period.split()
    if base == "today":
        return Compare(term, "=", Day(days=int(shift)))
    first, last = _edge(base, int(shift), last=False), _edge(base, int(shift), last=True)
    return Every((Compare(term, ">=", first), Compare(term, "<=", last)))


def _edge(base: str, shift: int, *, last: bool) -> Day:
    if base == "week":
        return Day("week", last, days=shift)
    return Day(BASES[base], last, months=shift)


def day_of(piece: Piece) -> Day:
    """The day that a word names: a date, the edge of a period; of a period its first day."""
    if isinstance(piece.value, Day):
        return piece.value
    base, what = str(piece.value).split()
    if base == "today":
        return Day(days=int(what))
    if what in {"first", "last"}:
        return _edge(base, 0, last=what == "last")
    return _edge(base, int(what), last=False)


def moved(condition: Condition, through: tuple[str, ...]) -> Condition:
    """A condition of a record that one relation leads to, said from here."""
    match condition:
        case OneOf() | Blank() | Flag() | Holds():
            return replace(condition, path=(*through, *condition.path))
        case Compare(left=Cell(path=path)):
            return replace(condition, left=Cell((*through, *path)))
        case Every(parts=listed):
            return Every(tuple(moved(one, through) for one in listed))
        case Some(parts=listed):
            return Some(tuple(moved(one, through) for one in listed))
        case _:
            return condition


def negate(condition: Condition) -> Condition:
    """The opposite."""
    match condition:
        case Compare():
            return replace(condition, sign=NEGATED[condition.sign])
        case Every(parts=listed):
            return Some(tuple(negate(one) for one in listed))
        case Some(parts=listed):
            return Every(tuple(negate(one) for one in listed))
        case OneOf() | Blank() | Flag() | Holds():
            return replace(condition, negated=not condition.negated)
        case Writer():
            return replace(condition, negated=not condition.negated)
        case Denied(part=part):
            return part


def whole(conditions: tuple[Condition, ...]) -> Condition:
    """All of them, without needless brackets."""
    flat: list[Condition] = []
    for one in conditions:
        flat += one.parts if isinstance(one, Every) else (one,)
    return flat[0] if len(flat) == 1 else Every(tuple(dict.fromkeys(flat)))
