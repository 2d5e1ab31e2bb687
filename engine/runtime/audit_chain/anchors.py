"""Anchors: signed heads kept outside of the database, one line of JSON each, in a file that is only ever added to.

The folder is somebody else's: a mount of a second host, of a medium that is written once. A file that knows of more than the
chain, or of something else, is not written to again: after a restore of an older backup, or a rewriting, its lines go on
bearing witness, and a new folder takes the next ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.runtime.audit import AUDIT, HEAD, SIGNED
from engine.runtime.audit_chain.sealing import Sealer, read_head, signed_head
from engine.runtime.audit_chain.signing import LONGEST, SignedHead, head_of, public_key
from engine.runtime.database.protocol import Database, Session
from engine.runtime.rows import select, update

BATCH = 1000


class AnchorContradicts(DougongError):
    """The anchor file knows of a chain that is longer, or another one."""

    code = "audit_anchor_contradicts"
    status = 409

    def __init__(self, path: Path, position: int) -> None:
        super().__init__(
            Message(
                f"{path} 锚定了第 {position} 条，现有的审计链与它不符：不再写入这个文件。"
                "若是恢复了旧备份，请为锚换一个新文件夹；否则链被人改写过，请运行 dougong audit verify --anchor",
                f"{path} anchors entry {position}, and the chain that stands disagrees: nothing more is written to it. After the "
                "restore of an older backup give the anchors a new folder; else the chain was rewritten: dougong audit verify --anchor",
            )
        )


@dataclass(frozen=True, slots=True)
class Anchors:
    """The heads of an anchor file, and how many of its lines are none, such as one that a power cut left half."""

    heads: tuple[SignedHead, ...]
    unreadable: int


def anchor_file(folder: Path, key: bytes) -> Path:
    """The file of an installation in a folder of anchors."""
    return folder / f"dougong-audit-{public_key(key)[:12]}.jsonl"


def read_anchors(path: Path) -> Anchors:
    """All heads of a file. Raises OSError."""
    heads, unreadable = [], 0
    with path.open("r", encoding="utf-8", errors="replace") as file:
        while line := file.readline(LONGEST):
            head = head_of(line)
            if head is not None:
                heads.append(head)
            elif line.strip():
                unreadable += 1
    return Anchors(tuple(heads), unreadable)


def anchor(database: Database, folder: Path, sealer: Sealer) -> int:
    """Add the kept heads that the file lacks; how many. Raises AnchorContradicts, OSError."""
    path = anchor_file(folder, sealer.key)
    anchored, missing = database.read(lambda session: _missing(session, path))
    if missing:
        _add(path, missing)
    last = missing[-1].position if missing else anchored
    database.write(lambda session: _remember(session, sealer, last))
    return len(missing)


def _missing(session: Session, path: Path) -> tuple[int, list[SignedHead]]:
    """The position that the file knows of, and the heads that it does not. A new file begins with the newest head."""
    last = _last_of(path)
    if last is None:
        newest = _kept(session, 0, ("-position",), 1)
        return 0, newest
    found = select(session, AUDIT, ("seal",), {"position": last.position})
    if not found or found[0][0] != last.seal:
        raise AnchorContradicts(path, last.position)
    return last.position, _kept(session, last.position, ("position",), BATCH)


def _kept(session: Session, after: int, order: tuple[str, ...], limit: int) -> list[SignedHead]:
    columns = ("position", "seal", "at", "key", "signature")
    return [signed_head(row) for row in select(session, SIGNED, columns, {"position >": after}, order, limit)]


def _last_of(path: Path) -> SignedHead | None:
    """The last head of a file, None when there is none yet. Raises OSError."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4 * LONGEST))
            lines = file.read(4 * LONGEST).decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    return next((head for line in reversed(lines) if (head := head_of(line)) is not None), None)


def _add(path: Path, heads: Sequence[SignedHead]) -> None:
    """Add lines, on the disk when this returns; behind a line that a power cut left half, on a line of their own."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        text = "".join(f"{head.line}\n" for head in heads)
        _write(descriptor, (("\n" if torn else "") + text).encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _remember(session: Session, sealer: Sealer, position: int) -> None:
    head = read_head(session)
    if head is not None and head.holder == sealer.holder and head.anchored != position:
        update(session, HEAD, {"anchored": position}, {"id": 1, "fence": head.fence})
