"""The vault: the one pair of functions through which sealed values are written and read. Field storage alone uses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives.hmac import HMAC

from engine.runtime.sovereignty.ciphers import keyed
from engine.runtime.sovereignty.envelopes import Place, Tampered, key_version_of, open_envelope, seal_envelope
from engine.runtime.sovereignty.key_rows import SubjectRef
from engine.runtime.sovereignty.keyring import KeyDestroyed, Keyring

INDEX_SIZE = 16


@dataclass(frozen=True, slots=True)
class Sealing:
    """Values of one row and level group that are to be sealed, under the key of a subject."""

    subject: SubjectRef
    place: Place
    plain: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope as it lies in its row."""

    subject: SubjectRef
    place: Place
    envelope: bytes


Unreadable = Tampered | KeyDestroyed


class Vault:
    """Seals, opens and indexes under the keys of an installation, which are opened when they are first needed.

    Raises what opening the keyring raises: DatabaseUnavailable, WrongRoot.
    """

    def __init__(self, open_keys: Callable[[], Keyring]) -> None:
        self._open_keys = open_keys
        self._opened: Keyring | None = None
        self._lock = Lock()

    @property
    def keyring(self) -> Keyring:
        """The keys; opened at the first call."""
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = self._open_keys()
        return self._opened

    def place(self, entity: str, record: int, group: str, row_version: int) -> Place:
        """A place of this installation."""
        return Place(self.keyring.tenant, entity, record, group, row_version)

    def seal(self, subject: SubjectRef, place: Place, plain: bytes) -> bytes:
        """The envelope of values. Raises KeyDestroyed for a subject that was erased."""
        version, key = self.keyring.sealing_keys({subject: 1})[subject]
        return seal_envelope(key, version, place, plain)

    def open(self, subject: SubjectRef, place: Place, envelope: bytes) -> bytes:
        """The values of an envelope. Raises Tampered, KeyDestroyed."""
        _, key = self.keyring.data_key(subject, key_version_of(envelope, place))
        return open_envelope(key, place, envelope)

    def seal_many(self, items: Sequence[Sealing]) -> list[bytes]:
        """Envelopes in the order of what is to be sealed; keys that are missing are made in one transaction."""
        counts: dict[SubjectRef, int] = {}
        for one in items:
            counts[one.subject] = counts.get(one.subject, 0) + 1
        keys = self.keyring.sealing_keys(counts) if counts else {}
        made = []
        for one in items:
            version, key = keys[one.subject]
            made.append(seal_envelope(key, version, one.place, one.plain))
        return made

    def open_many(self, items: Sequence[Sealed]) -> list[bytes | Unreadable]:
        """The values of envelopes in their order, or why one cannot be read; keys are asked for once for all of them."""
        named: list[tuple[SubjectRef, int] | Tampered] = []
        for one in items:
            try:
                named.append((one.subject, key_version_of(one.envelope, one.place)))
            except Tampered as error:
                named.append(error)
        keys = self.keyring.data_keys({one for one in named if isinstance(one, tuple)})
        opened: list[bytes | Unreadable] = []
        for one, name in zip(items, named, strict=True):
            if not isinstance(name, tuple):
                opened.append(name)
                continue
            found = keys[name]
            try:
                opened.append(open_envelope(found[1], one.place, one.envelope) if found else KeyDestroyed(*name))
            except Tampered as error:
                opened.append(error)
        return opened

    def index(self, entity: str, field: str, text: str) -> bytes:
        """The blind index of a normalised text under the newest key: 16 bytes, equal for equal texts of the same field."""
        return self.indexes(entity, field, text)[0]

    def indexes(self, entity: str, field: str, text: str) -> tuple[bytes, ...]:
        """The blind index under every key that rows may stand under, newest first: look for any of them."""
        made = []
        for one in self._prekeyed(entity, field):
            copy = one.copy()
            copy.update(text.encode())
            made.append(copy.finalize()[:INDEX_SIZE])
        return tuple(made)

    def close(self) -> None:
        """End the connections of the keyring, if it was opened."""
        if self._opened is not None:
            self._opened.close()

    def _prekeyed(self, entity: str, field: str) -> tuple[HMAC, ...]:
        keyring = self.keyring
        keyring.enter()
        name = ("prekeyed", entity, field)
        found = keyring.cache.get(name)
        if not isinstance(found, tuple):
            found = tuple(keyed(key) for _, key in keyring.index_keys(entity, field))
            keyring.cache.put(name, found)
        return found
