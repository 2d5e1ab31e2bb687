"""One request of a data subject: its dry run in three buckets, the approval by a second person, progress, proof, certificate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.sovereignty.cargo import DOWNLOAD, Cargo
from engine.runtime.sovereignty.subjects.buckets import Bucket, PlanLine
from engine.runtime.sovereignty.subjects.clock import DESK
from engine.runtime.sovereignty.subjects.deciding import approve, plan_again, run_again, withdraw
from engine.runtime.sovereignty.subjects.plan import ErasePlan, read_plan
from engine.runtime.sovereignty.subjects.requests import (
    FROZEN,
    OPEN,
    RequestState,
    SubjectRequest,
    request_of,
    steps_of,
)
from engine.runtime.sovereignty.subjects.words import (
    ACT_WORDS,
    AUTHORITY_WORDS,
    BASIS_WORDS,
    BESIDE_WORDS,
    BUCKET_WORDS,
    GROUND_WORDS,
    IDENTITY_WORDS,
    LEFT_WORDS,
    PROBLEM_WORDS,
    STORE_WORDS,
)
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.subject_desk import line_of

SHOWN = 20
"""Ids of a store that the page shows; the download has all."""


@dataclass(frozen=True, slots=True)
class StoreLine:
    """A store in a bucket as it is read: what is done, to how many, the first ids, the ground, and how far it is."""

    store: str
    act: str
    count: int
    ids: Sequence[str]
    more: int
    ground: str
    done: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /subjects/{request}. Raises NotFound."""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Approve the digest that was shown, withdraw, plan anew, or run again. Raises what `deciding` raises."""
    request, form = decode_id(call.parameters["request"]), call.form_first()
    match form.get("act"):
        case "approve":
            approve(work, request, form.get("digest", ""))
        case "withdraw":
            withdraw(work, request)
        case "plan":
            plan_again(work, request)
        case "run":
            run_again(work, request)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{DESK}/{encode_id(request)}")


def download(work: Work, call: Call, site: Site) -> Response:
    """GET /subjects/{request}/{file}: the whole plan, or the certificate; neither holds a word about the subject."""
    found, kind = request_of(work.session, decode_id(call.parameters["request"])), call.parameters["file"]
    content = {"plan": found.plan, "certificate": found.certificate}.get(kind)
    if content is None:
        raise NotFound
    name = f"{kind}-{encode_id(found.id)}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    answer = Taken(content, media_type="application/json", headers=headers)
    answer.told = (("kind", kind),)
    return taken(answer, Cargo(DOWNLOAD, "G1", f"subject:{kind}", rows=1, size=len(content)))


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language = work.context.language
    found = request_of(work.session, decode_id(call.parameters["request"]))
    plan = read_plan(found.plan) if found.plan else None
    people = {user.id: user.label for user in all_users(work.session)}
    mine = found.created_by == work.context.principal.user_id
    problem = PROBLEM_WORDS.get(found.problem or "")
    values = {
        "title": Message("主体请求", "Request of a data subject").text(language),
        "message": message or (problem.text(language) if problem else ""),
        "line": line_of(work, found),
        "checked": [
            BASIS_WORDS[found.basis].text(language),
            IDENTITY_WORDS[found.identity].text(language),
            AUTHORITY_WORDS[found.authority].text(language),
        ],
        "approver": people.get(found.approved_by or 0, ""),
        "digest": found.digest or "",
        "buckets": _buckets(work, plan, found) if plan else [],
        "cases": plan.cases if plan else (),
        "searched": plan.searched if plan else 0,
        "unsearched": plan.short + plan.shared if plan else 0,
        "may_approve": found.state is RequestState.PLANNED and not mine,
        "own": found.state is RequestState.PLANNED and mine,
        "may_withdraw": found.state in (RequestState.PLANNED, RequestState.HELD),
        "working": found.state in (RequestState.PLANNING, *FROZEN),
        "open": found.state in OPEN,
        "unproved": found.state is RequestState.UNPROVED,
        "done": found.state is RequestState.DONE,
        "proof": _proof(found, language) if found.certificate else None,
    }
    return page_response(work, call, site, "subject_request.html", values, status=status)


def _buckets(work: Work, plan: ErasePlan, found: SubjectRequest) -> list[tuple[str, str, int, list[StoreLine]]]:
    done = {one.store for one in steps_of(work.session, found.id)}
    return [
        (
            bucket.value,
            BUCKET_WORDS[bucket].text(work.context.language),
            plan.count(bucket),
            [_store(work, one, done) for one in plan.lines if one.bucket is bucket],
        )
        for bucket in Bucket
    ]


def _store(work: Work, line: PlanLine, done: set[str]) -> StoreLine:
    language = work.context.language
    ground = GROUND_WORDS.get(line.ground)
    words = ground.text(language) if ground else line.ground.removeprefix("hold:")
    return StoreLine(
        _name(work, line.store),
        ACT_WORDS[line.act].text(language),
        len(line.keys),
        [_key(one) for one in line.keys[:SHOWN]],
        max(0, len(line.keys) - SHOWN),
        words,
        line.store in done,
    )


def _key(name: str) -> str:
    """An id as people know it; what is none stays as it is."""
    head, sign, rest = name.partition("/")
    return (encode_id(int(head)) if head.isdecimal() and len(head) > 12 else head) + sign + rest


def _name(work: Work, store: str) -> str:
    """A store in words: rows of an entity, what is kept beside them; a table of the kernel or a folder; else its name."""
    language = work.context.language
    if store in STORE_WORDS:
        return STORE_WORDS[store].text(language)
    head, sign, rest = store.partition("__")
    entity = work.model.entities.get(head)
    if entity is None:
        return store
    beside = BESIDE_WORDS.get(rest.partition("_")[0]) if sign else None
    return entity.label.text(language) + (f" · {beside.text(language)}" if beside else "")


def _proof(found: SubjectRequest, language: str) -> Mapping[str, object]:
    told = json.loads(found.certificate or "{}")["certificate"]
    proof, left = told["proof"], told["left"]
    return {
        "valid": proof["valid"] and not proof["hits"],
        "targets": proof["targets"],
        "forms": len(proof["forms"]),
        "files": proof["files"],
        "size": f"{proof['bytes'] / 1_000_000:.1f} MB",
        "hits": [(one["form"], one["place"]) for one in proof["hits"][:SHOWN]],
        "planted": proof["control"]["planted"],
        "missed": len(proof["control"]["missed"]),
        "left": [_left(one, language) for one in left],
    }


def _left(word: str, language: str) -> str:
    head, _, rest = word.partition(":")
    words = LEFT_WORDS.get(head)
    return (words.text(language) if words else head) + (f" ({rest})" if rest else "")
