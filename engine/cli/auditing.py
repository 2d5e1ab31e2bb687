"""`dougong audit`: verify the chain with what vouches for it, seal what waits, show its head, declare canary records."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.application import Installation, audit_sealer
from engine.cli.console import Console
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.installation.demo import service_context
from engine.model.level_rules import SENSITIVE
from engine.runtime.audit_chain.anchors import Anchors, read_anchors
from engine.runtime.audit_chain.canary_rows import canaries, declare_canary, withdraw_canary
from engine.runtime.audit_chain.earlier import first_broken_earlier, is_earlier
from engine.runtime.audit_chain.sealing import newest_head
from engine.runtime.audit_chain.verifying import Proofs, Verdict, verify_chain
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.records.stored import stored_row
from engine.runtime.settings import Settings
from engine.runtime.work import Work

UNREADABLE = 2


def audit(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Of verify: 0 the chain holds, 1 it is broken, 2 the anchors cannot be read."""
    return {"verify": _verify, "seal": _seal, "head": _head, "canary": _canary}[given.act](given, settings, console)


def _seal(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    with writing(settings) as installation:
        sealer = audit_sealer(installation)
        sealer.stop()
        return _show_head(installation, console)


def _canary(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Declare or withdraw a canary record, or list them. Raises NotFound."""
    with writing(settings) as installation:
        context = service_context(installation.workplace, installation.clock.now(), settings.zone)
        if not given.entity:
            found = sorted(installation.database.read(canaries))
            for entity, record in found:
                console.line(f"{entity} {encode_id(record)}")
            console.result([{"entity": entity, "record": encode_id(record)} for entity, record in found])
            return 0
        record, entity = decode_id(given.record), given.entity
        if given.withdraw:
            gone = installation.workplace.write(context, lambda work: withdraw_canary(work, entity, record))
            console.say("已撤销" if gone else "它不是金丝雀", "Withdrawn" if gone else "It is no canary")
            console.result({"withdrawn": gone})
            return 0 if gone else 1
        installation.workplace.write(context, lambda work: _declare(work, entity, record))
        console.say(
            "已设为金丝雀：有人读取它的敏感字段就会报警", "A canary: whoever reads its guarded fields makes an alarm"
        )
        console.result({"entity": entity, "record": given.record})
    return 0


def _declare(work: Work, entity: str, record: int) -> None:
    declared = work.model.entities.get(entity)
    if declared is None or not any(SENSITIVE & {one.level, one.floor} for one in declared.fields.values()):
        raise NoGuardedField(entity)
    stored_row(work, declared, record)
    declare_canary(work, entity, record)


class NoGuardedField(DougongError):
    """An entity has no field whose reading is recorded, so that a canary of it could not be noticed."""

    code = "no_guarded_field"
    status = 422

    def __init__(self, entity: str) -> None:
        super().__init__(
            Message(
                f"没有实体 {entity}，或它没有 G3 以上的字段：读取它不会被记录",
                f"There is no entity {entity}, or it has no field of level G3 or above: reading it is not recorded",
            )
        )


def _head(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    with opened(settings) as installation:
        return _show_head(installation, console)


def _show_head(installation: Installation, console: Console) -> int:
    """The newest signed head as the line that an anchor file keeps."""
    head = installation.database.read(lambda session: None if is_earlier(session) else newest_head(session))
    if head is None:
        console.say("还没有封存的记录", "Nothing is sealed yet")
    else:
        console.line(head.line)
    console.result({"head": head.line if head else None})
    return 0


def _verify(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    anchors = _anchors(given.anchor, console) if given.anchor else Anchors((), 0)
    if anchors is None:
        return UNREADABLE
    with opened(settings) as installation:
        key = installation.workplace.key
        if installation.database.read(is_earlier):
            return _verify_earlier(installation, console)
        proofs = Proofs(key, anchors.heads, given.deep)
        found = installation.database.read(lambda session: verify_chain(session, proofs))
    _say(found, anchors, given, console, settings.zone)
    console.result(_result(found, anchors))
    return 1 if found.broken else 0


def _anchors(path: Path, console: Console) -> Anchors | None:
    try:
        anchors = read_anchors(path)
    except OSError as error:
        console.say(f"✗ 读不了 {path}: {error.strerror}", f"✗ {path} cannot be read: {error.strerror}")
        console.result({"holds": None, "problem": "unreadable"})
        return None
    if not anchors.heads:
        console.say(f"✗ {path} 里没有一行是链头", f"✗ no line of {path} is a head")
        console.result({"holds": None, "problem": "no_head"})
        return None
    return anchors


def _verify_earlier(installation: Installation, console: Console) -> int:
    """A database that was not brought up to date yet."""
    key = installation.workplace.key
    broken = installation.database.read(lambda session: first_broken_earlier(session, key))
    if broken is None:
        console.say("✓ 审计链完整（旧版本的规则）", "✓ the chain holds, by the rule of an earlier release")
    else:
        console.say(f"✗ 第 {broken} 条起不成链", f"✗ broken from entry {broken}")
    console.result({"holds": broken is None, "position": broken, "earlier": True})
    return 0 if broken is None else 1


def _say(found: Verdict, anchors: Anchors, given: argparse.Namespace, console: Console, zone: str) -> None:
    broken = found.broken
    if broken is None:
        console.say(f"✓ 审计链完整：{found.length} 条", f"✓ the chain holds: {found.length} entries")
    else:
        console.say(f"✗ 第 {broken.position} 条：{broken.words.zh}", f"✗ entry {broken.position}: {broken.words.en}")
    for one in _notes(found, anchors, given, zone):
        console.say(one.zh, one.en)


def _notes(found: Verdict, anchors: Anchors, given: argparse.Namespace, zone: str) -> list[Message]:
    """What the verdict rests on, and what it cannot tell."""
    notes = [Message(f"  签名链头 {found.signed} 个", f"  {found.signed} signed heads kept")]
    if found.unsealed.oldest is not None:
        since = _instant(found.unsealed.oldest, zone)
        notes.append(
            Message(
                f"  待封存 {found.unsealed.count} 条，最早 {since}：还不受链的保护",
                f"  {found.unsealed.count} entries wait to be sealed, the oldest since {since}: the chain does not protect them yet",
            )
        )
    if found.earlier:
        zh, en = (
            ("按旧规则逐条验过", "each verified by its rule")
            if found.earlier_known
            else ("密钥已不在，只验链接和摘要", "its key is not known here: links and digest alone")
        )
        notes.append(
            Message(
                f"  旧版本封存 {found.earlier} 条：{zh}",
                f"  {found.earlier} entries sealed by an earlier release: {en}",
            )
        )
    if found.foreign:
        notes.append(
            Message(f"  另有 {found.foreign} 个链头是别的密钥签的", f"  {found.foreign} heads are signed by other keys")
        )
    if found.replaced:
        notes.append(
            Message(
                f"  {found.replaced} 条的对象已换成化名", f"  the subjects of {found.replaced} entries were replaced"
            )
        )
    return [*notes, *_notes_of_anchors(found, anchors, given)]


def _notes_of_anchors(found: Verdict, anchors: Anchors, given: argparse.Namespace) -> list[Message]:
    if not given.anchor:
        return [
            Message(
                "! 没有给出锚：末尾被截去、整条链被重写，这样看不出来 (--anchor FILE)",
                "! no anchor was given: a cut end and a chain written anew cannot be seen so (--anchor FILE)",
            )
        ]
    last = max(one.position for one in anchors.heads)
    notes = [
        Message(
            f"  锚 {found.anchored} / {len(anchors.heads)} 行相符，最新的在第 {last} 条：之后的记录没有锚",
            f"  {found.anchored} of {len(anchors.heads)} anchored lines agree, the newest at entry {last}: none behind it",
        )
    ]
    if anchors.unreadable:
        notes.append(
            Message(
                f"! 锚文件有 {anchors.unreadable} 行读不懂", f"! {anchors.unreadable} lines of the anchors are no heads"
            )
        )
    return notes


def _result(found: Verdict, anchors: Anchors) -> dict[str, object]:
    broken, oldest = found.broken, found.unsealed.oldest
    return {
        "holds": broken is None,
        "position": broken.position if broken else None,
        "cause": broken.cause.value if broken else None,
        "sealed": found.length,
        "unsealed": found.unsealed.count,
        "oldest_unsealed": oldest.isoformat() if oldest else None,
        "earlier": found.earlier,
        "signed": found.signed,
        "foreign": found.foreign,
        "anchored": found.anchored,
        "anchors": len(anchors.heads),
        "replaced": found.replaced,
    }


def _instant(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="seconds")
