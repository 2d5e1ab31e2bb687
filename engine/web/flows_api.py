"""The interface to flows: an instance with its log, and every act."""

from __future__ import annotations

import os

from starlette.responses import Response

from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.instants import from_micros
from engine.runtime.query.records import get_record
from engine.runtime.storage.times import instant_text
from engine.runtime.work import Work
from engine.runtime.workflow.flow_acts import act_on_flow, act_on_task
from engine.runtime.workflow.flow_driver import asked_now, stands_at
from engine.runtime.workflow.flow_instances import Instance, instances_of, log_of
from engine.runtime.workflow.flow_reading import Sight, Subject, seen_instance, subject_of, subjects
from engine.runtime.workflow.flow_signatures import verified
from engine.runtime.workflow.flow_starting import check_signature, start_by_call, start_by_hand, webhook
from engine.runtime.workflow.webhook_signatures import ID as WEBHOOK_ID
from engine.web.calls import Call
from engine.web.flow_bodies import given_by_body, given_by_call, token_of
from engine.web.records_api import api_entity
from engine.web.responses import json_response
from engine.web.site import Site


def of_record(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/flows: the flows about a record, newest first."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    get_record(work, entity.name, record)
    found = instances_of(work.session, entity.name, record)
    told = subjects(work, found)
    return json_response({"flows": [_instance(work, one, told[one.flow, one.record]) for one in found]})


def read(work: Work, call: Call, site: Site) -> Response:
    """GET /api/flows/{flow}: an instance with everything that happened to it."""
    row, sight = seen_instance(work, decode_id(call.parameters["flow"]))
    log = [
        {
            "number": one.number,
            "at": instant_text(from_micros(one.at)),
            "actor": encode_id(one.actor) if one.actor else None,
            "behalf": encode_id(one.behalf) if one.behalf else None,
            "kind": one.kind,
            "step": one.step,
            "comment": one.comment if sight is Sight.WHOLE else None,
            "version": one.version,
            "signature": one.signature,
            "seal": verified(work, row, one),
        }
        for one in log_of(work.session, row.id)
    ]
    return json_response({**_instance(work, row, subject_of(work, row)), "log": log})


def begin(work: Work, call: Call, site: Site) -> Response:
    """POST /api/records/{entity}/{record}/flows/{flow}: start a flow by hand."""
    entity, record = api_entity(work, call), decode_id(call.parameters["record"])
    row = start_by_hand(work, entity.name, record, call.parameters["flow"])
    return json_response(_instance(work, row, subject_of(work, row)), 201)


def called(work: Work, call: Call, site: Site) -> Response:
    """POST /api/hooks/{flow}/{trigger}: a call from outside, signed over its body; repeats come with their key."""
    name, trigger = call.parameters["flow"], call.parameters["trigger"]
    check_signature(os.environ, webhook(work, name, trigger)[1], call.body, call.headers, work.context.now)
    key = call.headers.get("idempotency-key") or call.headers.get(WEBHOOK_ID)
    outcome = start_by_call(work, name, trigger, call.json, key)
    return json_response({"id": encode_id(outcome.id)}, 200 if outcome.replayed else 201)


def act_on_a_task(work: Work, call: Call, site: Site) -> Response:
    """POST /api/tasks/{task}/{act}."""
    identity = decode_id(call.parameters["task"])
    given = given_by_call(work, call, identity)
    row = act_on_task(work, call.parameters["act"], identity, given)
    return json_response(_instance(work, row, subject_of(work, row)))


def act_on_a_flow(work: Work, call: Call, site: Site) -> Response:
    """POST /api/flows/{flow}/{act}."""
    row = act_on_flow(
        work, call.parameters["act"], decode_id(call.parameters["flow"]), given_by_body(call), token_of(call)
    )
    return json_response(_instance(work, row, subject_of(work, row)))


def _instance(work: Work, row: Instance, subject: Subject) -> dict[str, object]:
    return {
        "id": encode_id(row.id),
        "flow": row.flow,
        "title": subject.title,
        "entity": row.entity,
        "record": encode_id(row.record),
        "initiator": encode_id(row.initiator) if row.initiator else None,
        "outcome": row.outcome,
        "problem": row.problem,
        "at": list(stands_at(row)),
        "started_at": instant_text(from_micros(row.started_at)),
        "ended_at": instant_text(from_micros(row.ended_at)) if row.ended_at is not None else None,
        "waiting": [{"user": encode_id(one.user), "step": one.step} for one in asked_now(work, row)],
    }
