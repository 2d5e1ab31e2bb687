"""Feature plans: the features of a pipeline with its outcome and split, resolved to what the runtime makes a statement of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from engine.dsl.column_lives import ColumnLives
from engine.dsl.feature_labels import feature_label
from engine.dsl.feature_values import FeatureScope
from engine.dsl.part import Part
from engine.dsl.pipeline_flows import FACTS, MAIN, PipelineReading, declared_times
from engine.model.entities import FieldKind
from engine.model.feature_plans import Clock, Feature, FeaturePlan, Fold, Life, Outcome, Raw, RowFlow, TimeSplit
from engine.model.feature_tables import FeatureColumn
from engine.model.formula import Boolean, Formula, Instant, Money
from engine.model.formula import Decimal as Number

_HOLDOUT = Decimal("0.25")
_TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})


def feature_plan(reading: PipelineReading) -> FeaturePlan | None:
    """The plan of a pipeline; None where it has no features, or where something of it means nothing, which is told."""
    nodes = reading.of_kind("features")
    for other in nodes[1:]:
        reading.problems.append(other.problem("E540", "node", first=nodes[0].id))
    _check_times(reading)
    if not nodes:
        return None
    node = nodes[0]
    rows = next(reading.flows_into(node.id, MAIN), None)
    if rows is None:
        reading.problems.append(node.problem("E541", "node", name=node.id))
        return None
    flows = {flow.entity: flow for flow in (rows, *reading.flows_into(node.id, (FACTS,)))}
    scope = FeatureScope(reading, rows, tuple(flows.values()), ColumnLives(node.context, declared_times(reading)))
    return _Plan(scope, node).resolved()


def _check_times(reading: PipelineReading) -> None:
    """What a source says of when its columns are known names columns, and dates."""
    for node in reading.of_kind("source"):
        settings = reading.settings(node)
        known = node.context.symbols.entities.get(settings.text("entity"))
        if known is None or known.broken:
            continue
        for name, by in settings.entries("known_at"):
            dated = known.fields.get(str(by))
            if name not in known.fields or (by != "at" and (dated is None or dated.kind not in _TIMES)):
                told = name if name not in known.fields else str(by)
                reading.problems.append(settings.problem("E553", "known_at", name, name=told, entity=known.name))


@dataclass(frozen=True, slots=True)
class _Plan:
    scope: FeatureScope
    node: Part

    @property
    def _reading(self) -> PipelineReading:
        return self.scope.reading

    def resolved(self) -> FeaturePlan | None:
        settings, told = self._reading.settings(self.node), len(self._reading.problems)
        entity = self.scope.rows.entity
        as_of = self._reading.time(settings, "as_of", entity, self.scope.rows.at.source)
        if as_of is not None and "." in as_of.source:
            self._reading.problems.append(settings.problem("E542", "as_of", name=as_of.source, entity=entity))
        for flow in self.scope.flows:
            self._check_filters(flow)
        features = tuple(self._features(settings))
        label = self._behind("label", self.node.id)
        outcome = self._outcome(label) if label is not None else None
        if outcome is not None and label is not None:
            self._check_leaks(settings, features, outcome)
        split = self._behind("split", label.id if label is not None else self.node.id)
        if as_of is None or len(self._reading.problems) > told:
            return None
        return FeaturePlan(
            pipeline=self._reading.part.name,
            node=self.node.id,
            label=self._reading.part.label(),
            rows=self.scope.rows,
            as_of=as_of,
            clock=self._clock(as_of, features, outcome),
            features=features,
            lives=MappingProxyType(dict(self.scope.lives.used)),
            flows=tuple(self.scope.flows),
            outcome=outcome,
            split=self._split(split, outcome) if split is not None else None,
        )

    def _check_filters(self, flow: RowFlow) -> None:
        """What is filtered by must be known at the decision as well."""
        for formula in flow.where:
            for part in (self._reading.nodes[one] for one in self._reading.before(flow.node)):
                inner = self._reading.settings(part)
                if inner.text("where") == formula.source:
                    self.scope.readable(inner, "where", flow.entity, formula)
                    break
            else:
                self.scope.readable(self.node, "node", flow.entity, formula)

    def _features(self, settings: Part) -> Iterator[Feature]:
        seen: set[str] = set()
        for part in settings.items("features"):
            name = part.text("name")
            if name in seen:
                self._reading.problems.append(part.problem("E552", "name", name=name))
            seen.add(name)
            value = self.scope.value(part)
            if value is not None:
                yield self._feature(part, name, value)

    def _feature(self, part: Part, name: str, value: Raw | Fold) -> Feature:
        lineage = self.scope.lineage(value)
        column = FeatureColumn(
            name=name,
            label=part.label()
            if part.has("label")
            else feature_label(self.node.context.symbols, self.scope.rows, value),
            kind="category" if _is_category(value) else "number",
            group=part.text("group") or _group(self.scope.rows, value),
            level=max((self._level(one) for one in lineage), default="G1"),
            monotone=part.whole("monotone"),
        )
        return Feature(column, value, lineage, part.place)

    def _level(self, column: str) -> str:
        """How confidential a column is: what is made of several has the highest."""
        entity, _, name = column.partition(".")
        document = self.node.context.symbols.document("entities", entity)
        written = document.at(("fields", name)) if document is not None else None
        level = str(written.get("level", "G1")) if isinstance(written, dict) else "G1"
        return str(written.get("floor", "G1")) if level == "auto" and isinstance(written, dict) else level

    def _behind(self, kind: str, node: str) -> Part | None:
        """The first node of a kind into which what leaves `node` flows."""
        return next((one for one in self._reading.of_kind(kind) if node in set(self._reading.before(one.id))), None)

    def _outcome(self, node: Part) -> Outcome | None:
        settings, entity = self._reading.settings(node), self.scope.rows.entity
        kinds = [key for key in ("event", "value", "agg") if settings.has(key)]
        days = settings.inner("horizon").count("days")
        nothing = settings.flag("none")
        amiss = nothing and (kinds != ["agg"] or settings.text("agg") != "count")
        if len(kinds) != 1 or (kinds == ["agg"] and days is None) or amiss:
            self._reading.problems.append(settings.problem("E555", name=node.id))
            return None
        value = self._outcome_value(settings, kinds[0], days)
        known = self._reading.time(settings, "known_at", entity, "") if settings.has("known_at") else None
        if value is None or (known is None and settings.has("known_at")):
            return None
        if known is None and not isinstance(value, Fold):
            self._reading.problems.append(settings.problem("E557", kinds[0], name=node.id))
            return None
        beyond: Literal["censored", "no", "yes"] = next(
            (one for one in ("no", "yes") if one == settings.text("beyond")), "censored"
        )
        return Outcome(
            event=kinds[0] == "event" or nothing,
            label=node.label_or(node.id),
            value=value,
            known=known,
            days=days,
            beyond=beyond,
            lineage=self._lineage_of_outcome(value, known),
            place=node.place,
        )

    def _outcome_value(self, settings: Part, kind: str, days: int | None) -> Formula | Fold | None:
        if kind == "agg":
            return self.scope.fold(settings, ahead=days)
        found = self._reading.formula(settings, kind, self.scope.rows.entity, Boolean() if kind == "event" else None)
        if found is not None and kind == "value" and not isinstance(found.type, Number | Money):
            self._reading.problems.append(settings.problem("E548", kind, name="value"))
            return None
        return found

    def _lineage_of_outcome(self, value: Formula | Fold, known: Formula | None) -> tuple[str, ...]:
        if isinstance(value, Fold):
            return self.scope.lineage(value)
        formulas = [value] if known is None else [value, known]
        columns = [column for one in formulas for column in self.scope.columns(self.scope.rows.entity, one)]
        return tuple(dict.fromkeys(f"{at}.{name}" for at, name in columns))

    def _check_leaks(self, settings: Part, features: tuple[Feature, ...], outcome: Outcome) -> None:
        """No feature of the row itself is made of what tells how the row turns out."""
        if isinstance(outcome.value, Fold):
            return
        entity, lives = self.scope.rows.entity, self.scope.lives
        telling = {
            column
            for one in (outcome.value, *([outcome.known] if outcome.known is not None else []))
            for reference in one.references
            for column in lives.roots(entity, reference.split(".", 1)[0])
            if not self._with_the_row(column)
        }
        parts = {part.text("name"): part for part in settings.items("features")}
        for feature in features:
            if isinstance(feature.value, Raw):
                read = {
                    column
                    for reference in feature.value.formula.references
                    for column in lives.roots(entity, reference.split(".", 1)[0])
                }
                for at, name in sorted(read & telling):
                    part = parts[feature.name]
                    self._reading.problems.append(
                        part.problem("E550", "from", name=f"{at}.{name}", feature=feature.name)
                    )

    def _with_the_row(self, column: tuple[str, str]) -> bool:
        known = self.scope.lives.known(*column)
        return known is None or known.life is Life.START

    def _split(self, node: Part, outcome: Outcome | None) -> TimeSplit:
        settings = self._reading.settings(node)
        share = settings.value.get("holdout")
        gap = settings.inner("gap").count("days")
        holdout = Decimal(str(share)) if isinstance(share, int | float | Decimal) else _HOLDOUT
        return TimeSplit(holdout, gap if gap is not None else (outcome.days if outcome is not None else None) or 0)

    def _clock(self, as_of: Formula, features: tuple[Feature, ...], outcome: Outcome | None) -> Clock:
        """Days, unless everything that is compared is told to the microsecond."""
        times = [as_of, *(one.value.known for one in features if isinstance(one.value, Fold))]
        if outcome is not None:
            times += [outcome.known] if outcome.known is not None else []
            times += [outcome.value.known] if isinstance(outcome.value, Fold) else []
        symbols = self.node.context.symbols.entities
        dated = [
            field.kind is FieldKind.INSTANT
            for (entity, _), known in self.scope.lives.used.items()
            if known.by and (field := symbols[entity].fields.get(known.by)) is not None
        ]
        exact = all(isinstance(one.type, Instant) for one in times) and all(dated)
        return "instant" if exact else "day"


def _is_category(value: Raw | Fold) -> bool:
    if isinstance(value, Raw):
        return value.shape == "category"
    return value.function == "last" and value.of is not None and not isinstance(value.of.type, Number | Money | Boolean)


def _group(rows: RowFlow, value: Raw | Fold) -> str:
    """The business group of a feature where none is written: what it is about."""
    if isinstance(value, Fold):
        return value.over.entity
    reference = min(value.formula.references, default="")
    return reference.split(".", 1)[0] if "." in reference else rows.entity
