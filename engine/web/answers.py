"""Answers: what widgets need, found through the choke point; a need that fails becomes a state the widget shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.diagnostics import DougongError
from engine.model.requests import AggregateRequest, AllOf, RecordPage
from engine.runtime.attachments import list_attachments
from engine.runtime.database.errors import SchemaChanged
from engine.runtime.history import history
from engine.runtime.inbox.entries import APPROVAL, FLOW, Wish
from engine.runtime.inbox.reading import COUNTED_TO, inbox_counts, inbox_page
from engine.runtime.inbox.row_entries import kinds_for
from engine.runtime.knowledge.next_step import Customer
from engine.runtime.knowledge.seeing import visible_graphs
from engine.runtime.metrics.aggregate import aggregate, fills
from engine.runtime.metrics.effects import effect_of
from engine.runtime.organisation.units import units_by_id
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.lists import list_records
from engine.runtime.query.rights import field_rights
from engine.runtime.query.value_totals import value_totals
from engine.runtime.records.owners import keeps_owners, owners_of
from engine.runtime.sources.freshness import stamp_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_starting import startable
from engine.runtime.workflow.offers import offers_for
from engine.runtime.written import written_on
from engine.web.comment_threads import thread_of
from engine.web.conditions import scene_value
from engine.web.duty_states import duty_state
from engine.web.flow_views import record_flows
from engine.web.inbox_lines import entry_lines
from engine.web.knowledge_views import next_step_view
from engine.web.map_views import map_view
from engine.web.organisation_chart import organisation_chart
from engine.web.own_units import own_units
from engine.web.record_offers import offer_of, with_link_titles
from engine.web.rows_beside import rows_beside
from engine.widgets.chosen_dimensions import narrowed, narrowed_rows
from engine.widgets.contract import (
    Aggregates,
    AttachmentList,
    BoardTotals,
    ColumnTotals,
    CommentThread,
    DecisionChain,
    DutyDone,
    EventEffect,
    Failed,
    FieldHistory,
    FieldRights,
    FlowStarts,
    Freshness,
    GroupedRows,
    InboxItems,
    LeftOut,
    ManyRows,
    Need,
    NextStep,
    Offer,
    OrganisationTree,
    OwnedSpan,
    OwnUnits,
    RecordFlows,
    RecordOwners,
    RecordsWritten,
    RowGroup,
    RowGroups,
    Rows,
    RowsBeside,
    Scene,
    TooMany,
    TransitionOffers,
)
from engine.widgets.inbox_parts import InboxShown
from engine.widgets.periods import Period
from engine.widgets.row_groups import OPENED, SHOWN, arranged, key_of, within


def answer_need(work: Work, scene: Scene, need: Need) -> object:
    """What a widget asked for, or Failed with words for the reader; LeftOut for what has only a present."""
    if work.context.as_of is not None and type(need) not in HAVE_A_PAST:
        return () if type(need) in ACTS else LeftOut()
    try:
        return _ANSWERS[type(need)](work, scene, need)
    except SchemaChanged:
        raise
    except DougongError as error:
        return Failed(error.code, error.message.text(scene.language))


def _rows(work: Work, scene: Scene, need: Rows) -> object:
    return with_link_titles(work, list_records(work, narrowed_rows(scene, need.request)))


def _many_rows(work: Work, scene: Scene, need: ManyRows) -> object:
    request = narrowed_rows(scene, need.request)
    page = list_records(work, replace(request, limit=min(need.most, MOST_ROWS)))
    records, total = list(page.records), (page.total, page.total_capped)
    while page.next_cursor is not None and len(records) < need.most:
        limit = min(need.most - len(records), MOST_ROWS)
        page = list_records(work, replace(request, limit=limit, count=False, cursor=page.next_cursor))
        records += page.records
    return with_link_titles(work, RecordPage(tuple(records), page.next_cursor, *total))


def _column_totals(work: Work, scene: Scene, need: ColumnTotals) -> object:
    found = value_totals(work, narrowed_rows(scene, need.request), need.by, need.summed)
    told = [one for one in found.values if one.value is not None]
    sums = {str(one.value): one.sum for one in told if one.sum is not None}
    return BoardTotals({str(one.value): one.count for one in told}, sums, found.capped)


def _grouped_rows(work: Work, scene: Scene, need: GroupedRows) -> object:
    """All groups in one statement, then the first rows of each open one."""
    request = narrowed_rows(scene, need.request)
    totals = value_totals(work, request, need.by, need.summed)
    every = arranged(need.field, (RowGroup(one.value, one.title, one.count, one.sum) for one in totals.values))

    def opened(at: int, one: RowGroup) -> RowGroup:
        if (at < OPENED) == (key_of(one.value) in need.folded):
            return one
        where = AllOf((request.where, within(need.by, need.field, one.value)))
        return replace(one, page=with_link_titles(work, list_records(work, replace(request, where=where))))

    groups = tuple(opened(at, one) for at, one in enumerate(every[:SHOWN]))
    return RowGroups(groups, totals.capped, max(0, len(every) - SHOWN))


def _aggregates(work: Work, scene: Scene, need: Aggregates) -> object:
    request = narrowed(scene, need.request)
    asked = _shifted(request, scene) if need.previous else request
    return TooMany() if need.whole and fills(work, asked) else aggregate(work, asked)


def _shifted(request: AggregateRequest, scene: Scene) -> AggregateRequest:
    period = scene.filters.get("period")
    if not isinstance(period, Period):
        return request
    earlier = period.previous()
    return replace(request, since=earlier.since, until=earlier.until)


def _history(work: Work, scene: Scene, need: FieldHistory) -> object:
    if scene.entity is None or scene.record is None:
        return ()
    return history(work, scene.entity.name, scene.record.id)[: need.limit]


def _attachments(work: Work, scene: Scene, need: AttachmentList) -> object:
    if scene.entity is None or scene.record is None:
        return ()
    return list_attachments(work, scene.entity.name, scene.record.id)


def _offers(work: Work, scene: Scene, need: TransitionOffers) -> object:
    if scene.entity is None or scene.record is None:
        return ()
    return tuple(
        Offer(one.transition, one.allowed, one.reason.text(scene.language) if one.reason else "")
        for one in offers_for(work, scene.entity.name, scene.record.id)
    )


def _rights(work: Work, scene: Scene, need: FieldRights) -> object:
    record = scene.record.id if scene.record and scene.entity and scene.entity.name == need.entity else None
    return field_rights(work, need.entity, record)


def _flows(work: Work, scene: Scene, need: RecordFlows) -> object:
    return record_flows(work, scene)


def _starts(work: Work, scene: Scene, need: FlowStarts) -> object:
    if scene.entity is None or scene.record is None:
        return ()
    found = startable(work, scene.entity.name, scene.record.id)
    return tuple((one.flow.name, scene.words(one.trigger.label) or scene.words(one.flow.label)) for one in found)


def _written(work: Work, scene: Scene, need: RecordsWritten) -> object:
    return tuple(offer_of(one) for one in written_on(work, work.context.today))


def _duty(work: Work, scene: Scene, need: DutyDone) -> object:
    return duty_state(work, need.duty)


def _organisation(work: Work, scene: Scene, need: OrganisationTree) -> object:
    return organisation_chart(work, need)


def _own_units(work: Work, scene: Scene, need: OwnUnits) -> object:
    return own_units(work)


def _owners(work: Work, scene: Scene, need: RecordOwners) -> object:
    """For who may read which unit owns the record."""
    entity = scene.entity
    if entity is None or scene.record is None or not keeps_owners(entity) or entity.owned_by is None:
        return ()
    if entity.owned_by[0] not in scene.record.cells:
        return ()
    spans = owners_of(work, entity.name, scene.record.id)
    units = units_by_id(work.session, (one.unit for one in spans if one.unit is not None))
    names = {identity: unit.label(scene.language) for identity, unit in units.items()}
    return tuple(OwnedSpan(names.get(one.unit or 0, ""), one.valid_from, one.valid_to) for one in reversed(spans))


def _inbox(work: Work, scene: Scene, need: InboxItems) -> object:
    if need.kind and need.kind not in {APPROVAL, FLOW, *kinds_for(work)}:
        return InboxShown((), 0)
    page = inbox_page(work, Wish(need.kind, limit=need.limit))
    counts = inbox_counts(work)
    total = counts[need.kind] if need.kind else sum(counts.values())
    return InboxShown(tuple(entry_lines(work, scene, page.entries)), min(total, COUNTED_TO), total >= COUNTED_TO)


def _decision_chain(work: Work, scene: Scene, need: DecisionChain) -> object:
    return map_view(work, scene, need.name)


def _effect(work: Work, scene: Scene, need: EventEffect) -> object:
    return effect_of(work, need.request)


def _freshness(work: Work, scene: Scene, need: Freshness) -> object:
    return stamp_of(work, need.entity)


def _next_step(work: Work, scene: Scene, need: NextStep) -> object:
    """By the graph and the segment that the record's formulas name; nothing where the reader sees no such graph."""
    name = scene_value(scene, need.graph)
    if not any(graph.name == name for graph in visible_graphs(work)):
        return None
    own = scene_value(scene, need.segment) if need.segment is not None else ""
    segment = need.chosen or (own if isinstance(own, str) else "")
    return next_step_view(work, scene, str(name), Customer(segment, need.heard, need.used))


_ANSWERS: Mapping[type, Callable[..., object]] = {
    Rows: _rows,
    ManyRows: _many_rows,
    RowsBeside: rows_beside,
    Freshness: _freshness,
    ColumnTotals: _column_totals,
    GroupedRows: _grouped_rows,
    Aggregates: _aggregates,
    FieldHistory: _history,
    AttachmentList: _attachments,
    TransitionOffers: _offers,
    FieldRights: _rights,
    RecordFlows: _flows,
    FlowStarts: _starts,
    OrganisationTree: _organisation,
    OwnUnits: _own_units,
    RecordOwners: _owners,
    CommentThread: thread_of,
    InboxItems: _inbox,
    RecordsWritten: _written,
    DutyDone: _duty,
    DecisionChain: _decision_chain,
    EventEffect: _effect,
    NextStep: _next_step,
}
HAVE_A_PAST = frozenset({Rows, ManyRows, GroupedRows, Aggregates, FieldRights})
"""Needs that can be answered as of a moment."""
ACTS = frozenset({TransitionOffers, FlowStarts})
"""Needs of what one can do, which in the past is nothing."""
