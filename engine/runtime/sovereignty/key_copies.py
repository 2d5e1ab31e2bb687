"""Copies of the keys: apart from the data, for a week at most. What was destroyed must not come back from an old copy."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.sovereignty import key_rows
from engine.runtime.sovereignty.key_store import KeyFile, KeyStore

LIFE = timedelta(days=7)
"""How long a copy is kept: an erased subject can be read from data and a copy of the keys for no longer."""
_COPIED = "copied_at"


class CopyRefused(DougongError):
    """A copy of the keys cannot be made or used; the message says why and what helps."""

    code = "key_copy_refused"
    status = 409

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(Message(zh, en))


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A copy of the keys: where, from when, until when."""

    path: Path
    made: datetime
    ends: datetime


def copy_keys(store: KeyStore, path: Path, now: datetime) -> KeyCopy:
    """Write the keys, wrapped as they are, to a new file; the root key is not in it. Raises CopyRefused, OSError."""
    if path.exists() or path.is_symlink():
        raise CopyRefused(f"{path} 已存在;请另起一个名字", f"{path} is there already; give another name")
    ends = now + LIFE
    passing = path.with_name(f".{path.name}.part")
    passing.unlink(missing_ok=True)
    rows = store.read(key_rows.all_rows)

    def fill(session: Session) -> None:
        key_rows.put_rows(session, rows)
        key_rows.set_fact(session, _COPIED, str(to_micros(now)).encode())

    try:
        copy = KeyFile(passing)
        try:
            copy.write(fill)
        finally:
            copy.close()
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)
        passing.with_name(f"{passing.name}-epoch").unlink(missing_ok=True)

    def remember(session: Session) -> None:
        key_rows.remember_copy(session, str(path.absolute()), to_micros(now), to_micros(ends))
        key_rows.note_act(session, "copied", to_micros(now))

    store.write(remember)
    return KeyCopy(path, now, ends)


def restore_keys(store: KeyStore, path: Path, now: datetime, old: bool = False) -> datetime:
    """Fill an empty store from a copy; the moment of the copy. `old`: also one past its time.

    Raises CopyRefused, DatabaseError, OSError.
    """
    if not path.is_file():
        raise CopyRefused(f"没有文件 {path}", f"There is no file {path}")
    if store.read(key_rows.is_begun):
        raise CopyRefused(
            "这里已有密钥,恢复会毁掉它们。请先把 keys.db 移走(并确认它确实不能用)",
            "There are keys here, which this would destroy. Move keys.db away first, once you are sure that it is of no use",
        )
    copy = KeyFile(path)
    try:
        copied = copy.read(lambda session: key_rows.fact(session, _COPIED))
        rows = copy.read(key_rows.all_rows)
    finally:
        copy.close()
        path.with_name(f"{path.name}-epoch").unlink(missing_ok=True)
    if copied is None:
        raise CopyRefused(
            f"{path} 不是 dougong keys backup 写的文件", f"{path} is no file that dougong keys backup wrote"
        )
    made = from_micros(int(copied))
    if now - made > LIFE and not old:
        raise CopyRefused(
            f"{path} 是 {made:%Y-%m-%d} 的,超过 {LIFE.days} 天:其中可能有此后已销毁的密钥。若没有更新的副本,加 --old,"
            "然后重新执行此后的每一次清除",
            f"{path} is of {made:%Y-%m-%d}, older than {LIFE.days} days: keys that were destroyed since may be in it. If there is no "
            "newer one, add --old, and carry out again every erasure since",
        )

    def fill(session: Session) -> None:
        key_rows.put_rows(session, rows)
        key_rows.drop_fact(session, _COPIED)
        key_rows.note_act(session, f"restored={made:%Y-%m-%dT%H:%M:%SZ}", to_micros(now))

    store.write(fill)
    store.end_epoch()
    return made


def standing_copies(store: KeyStore) -> list[KeyCopy]:
    """The copies that were made and not removed."""
    return [
        KeyCopy(Path(path), from_micros(made), from_micros(ends)) for made, path, ends in store.read(key_rows.copies)
    ]


def remove_ended_copies(store: KeyStore, now: datetime) -> list[Path]:
    """Delete copies past their time, of those that this machine can reach; one that it cannot is named by `standing_copies` still."""
    removed = []
    for one in standing_copies(store):
        if one.ends > now:
            continue
        if one.path.parent.exists():
            with suppress(FileNotFoundError):
                _overwrite(one.path)
                one.path.unlink()
            _forget(store, one)
            removed.append(one.path)
    return removed


def _forget(store: KeyStore, copy: KeyCopy) -> None:
    store.write(lambda session: key_rows.forget_copy(session, to_micros(copy.made)))


def _overwrite(path: Path) -> None:
    """Zeroes over a file; a disk that writes elsewhere keeps what was there, which is said in the guide."""
    with path.open("r+b") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
