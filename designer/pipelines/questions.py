"""Questions: what people in sales want foretold, with the rows that it is asked of and how it turned out, as far as the
definitions and the rows there are let one guess. Each proposal is a whole pipeline that compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from designer.from_sheet.application import texts_of
from designer.pipelines.joins import add_source, happens_at
from designer.pipelines.measured import TIMES, Measured
from designer.pipelines.webs import Data, Web, settings_of
from engine.diagnostics import Message
from engine.model.entities import Entity, Field, FieldKind

GOOD = ("won", "accepted", "signed", "ordered", "renewed")
BAD = ("lost", "rejected", "refused", "churned")
TURNED = ("converted", "qualified")
DUE = ("due",)
PAID = ("settled", "paid", "cleared", "completed")
MOST = 4
"""Proposals of one question."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rows of `entity`, decided at `as_of`; `label` are the settings of how it turned out, `gap` the days left out before
    the rows that are held out; `facts` are folded from the first."""

    entity: Entity
    as_of: str
    label: Data
    gap: int
    says: Message
    facts: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and who finds what it may be asked of."""

    name: str
    title: Message
    about: Message
    icon: str
    find: Callable[[Measured, Entity], Iterator[Proposal]]


def proposals(measured: Measured, question: Question) -> list[Proposal]:
    """What a question may be asked of, most rows first."""
    found = []
    for name in sorted(measured.work.model.entities):
        entity = measured.entity(name)
        if entity is not None and entity.part_of is None and measured.cells(entity).get("id"):
            found += list(question.find(measured, entity))[:1]
    return sorted(found, key=lambda one: -len(measured.cells(one.entity)["id"]))[:MOST]


def pipeline_text(measured: Measured, question: Question, one: Proposal, label: Mapping[str, str]) -> str:
    """The text of a pipeline that asks the question of these rows."""
    web = Web("", {})
    start = add_source(measured, web, one.entity)
    node = web.nodes[0]
    if "at" not in settings_of(node) and "." not in one.as_of and one.as_of in one.entity.fields:
        settings_of(node)["at"] = one.as_of
    when = settings_of(node).get("at", one.as_of)
    known: Data = {"name": "decided_month", "from": when, "as": "month"}
    features: Data = {"as_of": one.as_of, "features": [known]}
    web.add_node({"id": "known", "node": "features", "settings": features})
    web.add_node({"id": "outcome", "node": "label", "label": _both(question.title), "settings": one.label})
    web.add_node({"id": "in_time", "node": "split", "settings": {"holdout": 0.25, "gap": {"days": one.gap}}})
    web.add_node({"id": "learnt", "node": "train"})
    web.add_node({"id": "card", "node": "card"})
    live: Data = {"watch": {"every": {"days": 7}}}
    web.add_node({"id": "live", "node": "deploy", "settings": {**_approver(measured), **live}})
    web.add_edge(start, "known")
    for fact in one.facts:
        own = web.source_of(fact.name)
        web.add_edge(str(own["id"]) if own is not None else add_source(measured, web, fact), "known", "facts")
    chain = ("known", "outcome", "in_time", "learnt", "card", "live")
    for first, then in pairwise(chain):
        web.add_edge(first, then)
    data: dict[str, object] = {"label": dict(label), "nodes": web.nodes, "edges": web.edges}
    return texts_of("", [("pipelines/asked.yaml", data)])["/pipelines/asked.yaml"]


def _approver(measured: Measured) -> Data:
    """The asker's role that draws pipelines approves the model, beside administrators."""
    roles = measured.work.model.roles
    own = sorted(name for name in measured.work.context.principal.roles if name in roles and roles[name].designs)
    return {"approve_by": own[0]} if own else {}


def _both(message: Message) -> dict[str, str]:
    return {"zh": message.zh, "en": message.en}


def _dated(measured: Measured, entity: Entity, words: tuple[str, ...]) -> Field | None:
    """The first date of an entity that is called by one of these words and is filled in some row."""
    for word in words:
        for one in measured.fields(entity):
            parts = one.name.split("_")
            if one.kind in TIMES and word in parts and measured.filled(entity, one.name) > 0:
                return one
    return None


def _named(field: Field) -> tuple[str, str]:
    return field.label.text("zh"), field.label.text("en")


def _win(measured: Measured, entity: Entity) -> Iterator[Proposal]:
    """Rows with a date of the good end and one of the bad end."""
    at, good, bad = happens_at(measured, entity), _dated(measured, entity, GOOD), _dated(measured, entity, BAD)
    if at is None or good is None or bad is None or good.name == bad.name:
        return
    label: Data = {"event": f"not is_empty({good.name})", "known_at": f"coalesce({good.name}, {bad.name})"}
    (zh, en), (other_zh, other_en) = _named(good), _named(bad)
    says = Message(
        f"{entity.label.text('zh')}：有{zh}算成，有{other_zh}算不成，都没有算还不知道",
        f"{entity.label.text('en')}: won with {en}, lost with {other_en}, not known yet with neither",
    )
    yield Proposal(entity, at, label, 30, says)


def _score(measured: Measured, entity: Entity) -> Iterator[Proposal]:
    """Rows that turn into something within ninety days, or do not."""
    at, turned = happens_at(measured, entity), _dated(measured, entity, TURNED)
    if at is None or turned is None:
        return
    name = turned.name
    label: Data = {"event": f"not is_empty({name})", "known_at": name, "horizon": {"days": 90}, "beyond": "no"}
    zh, en = _named(turned)
    says = Message(
        f"{entity.label.text('zh')}：90 天内有{zh}算转化，否则算没有",
        f"{entity.label.text('en')}: turned when {en} comes within 90 days, else not",
    )
    yield Proposal(entity, at, label, 90, says)


def _late(measured: Measured, entity: Entity) -> Iterator[Proposal]:
    """Rows with a date by which they are due and one at which they are done."""
    due, paid = _dated(measured, entity, DUE), _dated(measured, entity, PAID)
    if due is None or paid is None or not (due.required or measured.filled(entity, due.name) == 1):
        return
    at = happens_at(measured, entity) or due.name
    as_of, gap = (at, 30) if at != due.name else (f"add_days({due.name}, -30)", 31)
    label: Data = {
        "event": f"is_empty({paid.name}) or {paid.name} > {due.name}",
        "known_at": f"add_days({due.name}, 1)",
    }
    (zh, en), (due_zh, due_en) = _named(paid), _named(due)
    says = Message(
        f"{entity.label.text('zh')}：过了{due_zh}还没有{zh}，或{zh}晚于它，算逾期",
        f"{entity.label.text('en')}: late when {en} is after {due_en}, or not there when that has passed",
    )
    yield Proposal(entity, as_of, label, gap, says)


def _churn(measured: Measured, entity: Entity) -> Iterator[Proposal]:
    """Rows that come again and again for one other row: after each, none may follow in half a year."""
    at, of = happens_at(measured, entity), _again(measured, entity)
    if at is None or of is None:
        return
    label: Data = {"agg": "count", "over": entity.name, "by": of.name, "none": True, "horizon": {"days": 180}}
    if of.name in entity.fields:
        label["to"] = of.name
    zh, en = _named(of)
    says = Message(
        f"每笔{entity.label.text('zh')}之后 180 天内，同一{zh}再没有一笔，算流失",
        f"Lost when the same {en} has no further {entity.label.text('en')} in the 180 days after one",
    )
    yield Proposal(entity, at, label, 180, says, (entity,))


def _again(measured: Measured, entity: Entity) -> Field | None:
    """The relation whose rows come again: three times or more on average."""
    for one in measured.fields(entity):
        if one.kind is FieldKind.RELATION and one.required:
            cells = [cell for cell in measured.cells(entity).get(one.name, ()) if cell is not None]
            if len(cells) >= 3 * len(set(cells)) > 0 and len(set(cells)) >= 10:
                return one
    return None


def _forecast(measured: Measured, entity: Entity) -> Iterator[Proposal]:
    """Rows with an amount that come again for one other row: the sum of the thirty days from each on."""
    at, of = happens_at(measured, entity), _again(measured, entity)
    amount = next(
        (one for one in measured.fields(entity) if one.kind is FieldKind.MONEY and one.required and not one.formula),
        None,
    )
    if at is None or of is None or amount is None:
        return
    label: Data = {
        "agg": "sum",
        "of": amount.name,
        "over": entity.name,
        "by": of.name,
        "to": of.name,
        "horizon": {"days": 30},
    }
    (zh, en), (of_zh, of_en) = _named(amount), _named(of)
    says = Message(
        f"每笔{entity.label.text('zh')}起 30 天，同一{of_zh}的{zh}合计",
        f"The sum of {en} of the same {of_en} in the 30 days from each {entity.label.text('en')} on",
    )
    yield Proposal(entity, at, label, 30, says, (entity,))


QUESTIONS = (
    Question(
        "win",
        Message("能不能赢单", "Will it be won"),
        Message("商机、报价会不会成", "Of deals and quotes"),
        "target",
        _win,
    ),
    Question(
        "late",
        Message("会不会晚付", "Will it be paid late"),
        Message("应收、账单会不会逾期", "Of receivables and bills"),
        "clock",
        _late,
    ),
    Question(
        "score",
        Message("线索值不值得跟", "Is the lead worth it"),
        Message("给新线索打分", "A score for new leads"),
        "star",
        _score,
    ),
    Question(
        "forecast",
        Message("接下来会有多少", "How much is to come"),
        Message("未来一段时间的金额", "An amount of the days to come"),
        "chart-line",
        _forecast,
    ),
    Question(
        "churn",
        Message("客户会不会流失", "Will the customer leave"),
        Message("以后还会不会再来", "Whether they come again"),
        "users",
        _churn,
    ),
)
