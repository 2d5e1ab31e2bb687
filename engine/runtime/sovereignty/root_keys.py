"""Root keys: what wraps the key-encryption keys. In a file of the installation, or out of a passphrase that lies nowhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.extensions import KeyProvider
from engine.runtime.database.protocol import Session
from engine.runtime.sovereignty.ciphers import NotAuthentic, keyed_digest, seal, stretched, unseal
from engine.runtime.sovereignty.key_rows import fact, set_fact

ROOT_KEY = "root.key"
"""The file of the root key in the data folder; `dougong backup --keys` saves it, apart from the data."""
NEXT = "root.next"
"""The root key that takes its place, until the keys are wrapped under it."""
ROUNDS = 600_000
"""Rounds of PBKDF2 with HMAC-SM3 between a passphrase and its key; a store may ask for more, never for fewer."""
_SIZE, _SALT = 32, 16
_ROOT, _CHECK = "root", "root_check"
_PLACE = b"dougong root check"


class WrongRoot(DougongError):
    """The keys are wrapped under another root key than the one that is given."""

    code = "wrong_root_key"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                f"根密钥不对或不存在:密钥库是用另一把根密钥加密的。请恢复原来的 {ROOT_KEY}(dougong backup --keys 保存的文件),"
                "或在 DOUGONG_ROOT_PASSPHRASE 中给出正确的口令;没有它,加密的字段再也读不出来",
                f"The root key is not there or not the one that the keys are wrapped under. Put the {ROOT_KEY} of before back (from "
                "the file that dougong backup --keys wrote), or give the right passphrase in DOUGONG_ROOT_PASSPHRASE; without it "
                "what is sealed can never be read again",
            )
        )


@dataclass(slots=True)
class RootKey:
    """A root key held in memory; satisfies KeyProvider."""

    name: str
    key: bytes

    def wrap(self, plain: bytes, authenticated: bytes) -> bytes:
        return seal(self.key, authenticated, plain)

    def unwrap(self, wrapped: bytes, authenticated: bytes) -> bytes:
        """Raises WrongRoot."""
        try:
            return unseal(self.key, authenticated, wrapped)
        except NotAuthentic:
            raise WrongRoot from None


@dataclass(frozen=True, slots=True)
class Root:
    """A root key with the facts by which it is found again."""

    provider: KeyProvider
    told: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class RootCustody:
    """Where the root key of an installation comes from: its data folder, or the passphrase that it was started with."""

    folder: Path
    passphrase: str = ""

    def find(self, session: Session) -> KeyProvider:
        """The root key that the keys of a store are wrapped under. Raises WrongRoot."""
        told, check = fact(session, _ROOT), fact(session, _CHECK)
        if told is None or check is None:
            raise WrongRoot
        found = json.loads(told)
        if found["kind"] == "passphrase":
            root = _of_passphrase(self.passphrase, bytes.fromhex(found["salt"]), int(found["rounds"]))
            root.unwrap(check, _PLACE)
            return root
        for name in (ROOT_KEY, NEXT):
            candidate = _of_file(self.folder / name)
            if candidate is not None and _fits(candidate, check):
                self._settle(name)
                return candidate
        raise WrongRoot

    def begin(self, session: Session) -> KeyProvider:
        """The root key of a store that has none yet: the passphrase's if there is one, else the file's, made if need be."""
        if self.passphrase:
            root = new_passphrase_root(self.passphrase)
        else:
            path = self.folder / ROOT_KEY
            if not path.exists():
                _write(path, os.urandom(_SIZE))
            root = _root_of(path)
        keep(session, root)
        return root.provider

    def prepare_file(self) -> Root:
        """A new root key in a file, which takes its place once the keys are wrapped under it (`find` sees to it)."""
        path = self.folder / NEXT
        path.unlink(missing_ok=True)
        _write(path, os.urandom(_SIZE))
        return _root_of(path)

    def forget_file(self) -> None:
        """The root key is in no file of the installation any more."""
        for name in (ROOT_KEY, NEXT):
            (self.folder / name).unlink(missing_ok=True)
        _synchronise(self.folder)

    def _settle(self, name: str) -> None:
        """The file that holds the root key bears its name; one that was prepared in vain goes."""
        following = self.folder / NEXT
        if name == NEXT:
            following.replace(self.folder / ROOT_KEY)
            _synchronise(self.folder)


def new_passphrase_root(passphrase: str) -> Root:
    """The root key of a passphrase under a new salt; takes about half a second, on purpose."""
    salt = os.urandom(_SALT)
    root = _of_passphrase(passphrase, salt, ROUNDS)
    return _told(root, {"kind": "passphrase", "salt": salt.hex(), "rounds": ROUNDS})


def keep(session: Session, root: Root) -> None:
    """Keep the facts by which a root key is found."""
    for name, content in root.told.items():
        set_fact(session, name, content)


def _of_passphrase(passphrase: str, salt: bytes, rounds: int) -> RootKey:
    if not passphrase or rounds < ROUNDS:
        raise WrongRoot
    return RootKey("passphrase", stretched(passphrase, salt, rounds))


def _of_file(path: Path) -> RootKey | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return RootKey("file", keyed_digest(content, b"dougong root key")[:16]) if len(content) == _SIZE else None


def _root_of(path: Path) -> Root:
    root = _of_file(path)
    if root is None:
        raise WrongRoot
    return _told(root, {"kind": "file"})


def _told(root: RootKey, facts: Mapping[str, object]) -> Root:
    return Root(root, {_ROOT: json.dumps(facts).encode(), _CHECK: root.wrap(b"dougong", _PLACE)})


def _fits(root: RootKey, check: bytes) -> bool:
    try:
        root.unwrap(check, _PLACE)
    except WrongRoot:
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    """A file that only its owner reads, on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    _synchronise(path.parent)


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
