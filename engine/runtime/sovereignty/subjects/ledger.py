"""The ledger of erasures: an append-only file outside the data folder, so that no restore brings back who was erased.

Each line is JSON and names the hash of the line before. It holds codes and ids, never a value. Without it nothing is erased.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert, select
from engine.runtime.sovereignty.subjects.tables import LEDGER

INTENT, DONE = "intent", "done"
FIRST = "0" * 64


class LedgerUnusable(DougongError):
    """The ledger of erasures is not there, is another installation's, or was altered."""

    code = "erase_ledger"
    status = 409


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A line: `act` says that a subject is to be erased, or was."""

    number: int
    act: str
    request: int
    entity: str
    record: int
    digest: str
    hash: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file, read whole and found unbroken: whose it is, its entries, the hash of its last line."""

    path: Path
    name: str
    entries: tuple[LedgerEntry, ...]
    head: str

    def intent_of(self, request: int) -> LedgerEntry | None:
        return next((one for one in self.entries if one.request == request and one.act == INTENT), None)

    def subjects(self) -> tuple[tuple[str, int], ...]:
        """The subjects that are not to be found any more, in the order of their erasures."""
        return tuple(dict.fromkeys((one.entity, one.record) for one in self.entries))


def ledger_path(data: Path, declared: str) -> Path:
    """Where the ledger of a data folder is: where the setting says, else beside the folder, never inside it."""
    path = Path(declared) if declared else data.absolute().parent / f"{data.absolute().name}.erasures.jsonl"
    if path.absolute().is_relative_to(data.absolute()):
        raise LedgerUnusable(
            Message(
                f"清除台账 {path} 在数据文件夹里，会随它一起丢失；请放在外面",
                f"The ledger of erasures {path} is inside the data folder and would be lost with it; put it outside",
            )
        )
    return path


def known_ledger(session: Session) -> str | None:
    """The name of the ledger of this installation; None before its first request."""
    rows = select(session, LEDGER, ("ledger",), {"id": 1})
    return str(rows[0][0]) if rows else None


def begin_ledger(session: Session, path: Path, at: datetime) -> Ledger:
    """The installation's ledger, made with its first request. Raises LedgerUnusable where it was there and is not any more."""
    known = known_ledger(session)
    if known is not None:
        return read_ledger(path, known)
    if path.exists():
        found = read_ledger(path, None)
    else:
        name = secrets.token_hex(8)
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, {"ledger": name, "at": to_micros(at), "previous": FIRST}, new=True)
        found = read_ledger(path, name)
    insert(session, LEDGER, {"id": 1, "ledger": found.name, "since": to_micros(at)})
    return found


def read_ledger(path: Path, known: str | None) -> Ledger:
    """The ledger as it stands. Raises LedgerUnusable: missing, altered, or another one than `known`."""
    try:
        content = path.read_bytes()
        lines = content[: content.rfind(b"\n") + 1].splitlines()
    except OSError:
        raise _unusable(path, "不存在或不可读", "is missing or cannot be read") from None
    previous, entries, name = FIRST, list[LedgerEntry](), ""
    for number, line in enumerate(lines):
        try:
            told = json.loads(line)
            if told["previous"] != previous:
                raise _unusable(path, f"第 {number + 1} 行断开", f"is broken at line {number + 1}")
            name = str(told["ledger"]) if number == 0 else name
            previous = hashlib.sha256(line).hexdigest()
            if number:
                entries.append(_entry(number, told, previous))
        except (ValueError, KeyError, TypeError):
            raise _unusable(path, f"第 {number + 1} 行不可读", f"cannot be read at line {number + 1}") from None
    if not lines or (known is not None and name != known):
        raise _unusable(path, "不是这个安装的台账", "is not the ledger of this installation")
    return Ledger(path, name, tuple(entries), previous)


def record(ledger: Ledger, act: str, told: Mapping[str, object]) -> Ledger:
    """Write an entry, on the disk when this returns; one that stands already is not written twice."""
    if any(one.act == act and one.request == told["request"] for one in ledger.entries):
        return ledger
    _append(ledger.path, {"act": act, **told, "previous": ledger.head})
    return read_ledger(ledger.path, ledger.name)


def _append(path: Path, line: Mapping[str, object], new: bool = False) -> None:
    if not new:
        _drop_torn_end(path)
    text = json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | (os.O_EXCL if new else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop_torn_end(path: Path) -> None:
    """A line that a fall of the power cut short was never an entry: nothing was done on its word."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _entry(number: int, told: Mapping[str, object], digest: str) -> LedgerEntry:
    return LedgerEntry(
        number,
        str(told["act"]),
        int(str(told["request"])),
        str(told["entity"]),
        int(str(told["record"])),
        str(told["digest"]),
        digest,
    )


def _unusable(path: Path, zh: str, en: str) -> LedgerUnusable:
    return LedgerUnusable(
        Message(
            f"清除台账 {path} {zh}。没有台账就不清除、也不恢复备份：请把它放回原处，或用 erase_ledger 指明",
            f"The ledger of erasures {path} {en}. Without it nothing is erased and no backup restored: put it back, or name it with erase_ledger",
        )
    )
