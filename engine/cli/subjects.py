"""`dougong subject`: plan an erasure, approve and run it, verify its certificate, place and release legal holds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from engine.application import Installation, make_eraser
from engine.cli.console import Console
from engine.cli.data import context_of_account
from engine.cli.opening import writing
from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.subjects.buckets import Bucket
from engine.runtime.sovereignty.subjects.certificate import VERIFIER, public_key
from engine.runtime.sovereignty.subjects.deciding import (
    approve,
    check_may_answer,
    hold,
    open_request,
    release,
    run_again,
)
from engine.runtime.sovereignty.subjects.holds import holds_of
from engine.runtime.sovereignty.subjects.ledger import ledger_path
from engine.runtime.sovereignty.subjects.plan import read_plan
from engine.runtime.sovereignty.subjects.requests import (
    RequestState,
    SubjectRequest,
    request_of,
    requests_in,
    requests_of,
)
from engine.runtime.sovereignty.subjects.verify_certificate import problems_of
from engine.runtime.sovereignty.subjects.words import BUCKET_WORDS, STATE_WORDS
from engine.runtime.work import Work
from engine.runtime.workers import Workers

R = TypeVar("R")
SHOWN = 5
"""Ids of a store that are shown on a console; --json tells all."""


class SubjectMisused(DougongError):
    """A subject command lacks what it needs."""

    code = "subject_misused"
    status = 422


def subject(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on requests of data subjects."""
    acts: dict[str, Callable[[argparse.Namespace, Settings, Console], int]] = {
        "plan": _plan,
        "erase": _erase,
        "list": _list,
        "verify": _verify,
        "verifier": _verifier,
        "hold": _hold,
        "release": _release,
        "holds": _holds,
    }
    return acts[given.act](given, settings, console)


def _plan(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Take a request in and say what would be done; writes nothing of the subject."""
    _needs(given, "what", "record", "user")
    with writing(settings) as installation:
        entity, record = given.what, decode_id(given.record)
        ledger = ledger_path(settings.data, settings.erase_ledger)
        checked = (given.basis, given.identity, given.authority)
        begun = installation.database.read(lambda session: _begun(session, entity, record))
        if begun is None:
            begun = _by(installation, given.user, lambda work: open_request(work, (entity, record), checked, ledger).id)
        found = _carried_on(installation, begun)
    _say_plan(found, console)
    return 0


def _erase(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Approve the very plan of a digest and run it, or go on with one that was broken off; exit 1 when it is not proved."""
    _needs(given, "what")
    request = decode_id(given.what)
    with writing(settings) as installation:
        found = installation.database.read(lambda session: request_of(session, request))
        if found.state in (RequestState.PLANNED, RequestState.HELD):
            _needs(given, "user", "digest")
            _by(installation, given.user, lambda work: approve(work, request, given.digest))
        elif found.state is RequestState.UNPROVED:
            _needs(given, "user")
            _by(installation, given.user, lambda work: run_again(work, request))
        found = _carried_on(installation, request)
        key = public_key(installation.workplace.key)
    if found.certificate and given.out:
        given.out.write_text(found.certificate, "utf-8")
    words = STATE_WORDS[found.state]
    console.say(f"{words.zh} {found.problem or ''}", f"{words.en} {found.problem or ''}")
    if found.certificate:
        proof = json.loads(found.certificate)["certificate"]["proof"]
        console.say(
            f"证明：{proof['targets']} 个标识 × {len(proof['forms'])} 种形式，{proof['files']} 个文件，发现 {len(proof['hits'])} 处；对照 {proof['control']['planted']} 处全部找到：{'是' if proof['valid'] else '否'}",
            f"Proof: {proof['targets']} identifiers in {len(proof['forms'])} forms, {proof['files']} files, {len(proof['hits'])} found; all {proof['control']['planted']} of the control found: {'yes' if proof['valid'] else 'no'}",
        )
    console.result(
        {**_told(found), "public_key": key, "certificate": found.certificate and json.loads(found.certificate)}
    )
    return 0 if found.state is RequestState.DONE else 1


def _list(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    with writing(settings) as installation:
        found = installation.database.read(requests_of)
    for one in found:
        words = STATE_WORDS[one.state]
        console.say(f"{encode_id(one.id)} {one.entity} {words.zh}", f"{encode_id(one.id)} {one.entity} {words.en}")
    console.result([_told(one) for one in found])
    return 0


def _verify(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Whether a certificate holds; needs no installation."""
    _needs(given, "what")
    try:
        found = problems_of(json.loads(Path(given.what).read_text("utf-8")), given.key)
    except (ValueError, KeyError, TypeError):
        raise SubjectMisused(Message(f"{given.what} 不是证书", f"{given.what} is no certificate")) from None
    console.say(
        "证书成立" if not found else "证书不成立：" + ", ".join(found),
        "It holds" if not found else "It does not hold: " + ", ".join(found),
    )
    if not given.key:
        console.say(
            "未核对签发者；用 --key 给出安装的公钥",
            "Who made it was not checked; --key gives the installation's public key",
        )
    console.result({"holds": not found, "problems": found, "key_checked": bool(given.key)})
    return 1 if found else 0


def _verifier(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The one file that verifies certificates without us."""
    target = given.out or Path(VERIFIER.name)
    target.write_bytes(VERIFIER.read_bytes())
    console.say(f"已写入 {target}", f"Written to {target}")
    console.result({"verifier": str(target)})
    return 0


def _hold(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    _needs(given, "what", "user", "case", "review")
    record = decode_id(given.record) if given.record else None
    covers = (given.covers or None, _day(given.since), _day(given.until))
    with writing(settings) as installation:
        made = _by(
            installation,
            given.user,
            lambda work: hold(work, (given.what, record), (given.case, date.fromisoformat(given.review)), covers),
        )
    console.say(f"法律保全 {encode_id(made.id)} 已设置", f"Legal hold {encode_id(made.id)} is placed")
    console.result({"hold": encode_id(made.id), "case": made.case_number})
    return 0


def _release(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    _needs(given, "what", "user")
    with writing(settings) as installation:
        _by(installation, given.user, lambda work: release(work, decode_id(given.what)))
        for one in installation.database.read(requests_of):
            _carried_on(installation, one.id) if one.state is RequestState.PLANNING else None
    console.say("法律保全已解除", "The legal hold is released")
    console.result({"released": given.what})
    return 0


def _holds(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    with writing(settings) as installation:
        found = installation.database.read(lambda session: holds_of(session, active=False))
    for one in found:
        state = ("已解除", "released") if one.released_at else ("有效", "in force")
        console.say(
            f"{encode_id(one.id)} {one.case_number} {state[0]}", f"{encode_id(one.id)} {one.case_number} {state[1]}"
        )
    console.result(
        [{"hold": encode_id(one.id), "case": one.case_number, "released": bool(one.released_at)} for one in found]
    )
    return 0


def _begun(session: Session, entity: str, record: int) -> int | None:
    """A request about the subject whose dry run was broken off."""
    found = (
        one.id for one in requests_in(session, (RequestState.PLANNING,)) if (one.entity, one.record) == (entity, record)
    )
    return next(found, None)


def _by(installation: Installation, account: str, act: Callable[[Work], R]) -> R:
    """What somebody does who answers requests."""
    context = context_of_account(installation, account)

    def allowed(work: Work) -> R:
        check_may_answer(work)
        return act(work)

    return installation.workplace.write(context, allowed)


def _carried_on(installation: Installation, request: int) -> SubjectRequest:
    worker = Workers("proving")
    try:
        return make_eraser(installation, worker).carry_on(installation.workplace, request)
    finally:
        worker.end()


def _say_plan(found: SubjectRequest, console: Console) -> None:
    plan = read_plan(found.plan or "{}")
    console.say(
        f"请求 {encode_id(found.id)}，摘要 {found.digest}", f"Request {encode_id(found.id)}, digest {found.digest}"
    )
    for bucket in Bucket:
        words = BUCKET_WORDS[bucket]
        console.say(f"{words.zh}:{plan.count(bucket)}", f"{words.en}: {plan.count(bucket)}")
        for line in (one for one in plan.lines if one.bucket is bucket):
            more = "…" if len(line.keys) > SHOWN else ""
            listed = ", ".join(line.keys[:SHOWN])
            console.line(f"  {line.store} [{line.act}] {len(line.keys)}: {listed}{more} {line.ground}".rstrip())
    console.result(
        {
            **_told(found),
            "lines": [
                {
                    "store": one.store,
                    "bucket": one.bucket.value,
                    "act": one.act,
                    "ground": one.ground,
                    "keys": list(one.keys),
                }
                for one in plan.lines
            ],
        }
    )


def _told(one: SubjectRequest) -> dict[str, object]:
    return {
        "request": encode_id(one.id),
        "entity": one.entity,
        "state": one.state.value,
        "digest": one.digest,
        "problem": one.problem,
        "due_at": one.due_at.isoformat(),
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _needs(given: argparse.Namespace, *names: str) -> None:
    for name in names:
        if not getattr(given, name):
            told = {"what": "…", "record": "…"}.get(name, f"--{name}")
            raise SubjectMisused(
                Message(f"subject {given.act} 缺少 {told}({name})", f"subject {given.act} lacks {told} ({name})")
            )
