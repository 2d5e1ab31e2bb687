"""Wrapping: keys under key-encryption keys, and those under the root key; each bound to what it is the key of."""

from __future__ import annotations

import os
from collections.abc import Mapping

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock, KeyProvider
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.sovereignty import key_rows
from engine.runtime.sovereignty.ciphers import KEY, NotAuthentic, seal, unseal
from engine.runtime.sovereignty.envelopes import joined
from engine.runtime.sovereignty.key_rows import SubjectRef, WrappedIndexKey, WrappedKey
from engine.runtime.sovereignty.root_keys import Root, RootCustody, WrongRoot, keep

TENANT = "tenant"


class KeysDamaged(DougongError):
    """A key does not unwrap under the key it says it is wrapped under."""

    code = "keys_damaged"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                "密钥库 keys.db 已损坏或被改动：有密钥解不开。请用 dougong keys restore 从最近的密钥备份恢复",
                "The keys are damaged or were altered: one does not unwrap. Restore them from the newest copy by dougong keys restore",
            )
        )


class KeyWrapping:
    """The key-encryption keys of a store, unwrapped. What takes a session is called in a transaction of that store."""

    def __init__(self, custody: RootCustody, clock: Clock) -> None:
        self._custody, self._clock = custody, clock
        self._root: KeyProvider | None = None
        self._keks: Mapping[int, bytes] = {}
        self.tenant = ""

    @property
    def root_kind(self) -> str:
        return self._root.name if self._root else ""

    @property
    def newest(self) -> int:
        """The version under which keys are wrapped from now on."""
        return max(self._keks)

    def knows(self, kek: int) -> bool:
        return kek in self._keks

    def begin(self, session: Session) -> None:
        """Know the store; one that holds nothing yet gets its tenant, its root and its first key-encryption key."""
        tenant = key_rows.fact(session, TENANT)
        if tenant is None:
            self.tenant = os.urandom(16).hex()
            key_rows.set_fact(session, TENANT, self.tenant.encode())
            self._root = self._custody.begin(session)
            self._add(session, 1)
        else:
            self.tenant = tenant.decode()
        self.agree(session)

    def agree(self, session: Session) -> None:
        """Know the key-encryption keys that stand now: another process may have made one, or changed the root key."""
        found = dict(key_rows.all_keks(session))
        if found.keys() == self._keks.keys():
            return
        try:
            self._learn(self._root or self._custody.find(session), found)
        except WrongRoot:
            self._learn(self._custody.find(session), found)

    def add_next(self, session: Session) -> None:
        """A new key-encryption key."""
        self.agree(session)
        self._add(session, self.newest + 1)
        self.agree(session)

    def change_root(self, session: Session, root: Root) -> None:
        """Wrap the key-encryption keys under another root key."""
        self.agree(session)
        for version, plain in self._keks.items():
            key_rows.set_kek(session, version, root.provider.wrap(plain, self._kek_place(version)))
        keep(session, root)
        session.after_commit(lambda: self._know(root.provider))

    def new_key(self, subject: SubjectRef, version: int) -> WrappedKey:
        """A new data key, wrapped under the newest key-encryption key."""
        return self._wrap(subject, version, os.urandom(KEY))

    def new_index_key(self, entity: str, field: str, version: int) -> WrappedIndexKey:
        """A new key of a blind index, wrapped likewise."""
        return self._wrap_index(entity, field, version, os.urandom(KEY))

    def plain(self, key: WrappedKey) -> bytes:
        """Raises KeysDamaged."""
        return self._unwrapped(key.kek, self._key_place(key.subject, key.version), key.wrapped)

    def index_plain(self, key: WrappedIndexKey) -> bytes:
        """Raises KeysDamaged."""
        return self._unwrapped(key.kek, self._index_place(key.entity, key.field, key.version), key.wrapped)

    def rewrap(self, session: Session, part: int) -> int:
        """Wrap some of the keys that are under an older key-encryption key under the newest; how many."""
        self.agree(session)
        keys, indexes = key_rows.keys_under_older(session, self.newest, part)
        key_rows.rewrap(
            session,
            [self._wrap(one.subject, one.version, self.plain(one)) for one in keys],
            [self._wrap_index(one.entity, one.field, one.version, self.index_plain(one)) for one in indexes],
        )
        return len(keys) + len(indexes)

    def _wrap(self, subject: SubjectRef, version: int, plain: bytes) -> WrappedKey:
        kek = self.newest
        return WrappedKey(subject, version, kek, seal(self._keks[kek], self._key_place(subject, version), plain))

    def _wrap_index(self, entity: str, field: str, version: int, plain: bytes) -> WrappedIndexKey:
        kek = self.newest
        wrapped = seal(self._keks[kek], self._index_place(entity, field, version), plain)
        return WrappedIndexKey(entity, field, version, kek, wrapped)

    def _unwrapped(self, kek: int, place: bytes, wrapped: bytes) -> bytes:
        try:
            return unseal(self._keks[kek], place, wrapped)
        except (NotAuthentic, KeyError):
            raise KeysDamaged from None

    def _add(self, session: Session, version: int) -> None:
        root = self._root or self._custody.find(session)
        wrapped = root.wrap(os.urandom(KEY), self._kek_place(version))
        key_rows.add_kek(session, version, wrapped, to_micros(self._clock.now()))

    def _learn(self, root: KeyProvider, found: Mapping[int, bytes]) -> None:
        self._keks = {version: root.unwrap(wrapped, self._kek_place(version)) for version, wrapped in found.items()}
        self._root = root

    def _know(self, root: KeyProvider) -> None:
        self._root = root

    def _kek_place(self, version: int) -> bytes:
        return joined(b"kek", self.tenant.encode(), str(version).encode())

    def _key_place(self, subject: SubjectRef, version: int) -> bytes:
        parts = (self.tenant, subject.entity, str(subject.record), str(version))
        return joined(b"dek", *(one.encode() for one in parts))

    def _index_place(self, entity: str, field: str, version: int) -> bytes:
        return joined(b"index", *(one.encode() for one in (self.tenant, entity, field, str(version))))
