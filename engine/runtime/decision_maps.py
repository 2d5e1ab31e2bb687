"""Decision-chain maps at work: who may see one, where it has gaps, and the records that gaps become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.entities import FieldKind
from engine.model.errors import Forbidden, NotFound
from engine.model.maps import Binding, DecisionMap, GapTasks, MapNode
from engine.model.requests import AllOf, Condition, QueryRequest
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.access.rights import allowed_actions
from engine.runtime.moments import remember_moment
from engine.runtime.query import nodes
from engine.runtime.query.lists import count_records
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.query.stored_rows import choose_rows
from engine.runtime.records.writing import create
from engine.runtime.work import Work

PERIOD_DAYS = 90
"""How far back the records were made in which a step's fields are looked for."""
FEWEST = 5
"""So many records at least, before a field that none of them fills is a gap."""
_LONGEST_TITLE = 120


class GapKind(StrEnum):
    """What a step lacks: any ground, the source of a person's judgement, or values in the fields that it rests on."""

    UNBOUND = "unbound"
    NO_SOURCE = "no_source"
    UNFILLED = "unfilled"


@dataclass(frozen=True, slots=True)
class Gap:
    """A step that lacks something."""

    node: MapNode
    kind: GapKind


@dataclass(frozen=True, slots=True)
class Fill:
    """In how many of the records that were made lately a field is filled, as far as the reader sees them."""

    filled: int
    total: int


Fills = Mapping[tuple[str, str], Fill]
"""By entity and field."""


def visible_maps(work: Work) -> tuple[DecisionMap, ...]:
    """The maps that the reader may see, in the order of their names."""
    return tuple(chart for chart in work.model.maps.values() if _may_see(work, chart))


def visible_map(work: Work, name: str) -> DecisionMap:
    """A map by name. Raises NotFound for one that the reader may not see."""
    chart = work.model.maps.get(name)
    if chart is None or not _may_see(work, chart):
        raise NotFound
    return chart


def _may_see(work: Work, chart: DecisionMap) -> bool:
    principal = work.context.principal
    if chart.roles:
        return principal.administrator or bool(chart.roles & principal.roles)
    return principal.administrator or Action.READ in allowed_actions(work.model, work.context, chart.entity)


def fills_of(work: Work, chart: DecisionMap) -> Fills:
    """How well the fields are filled that the steps of a map rest on, those that people fill and the reader may read."""
    wanted = dict.fromkeys((node.entity, path[0]) for node in chart.nodes for path in node.fields if len(path) == 1)
    since = work.context.now - timedelta(days=PERIOD_DAYS)
    lately = Condition(("created_at",), "ge", since)
    found: dict[tuple[str, str], Fill] = {}
    totals: dict[str, int] = {}
    for entity, name in wanted:
        field = work.model.entities[entity].fields.get(name)
        if field is None or field.computed or field.required or field.kind in {FieldKind.STATE, FieldKind.BOOLEAN}:
            continue
        if not _plain(work, entity, name):
            continue
        if entity not in totals:
            totals[entity] = count_records(work, QueryRequest(entity, (("id",),), where=AllOf((lately,))))
        filled = AllOf((lately, Condition((name,), "not_empty")))
        found[entity, name] = Fill(count_records(work, QueryRequest(entity, (("id",),), where=filled)), totals[entity])
    return found


def _plain(work: Work, entity: str, name: str) -> bool:
    """Whether a field is read on every row that is reached: a cell that may not be read would count as empty."""
    access = decide(work.model, work.context, entity, Action.READ)
    return isinstance(access, Allow) and access.field(name).plain


def gaps_of(chart: DecisionMap, fills: Fills) -> tuple[Gap, ...]:
    """Where a map has gaps, in the order of its steps."""
    found = ((node, _lacks(node, fills)) for node in chart.nodes)
    return tuple(Gap(node, kind) for node, kind in found if kind is not None)


def _lacks(node: MapNode, fills: Fills) -> GapKind | None:
    if node.binding is Binding.NONE:
        return GapKind.UNBOUND
    if node.human and not node.source.texts:
        return GapKind.NO_SOURCE
    known = [fills[node.entity, path[0]] for path in node.fields if len(path) == 1 and (node.entity, path[0]) in fills]
    empty = any(one.total >= FEWEST and one.filled == 0 for one in known)
    return GapKind.UNFILLED if empty else None


def may_make_tasks(work: Work, chart: DecisionMap) -> bool:
    """Whether the reader may make the records that the gaps of a map become."""
    return chart.gaps is not None and Action.CREATE in allowed_actions(work.model, work.context, chart.gaps.entity)


def open_tasks(work: Work, chart: DecisionMap, gaps: Sequence[Gap]) -> Mapping[str, int]:
    """The record that stands for each gap by its node, whoever made it: nobody makes a second one."""
    tasks = chart.gaps
    if tasks is None:
        return {}
    found = {gap.node.id: _standing(work, tasks, _reference(chart, gap)) for gap in gaps}
    return {name: record for name, record in found.items() if record is not None}


def _standing(work: Work, tasks: GapTasks, reference: str) -> int | None:
    def conditions(columns: StoredColumns) -> Sequence[exp.Expression]:
        mine = nodes.compare(exp.EQ, nodes.column(columns.alias, tasks.reference), nodes.parameter("reference"))
        return [mine] if tasks.open is None else [mine, columns.lower(tasks.open)]

    shape = ("gap", tasks.reference, tasks.open.source if tasks.open else "")
    rows = choose_rows(work, work.model.entities[tasks.entity], shape, conditions, {"reference": reference}, 1)
    return rows[0] if rows else None


def make_tasks(work: Work, chart: DecisionMap) -> int:
    """A record for each gap that has none open; how many were made. Of two who ask at once, the later finds those of the
    first. Raises Forbidden, ValidationFailed."""
    tasks = chart.gaps
    if tasks is None or not may_make_tasks(work, chart):
        raise Forbidden
    remember_moment(work.session, f"gaps:{chart.name}", work.context.now)
    gaps = gaps_of(chart, fills_of(work, chart))
    standing = open_tasks(work, chart, gaps)
    lacking = [gap for gap in gaps if gap.node.id not in standing]
    for gap in lacking:
        create(work, tasks.entity, _values(work, chart, tasks, gap))
    return len(lacking)


def _values(work: Work, chart: DecisionMap, tasks: GapTasks, gap: Gap) -> dict[str, object]:
    language = work.context.language
    title = Message("补依据：", "Grounds for: ").text(language) + gap.node.label.text(language)
    chain = chart.label.text(language)
    detail = f"{chain}\n{gap_words(gap.kind).text(language)}\n/maps/{chart.name}?node={gap.node.id}"
    found: dict[str, object] = {
        **tasks.values,
        tasks.title: title[:_LONGEST_TITLE],
        tasks.reference: _reference(chart, gap),
    }
    return {**found, tasks.detail: detail} if tasks.detail else found


def _reference(chart: DecisionMap, gap: Gap) -> str:
    return f"{chart.name}/{gap.node.id}"


def gap_words(kind: GapKind) -> Message:
    """What a gap is, and what to do about it."""
    return _WORDS[kind]


_WORDS = {
    GapKind.UNBOUND: Message(
        "这一步没有依据。写明看哪个字段、按哪条规则；只能靠人判断的，写明依据从哪里来。",
        "This step rests on nothing. Name the field or the rule; where only a person can judge, say on what grounds.",
    ),
    GapKind.NO_SOURCE: Message(
        "这一步靠人判断，没写依据从哪里来。写一句话：看什么、问谁。",
        "A person judges here, and nothing says on what grounds. Write one sentence: what is looked at, who is asked.",
    ),
    GapKind.UNFILLED: Message(
        f"这一步依据的字段，近 {PERIOD_DAYS} 天没有一条记录填过。要么填起来，要么换依据。",
        f"Nobody has filled a field that this step rests on for {PERIOD_DAYS} days. Fill it, or choose other grounds.",
    ),
}
