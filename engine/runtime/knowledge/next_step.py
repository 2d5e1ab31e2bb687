"""The next step for a customer: the best way through a graph from who they are and what they said.

Two kinds of ways: from an objection to an argument and its evidence, and from a need to what meets it and what goes with
that. Of several the best is: whole before broken off, then what was not used yet, then the shortest, then with the most
edges checked, then the first in the text. Nothing is drawn by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.knowledge import EdgeKind, NodeKind
from engine.runtime.knowledge.merged import Edge, MergedGraph, Node

MOST_OBJECTIONS = 5
"""Objections that are answered at once; of more the first."""
_LONGEST_CHAIN = 4
"""Needs that may lead to each other on the way to a product."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who stands before the seller: their segment, the objections heard, the arguments already used."""

    segment: str
    objections: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: a sentence, and the edge that it rests on; what the customer said rests on none."""

    sentence: Message
    edge: Edge | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the graph: what it is for, its steps, why it was chosen; `again`: its argument was used before."""

    purpose: NodeKind
    nodes: tuple[str, ...]
    steps: tuple[Step, ...]
    why: Message
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Course:
    """A way that may be taken: the nodes, the edges between them (None where the customer said it), whether it is whole."""

    nodes: tuple[str, ...]
    edges: tuple[Edge | None, ...]
    whole: bool
    again: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """Less is better."""
        unchecked = sum(edge is not None and not edge.checked for edge in self.edges)
        return not self.whole, self.again, len(self.edges), unchecked


def next_ways(graph: MergedGraph, customer: Customer) -> tuple[Way, ...]:
    """The ways for a customer, first those that answer what was heard; none for a segment that the graph does not have."""
    segment = graph.nodes.get(customer.segment)
    if segment is None or segment.kind is not NodeKind.SEGMENT:
        return ()
    heard = tuple(
        name
        for name in dict.fromkeys(customer.objections)
        if (node := graph.nodes.get(name)) is not None and node.kind is NodeKind.OBJECTION
    )[:MOST_OBJECTIONS]
    found = [_best(_answers(graph, customer, (name,))) for name in heard]
    if not heard:
        expected = tuple(edge.target for edge in graph.leading(segment.id, EdgeKind.RAISES))
        found.append(_best(_answers(graph, customer, expected)))
    found.append(_best(_offers(graph, customer, heard)))
    return tuple(_way(graph, course, count) for course, count in (one for one in found if one is not None))


def _best(courses: Iterator[_Course]) -> tuple[_Course, int] | None:
    """The best of the courses, the first of those alike, and of how many it was chosen."""
    listed = list(courses)
    return (min(listed, key=lambda one: one.rank), len(listed)) if listed else None


def _answers(graph: MergedGraph, customer: Customer, objections: Sequence[str]) -> Iterator[_Course]:
    """From the segment to an objection, an argument against it, and the evidence for that."""
    for objection in objections:
        raised = next(
            (one for one in graph.leading(customer.segment, EdgeKind.RAISES) if one.target == objection), None
        )
        start = (customer.segment, objection)
        answers = graph.leading(objection, EdgeKind.ANSWERED_BY)
        for answer in answers:
            again = answer.target in customer.used
            proofs = graph.leading(answer.target, EdgeKind.BACKED_BY)
            for proof in proofs:
                nodes = (*start, answer.target, proof.target)
                yield _Course(nodes, (raised, answer, proof), whole=True, again=again)
            if not proofs:
                yield _Course((*start, answer.target), (raised, answer), whole=False, again=again)
        if not answers and raised is not None:
            yield _Course(start, (raised,), whole=False)


def _offers(graph: MergedGraph, customer: Customer, heard: Sequence[str]) -> Iterator[_Course]:
    """From the segment to a need, to what meets it, and to what goes with that; a need behind what was heard comes first."""
    hidden = tuple(edge for name in heard for edge in graph.leading(name, EdgeKind.HIDES))
    for edge in hidden:
        raised = next(
            (one for one in graph.leading(customer.segment, EdgeKind.RAISES) if one.target == edge.source), None
        )
        yield from _meeting(graph, (customer.segment, edge.source, edge.target), (raised, edge))
    if not hidden:
        for edge in graph.leading(customer.segment, EdgeKind.HAS_NEED):
            yield from _meeting(graph, (customer.segment, edge.target), (edge,))


def _meeting(graph: MergedGraph, nodes: tuple[str, ...], edges: tuple[Edge | None, ...]) -> Iterator[_Course]:
    """From a need to what meets it, over the needs that it leads to where nothing meets it itself."""
    waiting, seen = [(nodes, edges)], {nodes[-1]}
    while waiting:
        nodes, edges = waiting.pop(0)
        met = graph.leading(nodes[-1], EdgeKind.MET_BY)
        for edge in met:
            reached, taken = (*nodes, edge.target), (*edges, edge)
            beside = graph.leading(edge.target, EdgeKind.GOES_WITH)
            for other in beside:
                yield _Course((*reached, other.target), (*taken, other), whole=True)
            if not beside:
                yield _Course(reached, taken, whole=False)
        if not met and len(edges) < _LONGEST_CHAIN:
            for edge in graph.leading(nodes[-1], EdgeKind.LEADS_TO):
                if edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(((*nodes, edge.target), (*edges, edge)))


_SENTENCES: dict[EdgeKind, Message] = {
    EdgeKind.RAISES: Message("{a}常会提出“{b}”。", "{a} often object: “{b}”."),
    EdgeKind.HAS_NEED: Message("{a}看重“{b}”。", "{a} care for “{b}”."),
    EdgeKind.HIDES: Message("“{a}”的背后，其实是要“{b}”。", "Behind “{a}” stands the need “{b}”."),
    EdgeKind.ANSWERED_BY: Message("听到“{a}”，就说“{b}”。", "Answer “{a}” with “{b}”."),
    EdgeKind.BACKED_BY: Message("说“{a}”时，拿“{b}”作证。", "Prove “{a}” by “{b}”."),
    EdgeKind.MET_BY: Message("要满足“{a}”，推荐“{b}”。", "For “{a}”, offer “{b}”."),
    EdgeKind.LEADS_TO: Message("满足了“{a}”，接着会需要“{b}”。", "“{a}” leads on to “{b}”."),
    EdgeKind.GOES_WITH: Message("推荐“{a}”时，顺带搭配“{b}”。", "With “{a}”, bring along “{b}”."),
}
_SAID = Message(
    "{a}这次提出“{b}”（图谱里没有记着这类客户会这么说）。",
    "{a} object this time: “{b}” (the graph does not expect it of them).",
)


def _way(graph: MergedGraph, course: _Course, count: int) -> Way:
    pairs = zip(course.nodes, course.nodes[1:], course.edges, strict=False)
    steps = tuple(Step(_sentence(graph.nodes[one], graph.nodes[other], edge), edge) for one, other, edge in pairs)
    answers = any(graph.nodes[name].kind is NodeKind.ARGUMENT for name in course.nodes) or len(course.nodes) == 2
    purpose = NodeKind.OBJECTION if answers else NodeKind.NEED
    return Way(purpose, course.nodes, steps, _why(course, count, answers), course.again)


def _sentence(one: Node, other: Node, edge: Edge | None) -> Message:
    words = _SENTENCES[edge.kind] if edge is not None else _SAID
    return Message(
        words.zh.format(a=one.label.text("zh"), b=other.label.text("zh")),
        words.en.format(a=one.label.text("en"), b=other.label.text("en")),
    )


def _why(course: _Course, count: int, answers: bool) -> Message:
    """Why this one of so many: what decided, in the order in which it decides."""
    checked = sum(edge is not None and edge.checked for edge in course.edges)
    total = sum(edge is not None for edge in course.edges)
    length = len(course.edges)
    zh = [f"从 {count} 条走法里选出，{length} 步" if count > 1 else f"只有这一条走法，{length} 步"]
    en = [f"chosen of {count} ways, {length} steps" if count > 1 else f"the only way, {length} steps"]
    if not course.whole:
        zh.append("还走不到头" if answers else "没有可搭配的品类")
        en.append("it breaks off" if answers else "nothing goes with it")
    if answers:
        zh.append("话术都用过了，这是最短的一条" if course.again else "话术还没用过")
        en.append("its argument was used before, as were all" if course.again else "its argument is unused")
    zh.append(f"{total} 条关系里 {checked} 条已核")
    en.append(f"{checked} of {total} edges checked")
    return Message("，".join(zh), ", ".join(en))
