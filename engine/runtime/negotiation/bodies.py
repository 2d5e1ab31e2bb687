"""Bodies: a sandbox as the interface answers it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.negotiations import Negotiation
from engine.runtime.identifiers import encode_id
from engine.runtime.negotiation.advice import Dropped
from engine.runtime.negotiation.concessions import said
from engine.runtime.negotiation.corridors import Corridor
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.delivery_signals import SignalWindow
from engine.runtime.negotiation.desk import observed
from engine.runtime.negotiation.history_matrix import HistoryMatrix
from engine.runtime.negotiation.packages import PACKAGE_WORDS, Estimate, Package, RowEvidence
from engine.runtime.negotiation.payment_history import Payment
from engine.runtime.negotiation.readings import label_of
from engine.runtime.negotiation.sandbox import Sandbox, Table
from engine.runtime.negotiation.similar import Similar, SimilarRow
from engine.runtime.negotiation.stakes import EffectStake
from engine.widgets.identifiers import record_link

Body = dict[str, object]


def sandbox_body(model: AppModel, found: Sandbox, language: str) -> Body:
    """The whole answer."""
    deal, negotiation = found.deal, found.deal.negotiation
    keys = lever_keys(negotiation)
    return {
        "negotiation": negotiation.name,
        "entity": negotiation.entity,
        "record": encode_id(deal.record),
        "title": deal.title,
        "label": negotiation.label.text(language),
        "terms_row": {"entity": negotiation.history.entity, "id": encode_id(deal.row.id), "version": deal.row.version},
        "levers": lever_bodies(model, found, language),
        "now": package_body(found.now, keys, language),
        "packages": [package_body(one, keys, language) for one in found.packages],
        "dropped": dropped_body(found.dropped, language),
        "similar": similar_body(negotiation, found.similar, language),
        "corridor": {key: _corridor(one) for key, one in zip(keys, found.corridors, strict=True)},
        "signals": _signals(negotiation, found.signals, language),
        "payment": {
            "late": estimate_body(found.now.late),
            "badge": _text(found.now.badge, language),
            "history": [_payment(negotiation, one) for one in found.payments.past],
            "coming": {"n": found.payments.coming, "amount": found.payments.coming_amount, "more": found.payments.more},
        },
        "effect": _effect(found.effect, language),
        "notes": [one.text(language) for one in found.notes],
    }


def similar_body(negotiation: Negotiation, similar: Similar, language: str) -> Body:
    """The nearest decided rows, of how many."""
    keys = lever_keys(negotiation)
    return {"n": similar.n, "rows": [_similar(negotiation, one, keys, language) for one in similar.rows]}


def lever_keys(negotiation: Negotiation) -> tuple[str, ...]:
    return tuple(one.id for one in negotiation.levers)


def lever_bodies(model: AppModel, found: Sandbox, language: str) -> list[Body]:
    """The levers: what they are called, where they are now, how far they may go and why no further."""
    return [_lever(model, found.deal, found.matrix, at, language) for at in range(len(found.deal.now))]


def _lever(model: AppModel, deal: Deal, matrix: HistoryMatrix, at: int, language: str) -> Body:
    lever, reach = deal.negotiation.levers[at], deal.reaches[at]
    entity = deal.negotiation.history.entity
    field = model.field(entity, lever.field)
    low, high = observed(matrix, at, deal.now[at])
    return {
        "key": lever.id,
        "label": label_of(model, entity, lever.field, lever.label).text(language),
        "unit": field.measure_unit.text(language) if field is not None else "",
        "kind": str(field.kind) if field is not None else "decimal",
        "part": str(lever.part),
        "customer_likes": "more" if lever.generous > 0 else "less",
        "min": low,
        "max": high,
        "steps": list(lever.steps),
        "now": deal.now[at],
        "limit": reach.limit,
        "locked": reach.locked,
        "why_limit": reach.why.text(language),
    }


def offer_body(model: AppModel, found: Table, language: str) -> Body:
    """How a counter-offer stands, and what is answered to it."""
    negotiation, advice = found.deal.negotiation, found.advice
    keys = lever_keys(negotiation)
    return {
        "offer": None if advice.offer is None else package_body(advice.offer, keys, language),
        "now": package_body(advice.now, keys, language),
        "packages": [package_body(one, keys, language) for one in advice.packages],
        "dropped": dropped_body(advice.dropped, language),
        "breaches": [_breach(model, found, at, language) for at in advice.breaches],
        "notes": [one.text(language) for one in (*found.laid.notes, *advice.notes)],
    }


def _breach(model: AppModel, found: Table, at: int, language: str) -> Body:
    """A lever of an offer that goes beyond what the asker may give, and who may."""
    lever, reach = found.deal.negotiation.levers[at], found.deal.reaches[at]
    stake, offer = found.laid.stakes.levers[at], found.advice.offer
    asked = offer.terms[at] if offer is not None else stake.now
    roles = [model.roles[one].label.text(language) for one in reach.who_may(lever, asked) if one in model.roles]
    limit = said(stake, reach.limit)
    words = Message(
        f"{stake.label.zh} 最多到 {limit.zh}（{reach.why.zh}）", f"{stake.label.en}: up to {limit.en} ({reach.why.en})"
    )
    return {"lever": lever.id, "limit": reach.limit, "words": words.text(language), "who_may": roles}


def dropped_body(dropped: Dropped, language: str) -> Body:
    """How many candidates were dropped, with why."""
    words = Message(
        f"试了 {dropped.of} 种组合：超出权限 {dropped.authority}，历史上没有此类条款 {dropped.support}，"
        f"低于底线 {dropped.floor}，模型没学过 {dropped.silent}",
        f"{dropped.of} combinations: {dropped.authority} beyond authority, {dropped.support} unlike any terms of "
        f"history, {dropped.floor} below the floor, {dropped.silent} outside of what the models learnt from",
    )
    return {
        "of": dropped.of,
        "authority": dropped.authority,
        "support": dropped.support,
        "floor": dropped.floor,
        "silent": dropped.silent,
        "words": words.text(language),
    }


def _effect(effect: EffectStake, language: str) -> Body:
    return {
        "state": effect.state,
        "value": effect.per_point,
        "low": effect.low,
        "high": effect.high,
        "n": effect.n,
        "overlap": effect.overlap.text(language),
        "words": effect.words.text(language),
    }


def package_body(package: Package, keys: Sequence[str], language: str) -> Body:
    """A package; what is not known, or not for this person, is null."""
    margin = package.margin
    return {
        "key": str(package.key),
        "label": PACKAGE_WORDS[package.key].text(language),
        "terms": dict(zip(keys, package.terms, strict=True)),
        "changed": list(package.changed),
        "price": package.price,
        "win": estimate_body(package.win),
        "late": estimate_body(package.late),
        "margin": None if margin is None else {"money": margin.money, "rate": margin.rate, "expected": margin.expected},
        "badge": _text(package.badge, language),
        "effect": _text(package.effect, language),
        "reasons": [
            {"group": one.group, "share": one.share, "words": one.words.text(language)} for one in package.reasons
        ],
        "path": [{"give": one.give.text(language), "get": one.get.text(language)} for one in package.path],
        "evidence": [evidence_body(one) for one in package.evidence],
        "silent": [one.text(language) for one in package.silent],
    }


def estimate_body(estimate: Estimate | None) -> Mapping[str, float] | None:
    return None if estimate is None else {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def evidence_body(row: RowEvidence) -> Body:
    record = encode_id(row.id)
    return {
        "entity": row.entity,
        "id": record,
        "version": row.version,
        "title": row.title,
        "url": record_link(row.entity, row.id),
    }


def _text(words: Message | None, language: str) -> str | None:
    return None if words is None else words.text(language)


def _similar(negotiation: Negotiation, row: SimilarRow, keys: Sequence[str], language: str) -> Body:
    record = encode_id(row.id)
    contract = row.contract
    body: Body = {
        "entity": negotiation.history.entity,
        "id": record,
        "version": row.version,
        "title": row.title,
        "url": record_link(negotiation.history.entity, row.id),
        "outcome": "won" if row.won else "lost",
        "distance": round(row.distance, 4),
        "why": [one.text(language) for one in row.why],
        "terms": dict(zip(keys, row.terms, strict=True)),
        "contract": None,
        "clauses": [{"kind": one.kind.text(language), "text": one.text} for one in row.clauses],
    }
    if contract is not None and negotiation.contract is not None:
        signed = encode_id(contract[0])
        entity = negotiation.contract.entity
        body["contract"] = {
            "entity": entity,
            "id": signed,
            "title": contract[1],
            "url": record_link(entity, contract[0]),
        }
    return body


def _corridor(corridor: Corridor) -> Body:
    return {"p10": corridor.low, "p50": corridor.middle, "p90": corridor.high, "n": corridor.n}


def _signals(negotiation: Negotiation, window: SignalWindow | None, language: str) -> Body | None:
    if window is None or negotiation.signals is None:
        return None
    entity = negotiation.signals.entity
    events = [
        {
            "entity": entity,
            "id": encode_id(one.id),
            "version": one.version,
            "on": one.on.isoformat(),
            "source": one.source.text(language),
            "confidence": one.confidence.text(language),
            "text": one.text,
            "source_url": one.url or None,
            "url": record_link(entity, one.id),
        }
        for one in window.events
    ]
    gaps = [{"from": one.since.isoformat(), "to": one.until.isoformat(), "days": one.days} for one in window.gaps]
    return {"days": window.days, "events": events, "gaps": gaps}


def _payment(negotiation: Negotiation, payment: Payment) -> Body:
    entity = negotiation.payment.entity if negotiation.payment is not None else ""
    record = encode_id(payment.id)
    return {
        "entity": entity,
        "id": record,
        "version": payment.version,
        "on": None if payment.due is None else payment.due.isoformat(),
        "days_late": payment.days_late,
        "amount": payment.amount,
        "url": record_link(entity, payment.id),
    }
