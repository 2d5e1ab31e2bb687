"""A decision-chain map as its reader sees it: names that the reader never reads are no names here either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.formula import Formula
from engine.model.map_shape import MapShape, shape_of
from engine.model.maps import Binding, DecisionMap, MapEdge, MapNode, Path
from engine.model.names import Place
from engine.runtime.decision_maps import (
    PERIOD_DAYS,
    Fills,
    Gap,
    fills_of,
    gap_words,
    gaps_of,
    may_make_tasks,
    open_tasks,
    visible_map,
)
from engine.runtime.query.records import find_record
from engine.runtime.work import Work
from engine.web.responses import record_url
from engine.widgets.contract import Scene
from engine.widgets.map_parts import Ground, MapView, StepView, Way

WITHHELD = "withheld"
_BRIEFS = {
    WITHHELD: Message("无权查看", "Not for you to see"),
    str(Binding.HUMAN): Message("人工判断", "A person judges"),
    str(Binding.NONE): Message("没有依据", "Rests on nothing"),
}
_APPROVE, _REFUSE = Message("同意", "approved"), Message("不同意", "refused")


def map_view(work: Work, scene: Scene, name: str) -> MapView:
    """The map as the reader sees it. Raises NotFound."""
    chart = visible_map(work, name)
    fills = fills_of(work, chart)
    gaps = gaps_of(chart, fills)
    standing = open_tasks(work, chart, gaps)
    shape = shape_of(chart)
    view = _View(work, scene, chart, shape, fills, {gap.node.id: gap for gap in gaps}, standing)
    bound, total = chart.coverage
    return MapView(
        name=chart.name,
        label=scene.words(chart.label),
        description=scene.words(chart.description),
        entity=scene.words(work.model.entities[chart.entity].label),
        steps=tuple(view.step(chart.node(one)) for one in shape.order),
        shape=shape,
        bound=bound,
        total=total,
        may_make_tasks=may_make_tasks(work, chart),
        place=view.place(chart.place),
    )


@dataclass(frozen=True, slots=True)
class _View:
    """One look at a map."""

    work: Work
    scene: Scene
    chart: DecisionMap
    shape: MapShape
    fills: Fills
    gaps: Mapping[str, Gap]
    standing: Mapping[str, int]

    def step(self, node: MapNode) -> StepView:
        grounds = tuple(self._grounds(node))
        kind = str(node.binding) if grounds or node.binding in {Binding.HUMAN, Binding.NONE} else WITHHELD
        gap, record = self.gaps.get(node.id), self.standing.get(node.id)
        role = self.work.model.roles.get(node.actor)
        return StepView(
            id=node.id,
            label=self.scene.words(node.label),
            kind=kind,
            brief=self._brief(kind, grounds),
            decides=node.decides,
            final=node.final,
            actor=self.scene.words(role.label) if role else "",
            source=self.scene.words(node.source),
            grounds=grounds,
            ways=tuple(self._way(node, edge) for edge in self.chart.ways(node.id)),
            gap=gap_words(gap.kind).text(self.scene.language) if gap else "",
            task_url=self._task_url(record) if record is not None else "",
            has_task=record is not None,
            place=self.place(node.place),
        )

    def place(self, place: Place) -> str:
        """Where a definition stands, for administrators."""
        return str(place) if self.work.context.principal.administrator else ""

    def _brief(self, kind: str, grounds: tuple[Ground, ...]) -> str:
        if kind in _BRIEFS:
            return _BRIEFS[kind].text(self.scene.language)
        first = grounds[0].label
        more = len(grounds) - 1
        return (
            first
            if not more
            else Message(f"{first} 等 {len(grounds)} 项", f"{first} + {more}").text(self.scene.language)
        )

    def _task_url(self, record: int) -> str:
        """The record that stands for a gap, for who may read it."""
        tasks = self.chart.gaps
        if tasks is None or not self._reads(tasks.entity) or find_record(self.work, tasks.entity, record) is None:
            return ""
        return record_url(tasks.entity, record)

    def _way(self, node: MapNode, edge: MapEdge) -> Way:
        language = self.scene.language
        condition = ""
        if edge.when is not None and self._reads_all(edge.when):
            condition = edge.when.source
        if edge.answer:
            condition = (_APPROVE if edge.answer == "approve" else _REFUSE).text(language)
        target = self.scene.words(self.chart.node(edge.target).label)
        back = (node.id, edge.target) in self.shape.back
        return Way(edge.target, target, self.scene.words(edge.label), condition, back)

    def _grounds(self, node: MapNode) -> Iterator[Ground]:
        """What the reader may know of what a step rests on; nothing where its records are none for them."""
        if not self._reads(node.entity):
            return
        flow = self.work.model.flows.get(node.flow)
        if flow is not None:
            step = next((one for one in flow.every_step() if one.id == node.step), None)
            says = self.scene.words(step.label) if step else ""
            yield Ground("flow", self.scene.words(flow.label), says, self.place(step.place if step else flow.place))
        yield from self._moves(node)
        rule = self.work.model.rules.get(node.rule)
        if rule is not None and self._reads_all(rule.when, node.entity):
            says = self.scene.words(rule.message)
            yield Ground("rule", self.scene.words(rule.label), says, self.place(rule.place))
        for path in node.fields:
            found = self._field(node.entity, path)
            if found is not None:
                yield found

    def _moves(self, node: MapNode) -> Iterator[Ground]:
        life = self.work.model.workflow_of(node.entity)
        move = life.transition(node.transition) if life and node.transition else None
        if life is None or move is None:
            return
        names = [life.state(name) for name in (*move.sources, move.target)]
        labels = [self.scene.words(one.label) for one in names if one]
        between = "、" if self.scene.language == "zh" else ", "
        says = f"{between.join(labels[:-1])} → {labels[-1]}" if len(labels) > 1 else ""
        yield Ground("transition", self.scene.words(move.label), says, self.place(move.place))

    def _field(self, entity: str, path: Path) -> Ground | None:
        """A field as its reader knows it, with how often it is filled; None where it is no name for them."""
        field = self.scene.readable_field(entity, path)
        if field is None:
            return None
        owner = self._owner(entity, path)
        label = self.scene.words(field.label)
        if owner != self.chart.entity:
            label = f"{self.scene.words(self.work.model.entities[owner].label)} · {label}"
        formula = field.formula
        says = formula.source if formula and self._reads_all(formula, owner) else self.scene.words(field.help)
        fill = self.fills.get((entity, path[0])) if len(path) == 1 else None
        if fill is None or not fill.total:
            return Ground("field", label, says, self.place(field.place))
        share = Message(
            f"近 {PERIOD_DAYS} 天 {fill.total} 条里填了 {fill.filled} 条",
            f"filled in {fill.filled} of {fill.total} records of {PERIOD_DAYS} days",
        )
        percent = fill.filled * 100 // fill.total
        words = share.text(self.scene.language)
        return Ground("field", label, says, self.place(field.place), share=words, percent=percent)

    def _owner(self, entity: str, path: Path) -> str:
        """The entity of the field at the end of a path."""
        for name in path[:-1]:
            relation = self.work.model.entities[entity].fields[name].relation
            entity = relation.entity if relation else entity
        return entity

    def _reads(self, entity: str) -> bool:
        return Action.READ in self.scene.allowed[entity]

    def _reads_all(self, formula: Formula, entity: str = "") -> bool:
        """Whether every name of a formula is one for the reader."""
        return all(self._reads_path(entity or self.chart.entity, path.split(".")) for path in formula.references)

    def _reads_path(self, entity: str, path: list[str]) -> bool:
        for name in path:
            declared = self.work.model.entities.get(entity)
            if declared is None:
                return True
            collection = declared.collections.get(name)
            if collection is not None:
                entity = collection.entity
                if not self._reads(entity):
                    return False
                continue
            if name not in self.scene.readable[entity]:
                return False
            field = declared.fields.get(name)
            entity = field.relation.entity if field and field.relation else ""
        return True
