"""Bodies of decisions: what was decided, on what, and whether it comes out the same again."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.runtime.identifiers import encode_id
from engine.runtime.negotiation.bodies import Body, dropped_body, package_body
from engine.runtime.negotiation.decision_tables import KeptDecision
from engine.runtime.negotiation.decisions import Decision, Replay
from engine.runtime.negotiation.packages import PACKAGE_WORDS, PackageKey
from engine.runtime.negotiation.row_prints import RowPrint
from engine.runtime.negotiation.stakes import ModelStake
from engine.widgets.identifiers import record_link


def kept_body(kept: KeptDecision, language: str) -> Body:
    """A decision in a list."""
    key = kept.choice if kept.choice in set(PackageKey) else ""
    return {
        "id": encode_id(kept.id),
        "at": kept.at.isoformat(),
        "by": encode_id(kept.by),
        "package": kept.choice,
        "label": PACKAGE_WORDS[PackageKey(key)].text(language) if key else "",
        "reason": kept.reason,
    }


def decision_body(model: AppModel, found: Decision, language: str) -> Body:
    """The whole record: inputs, features, versions by hash, rows by hash, and how the record ended."""
    stakes, advice = found.given.stakes, found.said.advice
    keys = tuple(one.key for one in stakes.levers)
    return {
        **kept_body(found.kept, language),
        "negotiation": found.kept.negotiation,
        "definition": found.kept.definition,
        "entity": found.kept.entity,
        "record": encode_id(found.kept.record),
        "chosen": package_body(found.said.chosen, keys, language),
        "now": package_body(advice.now, keys, language),
        "packages": [package_body(one, keys, language) for one in advice.packages],
        "offer": None if advice.offer is None else package_body(advice.offer, keys, language),
        "dropped": dropped_body(advice.dropped, language),
        "levers": [
            {
                "key": one.key,
                "label": one.label.text(language),
                "now": one.now,
                "limit": one.limit,
                "locked": one.locked,
            }
            for one in stakes.levers
        ],
        "models": [_model(model, one) for one in (stakes.win, stakes.late) if one is not None],
        "effect": {"state": stakes.effect.state, "value": stakes.effect.per_point, "n": stakes.effect.n},
        "jitter": _jitter(found),
        "evidence": [_print(one, found) for one in found.evidence],
        "sha256": found.kept.content_hash,
        "outcome": found.outcome,
    }


def _jitter(found: Decision) -> Body | None:
    """The draw that moved the price, with its seed."""
    one = found.given.jitter
    return None if one is None else {"most": one.most, "steps": one.steps, "seed": one.seed, "moved": one.moved}


def replay_body(found: Replay, language: str) -> Body:
    return {"same": found.same, "differs": [one.text(language) for one in found.differs]}


def _model(model: AppModel, stake: ModelStake) -> Body:
    """A version with the features that it was asked about."""
    return {
        "model": stake.model,
        "version": stake.version,
        "sha256": stake.sha256,
        "row": {"entity": stake.row.entity, "id": encode_id(stake.row.id), "version": stake.row.version},
        "features": list(stake.line),
    }


def _print(row: RowPrint, found: Decision) -> Body:
    record = encode_id(row.row.id)
    return {
        "use": row.use,
        "entity": row.row.entity,
        "id": record,
        "version": row.row.version,
        "title": row.row.title,
        "sha256": row.sha256,
        "url": record_link(row.row.entity, row.row.id),
        "as_it_was": f"/api/records/{row.row.entity}/{record}?as_of={found.kept.at.isoformat().replace('+00:00', 'Z')}",
    }
