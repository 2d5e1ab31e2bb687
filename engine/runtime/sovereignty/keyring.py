"""The keyring: root key → key-encryption keys → data keys of subjects. Gives keys to the vault, and destroys them for good."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.sovereignty import key_rows
from engine.runtime.sovereignty.envelopes import LAST_KEY_VERSION
from engine.runtime.sovereignty.key_cache import KeyCache
from engine.runtime.sovereignty.key_rows import INSTALLATION, SubjectRef, WrappedIndexKey, WrappedKey
from engine.runtime.sovereignty.key_store import KeyStore
from engine.runtime.sovereignty.key_wrapping import KeysDamaged, KeyWrapping
from engine.runtime.sovereignty.root_keys import Root, RootCustody

__all__ = ["INSTALLATION", "KeyDestroyed", "Keyring", "KeysDamaged", "SubjectRef"]
MOST_WRITES = 2**31
"""Sealings under one key, after which a new version is made: nonces are random, and this keeps a repetition improbable."""
SET_ASIDE = 4_096
"""Sealings that are counted at once, before they are done."""
PART = 1_000
"""Keys that are wrapped anew in one transaction."""


class KeyDestroyed(DougongError):
    """There is no such key any more: the subject was erased, or the version was rewritten and removed."""

    code = "key_destroyed"
    status = 410

    def __init__(self, subject: SubjectRef, version: int | None) -> None:
        super().__init__(
            Message(
                "这条记录的密钥已销毁:所属的主体已被清除,或密钥库是从更早的备份恢复的",
                "The key of this record is destroyed: whom it belongs to was erased, or the keys were restored from an older copy",
            ),
            entity=subject.entity,
            record=subject.record,
            version=version,
        )


class Keyring:
    """The keys of an installation. Safe to use from all threads, and from several processes on one store.

    Raises DatabaseUnavailable, WrongRoot, KeyDestroyed.
    """

    def __init__(self, store: KeyStore, custody: RootCustody, clock: Clock, most_writes: int = MOST_WRITES) -> None:
        self._store, self._clock, self._most_writes = store, clock, most_writes
        self._cache = KeyCache(clock.monotonic)
        self._left: dict[tuple[SubjectRef, int], int] = {}
        self._lock = threading.Lock()
        self._wrapping = KeyWrapping(custody, clock)
        store.write(self._wrapping.begin)
        self.tenant = self._wrapping.tenant
        _LIVING.add(self)

    def data_key(self, subject: SubjectRef, version: int | None = None) -> tuple[int, bytes]:
        """The data key of a subject with its version: that version, or the newest, made if there is none. Raises KeyDestroyed."""
        self.enter()
        found = self._cache.get((subject, version))
        if found is None:
            found = self._fetch([(subject, version)])[subject, version]
        if not isinstance(found, tuple):
            raise KeyDestroyed(subject, version)
        return found

    def data_keys(
        self, wanted: Collection[tuple[SubjectRef, int | None]]
    ) -> Mapping[tuple[SubjectRef, int | None], tuple[int, bytes] | None]:
        """Many data keys, those that are not in memory by one question for each entity; None where a key is destroyed."""
        self.enter()
        known = {one: found for one in wanted if isinstance(found := self._cache.get(one), tuple)}
        missing = [one for one in wanted if one not in known]
        return {**known, **self._fetch(missing)} if missing else known

    def sealing_keys(self, counts: Mapping[SubjectRef, int]) -> dict[SubjectRef, tuple[int, bytes]]:
        """The newest data key of each subject for so many sealings, which are counted before they are done; a key that was
        used too often gets a successor. Raises KeyDestroyed."""
        found = self.data_keys([(subject, None) for subject in counts])
        keys: dict[SubjectRef, tuple[int, bytes]] = {}
        for (subject, _), key in found.items():
            if key is None:
                raise KeyDestroyed(subject, None)
            keys[subject] = key
        short = [
            (subject, keys[subject][0], count)
            for subject, count in counts.items()
            if not self._take(subject, keys[subject][0], count)
        ]
        if not short:
            return keys
        used_up = self._store.write(lambda session: self._set_more_aside(session, short))
        for subject in used_up:
            self.rotate(subject)
        again = {subject: counts[subject] for subject, _, _ in short}
        return {**keys, **self.sealing_keys(again)}

    def index_key(self, entity: str, field: str) -> bytes:
        """The key of the blind index of a field, made if there is none."""
        return self.index_keys(entity, field)[0][1]

    def index_keys(self, entity: str, field: str) -> tuple[tuple[int, bytes], ...]:
        """Every version of the key of a blind index that rows may stand under, newest first."""
        self.enter()
        name = ("index", entity, field)
        found = self._cache.get(name)
        if not isinstance(found, tuple):
            rows = self._store.read(lambda session: key_rows.index_keys_of(session, entity, field))
            if not rows:
                self._store.write(lambda session: self._make_index_key(session, entity, field))
                rows = self._store.read(lambda session: key_rows.index_keys_of(session, entity, field))
            found = tuple((one.version, self._index_plain(one)) for one in rows)
            self._cache.put(name, found)
        return found

    def shred(self, subject: SubjectRef) -> None:
        """Destroy every data key of a subject. When this returns no process opens anything of the subject, ever."""

        def destroy(session: Session) -> None:
            key_rows.destroy_keys(session, subject)
            key_rows.mark_shredded(session, subject, self._now())

        if subject == INSTALLATION:
            raise KeyDestroyed(subject, None)
        self._store.write(destroy)
        self._store.end_epoch()
        self.enter()
        self._store.scrub()

    def is_shredded(self, subject: SubjectRef) -> bool:
        return bool(self._store.read(lambda session: key_rows.shredded_among(session, [subject])))

    def rotate(self, subject: SubjectRef) -> int:
        """A new version of a subject's data key, under which all is sealed from now on; rows under others still open."""
        return self.rotate_many([subject])[subject]

    def rotate_many(self, subjects: Collection[SubjectRef]) -> dict[SubjectRef, int]:
        """New versions of the data keys of subjects, in one transaction; who was shredded gets none."""

        def act(session: Session) -> dict[SubjectRef, int]:
            gone = key_rows.shredded_among(session, subjects)
            standing = self._standing(session, [one for one in subjects if one not in gone])
            made = {one: max((key.version for key in keys), default=0) + 1 for one, keys in standing.items()}
            if max(made.values(), default=0) > LAST_KEY_VERSION:
                raise DougongError(Message("密钥版本已用尽", "There are no versions of the key left"))
            self._add(session, list(made.items()))
            key_rows.retire_older(session, list(made.items()), self._now())
            key_rows.note_act(session, f"renewed={len(made)}", self._now())
            return made

        made = self._store.write(act)
        self._store.end_epoch()
        return made

    def destroy_versions(self, versions: Sequence[tuple[SubjectRef, int]]) -> None:
        """Destroy former versions under which no row stands, here or in a backup; who calls has counted them."""
        for at in range(0, len(versions), PART):
            self._store.write(partial(self._destroy, versions=versions[at : at + PART]))
        self._store.end_epoch()
        self._store.scrub()

    def rotate_keks(self, part: int = PART) -> int:
        """A new key-encryption key; every key is wrapped anew under it, part by part, and the old ones are destroyed.

        Goes on where it was broken off. The number of keys wrapped anew.
        """
        newest = self.newest_kek()
        unfinished = self._store.read(lambda session: key_rows.keys_under_older(session, newest, 1))
        if not any(unfinished):
            self._store.write(self._next_kek)
        return self.finish_keks(part)

    def finish_keks(self, part: int = PART) -> int:
        """Wrap what is still wrapped under an older key-encryption key anew; the number of keys."""
        done = 0
        while moved := self._store.write(lambda session: self._wrapping.rewrap(session, part)):
            done += moved
        newest = self.newest_kek()
        self._store.write(lambda session: key_rows.remove_keks_below(session, newest))
        return done

    def rotate_root(self, root: Root) -> None:
        """Wrap the key-encryption keys under another root key, in one transaction."""

        def act(session: Session) -> None:
            self._wrapping.change_root(session, root)
            key_rows.note_act(session, f"root={root.provider.name}", self._now())

        self._store.write(act)
        self._store.end_epoch()

    def counts(self) -> key_rows.KeyCounts:
        """How many keys there are."""
        return self._store.read(key_rows.key_counts)

    def subjects_after(self, subject: SubjectRef | None, limit: int = PART) -> list[SubjectRef]:
        """Some of the subjects that have keys, in order, from behind one of them."""
        return self._store.read(lambda session: key_rows.subjects_after(session, subject, limit))

    def acts_after(self, at: int, limit: int = PART) -> list[tuple[int, str]]:
        """What was done with keys after an instant (microseconds), in codes and counts."""
        return self._store.read(lambda session: key_rows.acts_after(session, at, limit))

    def newest_kek(self) -> int:
        """The version of the key-encryption key in use."""
        self._store.read(self._wrapping.agree)
        return self._wrapping.newest

    @property
    def store(self) -> KeyStore:
        return self._store

    @property
    def root_kind(self) -> str:
        return self._wrapping.root_kind

    def enter(self) -> None:
        """Before any key is used: keys of an earlier epoch are forgotten."""
        self._cache.enter(self._store.epoch())

    @property
    def cache(self) -> KeyCache:
        """What this thread holds; the vault keeps its prekeyed contexts there, so that they go with the keys."""
        return self._cache

    def close(self) -> None:
        self._store.close()

    def after_fork(self) -> None:
        """What this process's parent set aside is the parent's."""
        self._left, self._lock = {}, threading.Lock()

    def _fetch(
        self, wanted: Collection[tuple[SubjectRef, int | None]]
    ) -> dict[tuple[SubjectRef, int | None], tuple[int, bytes] | None]:
        """Keys out of the store, kept in memory; a subject that never had one gets its first."""
        subjects = {subject for subject, _ in wanted}
        standing = self._store.read(lambda session: self._standing(session, subjects))
        bare: set[SubjectRef] = {subject for subject, version in wanted if version is None and not standing[subject]}
        if bare:
            standing.update(self._store.write(lambda session: self._made(session, bare)))
        found: dict[tuple[SubjectRef, int | None], tuple[int, bytes] | None] = {}
        for subject, version in wanted:
            versions = standing[subject]
            fits = [one for one in versions if version in {None, one.version}]
            chosen = max(fits, key=lambda one: one.version, default=None)
            found[subject, version] = (chosen.version, self._plain(chosen)) if chosen else None
            if chosen is not None:
                self._cache.put((subject, version), found[subject, version])
        return found

    def _standing(self, session: Session, subjects: Iterable[SubjectRef]) -> dict[SubjectRef, list[WrappedKey]]:
        found: dict[SubjectRef, list[WrappedKey]] = {one: [] for one in subjects}
        for key in key_rows.keys_of(session, found):
            found[key.subject].append(key)
        return found

    def _made(self, session: Session, bare: set[SubjectRef]) -> dict[SubjectRef, list[WrappedKey]]:
        """First keys of subjects, unless another process made them, or they were destroyed for good."""
        standing = self._standing(session, bare)
        gone = key_rows.shredded_among(session, bare)
        self._add(session, [(one, 1) for one in sorted(bare - gone) if not standing[one]])
        return self._standing(session, bare)

    def _add(self, session: Session, made: Collection[tuple[SubjectRef, int]]) -> None:
        self._wrapping.agree(session)
        keys = [self._wrapping.new_key(subject, version) for subject, version in made]
        key_rows.add_keys(session, keys, SET_ASIDE, self._now())
        session.after_commit(lambda: self._set_aside([(one, SET_ASIDE) for one in made]))

    def _take(self, subject: SubjectRef, version: int, count: int) -> bool:
        """Use up sealings that were set aside; False when there are not so many."""
        with self._lock:
            left = self._left.get((subject, version), 0)
            if left < count:
                return False
            self._left[subject, version] = left - count
            return True

    def _set_more_aside(self, session: Session, short: Iterable[tuple[SubjectRef, int, int]]) -> list[SubjectRef]:
        """Count further sealings of keys; the subjects whose keys may not be used so often."""
        counted, used_up = [], []
        for subject, version, count in short:
            aside = max(count, SET_ASIDE)
            if key_rows.set_aside_writes(session, subject, version, aside, self._most_writes):
                counted.append(((subject, version), aside))
            else:
                used_up.append(subject)
        session.after_commit(lambda: self._set_aside(counted))
        return used_up

    def _set_aside(self, counted: Iterable[tuple[tuple[SubjectRef, int], int]]) -> None:
        with self._lock:
            for name, count in counted:
                self._left[name] = self._left.get(name, 0) + count

    def _plain(self, key: WrappedKey) -> bytes:
        self._know(key.kek)
        return self._wrapping.plain(key)

    def _index_plain(self, key: WrappedIndexKey) -> bytes:
        self._know(key.kek)
        return self._wrapping.index_plain(key)

    def _know(self, kek: int) -> None:
        """Another process may have made a key-encryption key meanwhile."""
        if not self._wrapping.knows(kek):
            self._store.read(self._wrapping.agree)

    def _destroy(self, session: Session, versions: Sequence[tuple[SubjectRef, int]]) -> None:
        key_rows.destroy_versions(session, versions)
        key_rows.note_act(session, f"destroyed={len(versions)}", self._now())

    def _next_kek(self, session: Session) -> None:
        self._wrapping.add_next(session)
        key_rows.note_act(session, f"kek={self._wrapping.newest}", self._now())

    def _make_index_key(self, session: Session, entity: str, field: str) -> None:
        self._wrapping.agree(session)
        key_rows.add_index_key(session, self._wrapping.new_index_key(entity, field, 1), self._now())

    def _now(self) -> int:
        return to_micros(self._clock.now())


_LIVING: weakref.WeakSet[Keyring] = weakref.WeakSet()


def _after_fork() -> None:
    for one in tuple(_LIVING):
        one.after_fork()


os.register_at_fork(after_in_child=_after_fork)
