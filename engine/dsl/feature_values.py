"""Feature values: what a feature is made of, typed in the scope of the rows that flow in, or why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from engine.diagnostics import Message
from engine.dsl.column_lives import ColumnLives, folds_rows
from engine.dsl.part import Part
from engine.dsl.pipeline_flows import PipelineReading, relation_target
from engine.dsl.suggestions import listed, suggestion
from engine.model.feature_plans import Fold, FoldName, Pairing, Raw, RowFlow, Shape
from engine.model.formula import (
    Boolean,
    Choice,
    Choices,
    Date,
    Decimal,
    Duration,
    Formula,
    Instant,
    Money,
    Relation,
    Text,
    Type,
)

_NUMBERS = (Decimal, Money, Duration)
_SHAPES: tuple[tuple[type | tuple[type, ...], tuple[Shape, ...]], ...] = (
    ((Decimal, Money), ("number", "category")),
    ((Boolean, Duration), ("number",)),
    ((Choice, Relation), ("category",)),
    ((Date, Instant), ("days", "month", "weekday", "quarter")),
    (Choices, ()),
    (Text, ("length", "category")),
)
"""What a value of each type may become; the first is meant where nothing is said, but for texts."""
_OF: Mapping[FoldName, tuple[type, ...]] = {
    "sum": (*_NUMBERS, Boolean),
    "mean": (*_NUMBERS, Boolean),
    "share": (Boolean,),
    "min": _NUMBERS,
    "max": _NUMBERS,
    "trend": (*_NUMBERS, Boolean),
    "distinct": (*_NUMBERS, Boolean, Choice, Relation, Text, Date),
    "last": (*_NUMBERS, Boolean, Choice, Relation),
    "count": (*_NUMBERS, Boolean, Choice, Relation, Text, Date, Instant),
    "days_since": (*_NUMBERS, Boolean, Choice, Relation, Text, Date, Instant),
}
"""What each fold may be of."""
_OF_NOTHING = frozenset({"count", "days_since", "trend"})
"""Folds that count rows where nothing is said of which value."""


@dataclass(frozen=True, slots=True)
class FeatureScope:
    """What flows into the node: the rows decided about, the rows that may be folded, and when their columns are known."""

    reading: PipelineReading
    rows: RowFlow
    flows: Sequence[RowFlow]
    lives: ColumnLives

    def value(self, part: Part) -> Raw | Fold | None:
        """The value of a feature as it is written; None, and told, where it means nothing."""
        if part.has("from") == part.has("agg"):
            self._tell(part, "E556", (), name=part.text("name"))
            return None
        return self._raw(part) if part.has("from") else self.fold(part)

    def _raw(self, part: Part) -> Raw | None:
        formula = self.reading.formula(part, "from", self.rows.entity, None)
        if formula is None or not self.readable(part, "from", self.rows.entity, formula):
            return None
        shapes = _shapes(formula.type)
        wanted = part.text("as")
        if (isinstance(formula.type, Text | Choices) and not wanted) or (wanted and wanted not in shapes):
            self._tell(part, "E547", ("as",) if wanted else ("from",), name=formula.source, allowed=listed(shapes))
            return None
        return Raw(formula, next((one for one in shapes if one == wanted), shapes[0]))

    def fold(self, part: Part, ahead: int | None = None) -> Fold | None:
        """A fold of rows that flow in; `ahead` are the days from the decision on, for an outcome."""
        flow = self._flow(part)
        if flow is None:
            return None
        function: FoldName = next((one for one in _OF if one == part.text("agg")), "count")
        pairs = self._pairs(part, flow)
        of, where = self._inner(part, "of", flow, None), self._inner(part, "where", flow, Boolean())
        known = self.reading.formula(part, "known_at", flow.entity, None) if part.has("known_at") else flow.at
        days = ahead if ahead is not None else part.inner("window").count("days")
        if pairs is None or known is None or not self._sound(part, function, of, known, flow):
            return None
        if (part.has("of") and of is None) or (part.has("where") and where is None):
            return None
        if function == "trend" and (days or 0) < 2:
            self._tell(part, "E551", ("agg",), name=part.text("name"))
            return None
        return Fold(function, flow, pairs, known, of, where, days, ahead is not None)

    def _flow(self, part: Part) -> RowFlow | None:
        over = part.text("over")
        found = next((one for one in self.flows if over in {one.entity, one.node}), None)
        if found is None:
            options = [one.entity for one in self.flows]
            self._tell(
                part,
                "E543",
                ("over",) if part.has("over") else ("agg",),
                hint=suggestion(over, options),
                name=over,
                allowed=listed(options),
            )
        return found

    def _inner(self, part: Part, key: str, flow: RowFlow, expected: Type | None) -> Formula | None:
        formula = self.reading.formula(part, key, flow.entity, expected)
        return formula if formula is not None and self.readable(part, key, flow.entity, formula) else None

    def _sound(self, part: Part, function: FoldName, of: Formula | None, known: Formula, flow: RowFlow) -> bool:
        if not isinstance(known.type, Date | Instant):
            self._tell(part, "E542", ("known_at",), name=known.source, entity=flow.entity)
            return False
        lacking = of is None and not part.has("of") and function not in _OF_NOTHING
        if lacking or (of is not None and not isinstance(of.type, _OF[function])):
            self._tell(part, "E548", ("agg",) if lacking else ("of",), name=function)
            return False
        return True

    def _pairs(self, part: Part, flow: RowFlow) -> tuple[Pairing, ...] | None:
        """What ties a fact to a row: the paths `by` in the fact, and `to` in the row, else the same path or the row itself."""
        facts = _texts(part, "by") or self._usual_tie(flow)
        rows = _texts(part, "to")
        if part.has("to") and len(rows) != len(facts):
            self._tell(part, "E549", ("to",), fact=listed(facts), row=listed(rows))
            return None
        found = [self._pair(part, flow, fact, row) for fact, row in zip_longest(facts, rows)]
        known = tuple(one for one in found if one is not None)
        return known if len(known) == len(found) else None

    def _usual_tie(self, flow: RowFlow) -> list[str]:
        fields = self.reading.part.context.symbols.entities[flow.entity].fields.values()
        return [one.name for one in fields if one.target == self.rows.entity and flow.entity != self.rows.entity][:1]

    def _pair(self, part: Part, flow: RowFlow, fact: str, row: str | None) -> Pairing | None:
        left = self.reading.named(part, flow.entity, fact)
        right = self.reading.named(part, self.rows.entity, row or fact)
        if right is None and row is None and left is not None and relation_target(left) == self.rows.entity:
            right = self.reading.named(part, self.rows.entity, "id")
        if left is None or right is None or not _alike(left.type, right.type):
            self._tell(
                part,
                "E549",
                ("to",) if row else ("by",),
                fact=f"{flow.entity}.{fact}",
                row=f"{self.rows.entity}.{row or fact}",
            )
            return None
        return Pairing(left, right)

    def readable(self, part: Part, key: str, entity: str, formula: Formula) -> bool:
        """Whether everything that a formula reads can be told of the past."""
        if folds_rows(formula):
            self._tell(part, "E545", (key,), name=formula.source)
            return False
        if formula.uses_now or formula.uses_user:
            self._tell(part, "E544", (key,), name=formula.source)
            return False
        for at, name in self.columns(entity, formula):
            code = self.lives.refusal(at, name)
            if code is not None:
                self._tell(part, code, (key,), name=f"{at}.{name}")
                return False
            self.lives.known(at, name)
        return True

    def columns(self, entity: str, formula: Formula) -> Iterator[tuple[str, str]]:
        for reference in sorted(formula.references):
            yield from self.lives.steps(entity, reference)

    def lineage(self, value: Raw | Fold) -> tuple[str, ...]:
        """The `entity.field`s that a value comes from: of paths the last, and the links that lead there."""
        if isinstance(value, Raw):
            found = list(self.columns(self.rows.entity, value.formula))
        else:
            own = [column for pair in value.pairs for column in self.columns(self.rows.entity, pair.row)]
            facts = [one.fact for one in value.pairs] + [value.known, value.of, value.where, *value.over.where]
            there = [column for one in facts if one is not None for column in self.columns(value.over.entity, one)]
            found = [*own, *there]
        return tuple(dict.fromkeys(f"{at}.{name}" for at, name in found))

    def _tell(
        self, part: Part, code: str, steps: tuple[str, ...], *, hint: Message | None = None, **values: object
    ) -> None:
        self.reading.problems.append(part.problem(code, *steps, hint=hint, **values))


def _shapes(of: Type) -> tuple[Shape, ...]:
    return next((shapes for kinds, shapes in _SHAPES if isinstance(of, kinds)), ())


def _alike(one: Type, other: Type) -> bool:
    """Whether values of two types can be the same."""
    if isinstance(one, Relation) and isinstance(other, Relation):
        return one.entity == other.entity
    if isinstance(one, Choice | Text) and isinstance(other, Choice | Text):
        return True
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.scale == other.scale
    return isinstance(one, Date) and isinstance(other, Date)


def _texts(part: Part, key: str) -> list[str]:
    found = part.optional(key)
    return [found] if found is not None else list(part.names(key))
