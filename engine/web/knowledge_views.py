"""A knowledge graph as its reader sees it: words in their language, names of those who changed or checked something."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.knowledge import EDGE_WORDS, NODE_WORDS, SOURCE_WORDS, EdgeKind, NodeKind, Origin
from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import from_micros
from engine.runtime.knowledge.edits import EdgeEdit, Edit, NodeEdit
from engine.runtime.knowledge.finding import findable
from engine.runtime.knowledge.merged import Edge, MergedGraph, Node, merged_graph
from engine.runtime.knowledge.next_step import Customer, Step, Way, next_ways
from engine.runtime.knowledge.seeing import may_edit, visible_graph
from engine.runtime.work import Work
from engine.widgets.contract import Scene
from engine.widgets.formats import format_date
from engine.widgets.knowledge_parts import (
    AsideView,
    EdgeView,
    GraphView,
    NextStepView,
    NodeView,
    StepView,
    WayView,
)

UNCHECKED = Message("未核", "Unchecked")
_PURPOSES = {
    NodeKind.OBJECTION: Message("怎么回应", "How to answer"),
    NodeKind.NEED: Message("推荐什么", "What to offer"),
}


def graph_view(work: Work, scene: Scene, name: str) -> GraphView:
    """The graph as the reader sees it. Raises NotFound."""
    graph = visible_graph(work, name)
    merged = merged_graph(work, graph)
    words = _Words(work, scene, {})
    return GraphView(
        name=graph.name,
        label=scene.words(graph.label),
        description=scene.words(graph.description),
        source=words.origin(graph.origin),
        release=graph.version,
        kinds={kind: NODE_WORDS[kind].text(scene.language) for kind in NodeKind},
        nodes=tuple(words.node(one) for one in merged.nodes.values()),
        edges=tuple(words.edge(one) for one in merged.edges.values()),
        may_edit=may_edit(work, graph),
        lost=tuple(words.aside(one, merged) for one in merged.lost),
        left_out=tuple(words.aside(one, merged) for one in merged.left_out),
        place=str(graph.place) if work.context.principal.administrator else "",
    )


def next_step_view(work: Work, scene: Scene, name: str, customer: Customer) -> NextStepView:
    """The next step with a customer, and what may be chosen for it. Raises NotFound."""
    graph = visible_graph(work, name)
    merged = merged_graph(work, graph)
    words = _Words(work, scene, {})
    raised = [edge.target for edge in merged.leading(customer.segment, EdgeKind.RAISES)]
    objections = sorted(merged.of_kind(NodeKind.OBJECTION), key=lambda one: one.id not in raised)
    return NextStepView(
        graph=graph.name,
        label=scene.words(graph.label),
        segments=words.listed(merged.of_kind(NodeKind.SEGMENT)),
        objections=words.listed(objections),
        arguments=words.listed(merged.of_kind(NodeKind.ARGUMENT)),
        segment=customer.segment,
        heard=frozenset(customer.objections),
        used=customer.used,
        ways=tuple(words.way(one) for one in next_ways(merged, customer)),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one look at a graph; `names` are those of people, read once each."""

    work: Work
    scene: Scene
    names: dict[int, str]

    def node(self, node: Node) -> NodeView:
        return NodeView(
            id=node.id,
            kind=node.kind,
            kind_label=NODE_WORDS[node.kind].text(self.scene.language),
            label=self.scene.words(node.label),
            labels=node.label.texts,
            note=self.scene.words(node.note),
            notes=node.note.texts,
            words=findable(node.label),
            source=self._added(node.added) or self.origin(node.origin),
            version=node.version,
            spot=node.spot,
            remark=self._node_remark(node),
        )

    def edge(self, edge: Edge) -> EdgeView:
        return EdgeView(
            id=edge.id,
            source=edge.source,
            target=edge.target,
            kind=edge.kind,
            kind_label=EDGE_WORDS[edge.kind].text(self.scene.language),
            note=self.scene.words(edge.note),
            origin=self._added(edge.added) or self.origin(edge.origin),
            release=edge.release,
            checked=edge.checked,
            mark=self._mark(edge),
            version=edge.version,
            checked_here=edge.check is not None,
            own=edge.added is not None,
            remark=self._edge_remark(edge),
        )

    def origin(self, origin: Origin) -> str:
        """Where something comes from, on one line."""
        return " · ".join(
            part for part in (SOURCE_WORDS[origin.kind].text(self.scene.language), origin.by, origin.at) if part
        )

    def aside(self, edit: Edit, merged: MergedGraph) -> AsideView:
        """An edit that the drawing does not show."""
        language, body = self.scene.language, edit.body
        title, says = edit.item, ""
        if isinstance(body, NodeEdit):
            title = f"{NODE_WORDS[body.kind].text(language)}：{self.scene.words(body.was)}"
            says = self.scene.words(body.label) if body.label.texts != body.was.texts else ""
        elif isinstance(body, EdgeEdit):
            ends = (self._end(merged, body.source), self._end(merged, body.target))
            title = f"{ends[0]} → {EDGE_WORDS[body.kind].text(language)} → {ends[1]}"
            says = Message("已核", "checked").text(language) if body.check is not None else ""
        who = f"{self._name(edit.by)} {self._day(edit.at)}"
        return AsideView(edit.item, title, " · ".join(part for part in (says, who) if part), edit.version)

    def listed(self, nodes: tuple[Node, ...] | list[Node]) -> tuple[tuple[str, str], ...]:
        return tuple((node.id, self.scene.words(node.label)) for node in nodes)

    def way(self, way: Way) -> WayView:
        language = self.scene.language
        steps = zip(way.steps, way.nodes[1:], strict=True)
        return WayView(
            _PURPOSES[way.purpose].text(language),
            way.nodes,
            tuple(self._step(step, node) for step, node in steps),
            way.why.text(language),
        )

    def _step(self, step: Step, node: str) -> StepView:
        sentence = step.sentence.text(self.scene.language)
        if step.edge is None:
            return StepView(sentence, node)
        edge = self.edge(step.edge)
        return StepView(sentence, node, edge.origin, edge.checked, edge.mark)

    def _end(self, merged: MergedGraph, node: str) -> str:
        found = merged.nodes.get(node)
        return self.scene.words(found.label) if found else node

    def _mark(self, edge: Edge) -> str:
        """Whether an edge is checked: by whom here, or by its source."""
        language = self.scene.language
        if edge.check is not None:
            who = f"{self._name(edge.check.by)} {self._day(edge.check.at)}"
            return Message(f"已核 {who}", f"Checked by {who}").text(language)
        return Message("已核", "Checked").text(language) if edge.origin.checked else UNCHECKED.text(language)

    def _edge_remark(self, edge: Edge) -> str:
        if edge.added is not None:
            return Message("本系统添加", "Added here").text(self.scene.language)
        if edge.check is not None and edge.check.version != edge.release:
            seen, now = edge.check.version, edge.release
            return Message(
                f"核的是第 {seen} 版，包里已是第 {now} 版", f"checked as of version {seen}; the pack is at {now}"
            ).text(self.scene.language)
        return ""

    def _node_remark(self, node: Node) -> str:
        if node.added is not None:
            return Message("本系统添加", "Added here").text(self.scene.language)
        of_pack = self.scene.words(node.of_pack)
        return (
            Message(f"包里写作“{of_pack}”", f"the pack calls it “{of_pack}”").text(self.scene.language)
            if of_pack
            else ""
        )

    def _added(self, added: tuple[int, int] | None) -> str:
        return f"{self._name(added[0])} · {self._day(added[1])}" if added is not None else ""

    def _name(self, user: int) -> str:
        if user not in self.names:
            found = user_by_id(self.work.session, user)
            english = self.scene.language == "en"
            self.names[user] = ((found.name_en if english else None) or found.name) if found else "—"
        return self.names[user]

    def _day(self, at: int) -> str:
        day = self.scene.day_of(from_micros(at))
        return format_date(day, self.scene.language, self.scene.today) if day else ""
