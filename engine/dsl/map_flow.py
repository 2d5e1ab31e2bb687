"""A decision-chain map as a flow: every decision a condition or an approval, every human step a task, moves as moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from engine.diagnostics import Message
from engine.dsl.formatter import format_text
from engine.dsl.map_flow_steps import Steps, words
from engine.model.app import AppModel
from engine.model.flows import TriggerKind
from engine.model.map_shape import END, joins, shape_of
from engine.model.maps import DecisionMap, MapEdge, MapNode

MOST_STEPS = 300
"""Steps of a draft: branches that do not meet again are written out in each of them."""


@dataclass(frozen=True, slots=True)
class FlowDraft:
    """The text of a flow, and what its author must still say or look at."""

    name: str
    text: str
    notes: tuple[Message, ...]


def flow_draft(model: AppModel, chart: DecisionMap, name: str = "") -> FlowDraft:
    """The flow that a map describes, as a file of `workflows/` in canonical form."""
    writer = _Writer(model, chart)
    data = writer.flow()
    name = name or f"{chart.name}_flow"
    head = f"# 由决策链图 {chart.name} 转出 / from the map {chart.name}\n"
    written = head + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)
    text = format_text("workflows", written)
    notes = (*writer.steps.notes, *_doubled(model, chart, name))
    return FlowDraft(name, text if isinstance(text, str) else written, tuple(dict.fromkeys(notes)))


class _Writer:
    """Writes the steps of one flow."""

    def __init__(self, model: AppModel, chart: DecisionMap) -> None:
        self.chart = chart
        self.steps = Steps(model, chart)
        self.shape = shape_of(chart)
        self.meets = joins(self.shape, lambda edge: edge.answer != "refuse")
        self._count = 0

    def flow(self) -> dict[str, object]:
        first = self.chart.nodes[0]
        steps = self._sequence(first.id, END, asks=True)
        if first.transition and steps:
            steps = steps[1:]
        found = {
            "label": words(self.chart.label),
            "entity": self.chart.entity,
            "triggers": [self.steps.trigger(first)],
            "title": self.steps.title(),
            "steps": steps or [{"id": "done", "type": "end", "outcome": "done"}],
            "rejected": self._refused(),
        }
        return {key: value for key, value in found.items() if value}

    def _refused(self) -> list[dict[str, object]]:
        """What follows a refusal: a flow has one such end."""
        targets = list(dict.fromkeys(edge.target for edge in self.chart.edges if edge.answer == "refuse"))
        if len(targets) > 1:
            others = "、".join(targets[1:])
            self.steps.note(
                f"不同意之后有几种走法，流程只有一种 rejected：采用「{targets[0]}」，请把「{others}」并入",
                f"refusals lead to several steps; a flow has one: {targets[0]} is written, put {others} there too",
            )
        return self._sequence(targets[0], END, asks=False) if targets else []

    def _sequence(self, at: str, until: str, *, asks: bool) -> list[dict[str, object]]:
        """The steps from a node up to where its branches meet again."""
        found: list[dict[str, object]] = []
        while at not in {until, END}:
            node, ways = self.chart.node(at), self._onward(at)
            found += self._of(node, asks)
            if len(ways) > 1:
                found.append(self._fork(node, ways, asks))
                at = self.meets[at]
            else:
                at = ways[0].target if ways else END
        return found

    def _onward(self, name: str) -> Sequence[MapEdge]:
        return [edge for edge in self.shape.onward[name] if edge.answer != "refuse"]

    def _of(self, node: MapNode, asks: bool) -> list[dict[str, object]]:
        """The steps that a node is, without its branches."""
        self._count += 1
        if node.decides:
            return self.steps.decision(node, asks) if self._answered(node) else []
        return self.steps.step(node)

    def _answered(self, node: MapNode) -> bool:
        return any(edge.answer for edge in self.chart.ways(node.id))

    def _fork(self, node: MapNode, ways: Sequence[MapEdge], asks: bool) -> dict[str, object]:
        """A condition after a decision, branches beside each other after a step."""
        silent = [edge for edge in ways if edge.when is None]
        if node.decides and len(silent) > 1:
            self.steps.note(
                f"判断「{node.id}」没有写清何时走哪条路，请给分支补上 when",
                f'the decision "{node.id}" does not say when each way is taken; give its branches a when',
            )
        ordered = [*(edge for edge in ways if edge.when is not None), *silent]
        meets = self.meets[node.id]
        return {
            "id": self.steps.unique(f"{node.id}_ways" if self._written(node) else node.id),
            "type": "condition" if node.decides else "parallel",
            "label": words(node.label),
            "branches": [self._branch(edge, meets, asks) for edge in ordered],
        }

    def _written(self, node: MapNode) -> bool:
        return not node.decides or self._answered(node)

    def _branch(self, edge: MapEdge, meets: str, asks: bool) -> dict[str, object]:
        found: dict[str, object] = {"id": f"to_{edge.target}"}
        if edge.label.texts:
            found["label"] = words(edge.label)
        if edge.when is not None:
            found["when"] = edge.when.source
        if self._count > MOST_STEPS:
            self.steps.note(
                f"分支太多，超过 {MOST_STEPS} 步的部分没有写出", f"too many branches; {MOST_STEPS} steps are written"
            )
            return found
        steps = self._sequence(edge.target, meets, asks=asks)
        return {**found, "steps": steps} if steps else found


def _doubled(model: AppModel, chart: DecisionMap, name: str) -> list[Message]:
    """Flows that start by themselves when the draft takes a transition: both would ask."""
    moves = {node.transition for node in chart.nodes if node.transition}
    found: list[Message] = []
    for flow in model.flows.values():
        if flow.entity != chart.entity:
            continue
        taken = {one.transition for one in flow.triggers if one.kind is TriggerKind.TRANSITION} & moves
        if taken and flow.name != name:
            label = flow.label
            found.append(
                Message(
                    f"流程「{label.text('zh')}」也在流转「{'、'.join(sorted(taken))}」时启动；两个流程不要同时启用",
                    f'the flow "{label.text("en")}" starts at {", ".join(sorted(taken))} too; do not use both',
                )
            )
    return found
