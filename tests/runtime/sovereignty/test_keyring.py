"""Keys of subjects: made once, counted, renewed, destroyed at once for everybody, wrapped under what can be renewed too."""

from __future__ import annotations

import mmap
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import connect

from engine.runtime.sovereignty.envelopes import Tampered, key_version_of
from engine.runtime.sovereignty.key_cache import KeyCache
from engine.runtime.sovereignty.key_copies import (
    CopyRefused,
    copy_keys,
    remove_ended_copies,
    restore_keys,
    standing_copies,
)
from engine.runtime.sovereignty.key_store import open_key_store
from engine.runtime.sovereignty.key_wrapping import KeyWrapping
from engine.runtime.sovereignty.keyring import INSTALLATION, SET_ASIDE, KeyDestroyed, KeysDamaged, SubjectRef
from engine.runtime.sovereignty.root_keys import NEXT, ROOT_KEY, RootCustody, WrongRoot, new_passphrase_root
from engine.runtime.sovereignty.vault import Sealed, Vault
from tests.conftest import FixedClock, fresh_url
from tests.runtime.sovereignty.key_desk import CUSTOMER, OTHER, KeyDesk, MovedClock, sealed, sealings
from tests.runtime.sovereignty.shred_watch import ENDED, RETURNED

PASSPHRASE = "a long passphrase of an administrator"


@pytest.fixture
def key_desk(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> KeyDesk:
    dsn = request.getfixturevalue("postgres_dsn") if database_kind == "postgres" else None
    url = fresh_url(database_kind, dsn, tmp_path) if database_kind == "postgres" else ""
    return KeyDesk(tmp_path, url, MovedClock())


def opens(vault: Vault, items: list[Sealed]) -> bool:
    return all(isinstance(one, bytes) for one in vault.open_many(items))


def test_rows_open_in_another_process_as_they_were_sealed(key_desk: KeyDesk) -> None:
    with key_desk.vault() as vault, key_desk.vault() as other:
        rows = sealings(vault, [CUSTOMER, OTHER, INSTALLATION], 30)
        kept = sealed(vault, rows)
        assert other.open_many(kept) == [one.plain for one in rows]
        assert [other.open(one.subject, one.place, one.envelope) for one in kept] == [one.plain for one in rows]
        assert other.keyring.counts().data_keys == 3
        assert other.index("customer", "phone", "13800138000") == vault.index("customer", "phone", "13800138000")
        assert len(vault.index("customer", "phone", "13800138000")) == 16
        found = {vault.index(entity, field, "1") for entity in ("customer", "contact") for field in ("phone", "name")}
        assert len(found) == 4


def test_the_key_of_another_subject_opens_nothing(key_desk: KeyDesk) -> None:
    with key_desk.vault() as vault:
        one, *_ = sealed(vault, sealings(vault, [CUSTOMER], 1))
        vault.keyring.data_key(OTHER)
        with pytest.raises(Tampered):
            vault.open(OTHER, one.place, one.envelope)
        mixed = vault.open_many([one, Sealed(OTHER, one.place, one.envelope), Sealed(CUSTOMER, one.place, b"?")])
        assert [type(found) for found in mixed] == [bytes, Tampered, Tampered]


def test_many_threads_make_one_key(key_desk: KeyDesk) -> None:
    with key_desk.keyring() as keyring, ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: keyring.data_key(CUSTOMER), range(40)))
        assert len(found) == 1
        assert len(set(threads.map(lambda _: keyring.index_key("customer", "phone"), range(40)))) == 1


def test_a_shredded_subject_has_no_key_again(key_desk: KeyDesk) -> None:
    with key_desk.vault() as vault, key_desk.vault() as other:
        kept = sealed(vault, sealings(vault, [CUSTOMER, OTHER], 10))
        assert opens(other, kept)
        vault.keyring.shred(CUSTOMER)
        for one in (vault, other):
            found = one.open_many(kept)
            assert [isinstance(row, KeyDestroyed) for row in found] == [one.subject == CUSTOMER for one in kept]
            with pytest.raises(KeyDestroyed):
                one.seal(CUSTOMER, kept[0].place, b"again")
        assert vault.keyring.is_shredded(CUSTOMER)
        vault.keyring.shred(CUSTOMER)
        with pytest.raises(KeyDestroyed):
            vault.keyring.shred(INSTALLATION)


def test_no_process_opens_anything_once_shredding_returned(key_desk: KeyDesk) -> None:
    """Four processes (two on a server) of two threads each open all the time, out of memory; none after the shredding."""
    with key_desk.vault() as vault:
        envelope = vault.seal(CUSTOMER, vault.place("visit", 1, "G3", 1), b"a row")
        (key_desk.folder / "page").write_bytes(bytes(2))
        with (key_desk.folder / "page").open("r+b") as file:
            page = mmap.mmap(file.fileno(), 2)
        command = [sys.executable, "-m", "tests.runtime.sovereignty.shred_watch", str(key_desk.folder), key_desk.url]
        watching = [
            subprocess.Popen([*command, envelope.hex()], stdout=subprocess.PIPE, text=True)
            for _ in range(2 if key_desk.url else 4)
        ]
        for one in watching:
            assert one.stdout is not None
            assert {one.stdout.readline() for _ in range(2)} == {"opened\n"}
        vault.keyring.shred(CUSTOMER)
        page[RETURNED] = 1
        with pytest.raises(KeyDestroyed):
            vault.open(CUSTOMER, vault.place("visit", 1, "G3", 1), envelope)
        for _ in range(200):
            vault.index("customer", "phone", "1")
        page[ENDED] = 1
        told = [[int(number) for number in one.communicate(timeout=60)[0].split()] for one in watching]
    early, late, refused = (sum(column) for column in zip(*told, strict=True))
    assert early >= 2 * len(watching)
    assert late == 0
    assert refused >= 1


@pytest.mark.one_database
def test_what_was_destroyed_is_in_no_file(tmp_path: Path) -> None:
    """The wrapped key is found before, and nowhere after; deleting alone would leave it in the file."""
    desk = KeyDesk(tmp_path, "", MovedClock())
    with desk.keyring() as keyring:
        for record in range(50):
            keyring.data_key(SubjectRef("customer", record))
        connection = sqlite3.connect(tmp_path / "keys.db")
        wrapped = bytes(connection.execute("SELECT wrapped FROM dougong_dek WHERE record = 42").fetchone()[0])
        connection.close()
        assert any(wrapped in path.read_bytes() for path in tmp_path.iterdir())
        keyring.shred(CUSTOMER)
        assert not any(wrapped in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_what_was_destroyed_is_not_in_what_the_planner_knows(key_desk: KeyDesk) -> None:
    """A server that has looked at the table keeps samples of it, wrapped keys too, which outlive the rows."""
    with key_desk.keyring() as keyring, closing(connect(key_desk.url, autocommit=True)) as connection:
        for record in range(40, 46):
            keyring.data_key(SubjectRef("customer", record))
        row = connection.execute("SELECT wrapped::text FROM dougong_dek WHERE record = 42").fetchone()
        assert row is not None
        known = "SELECT 1 FROM pg_stats WHERE tablename = 'dougong_dek' AND histogram_bounds::text LIKE %s"
        sample = [f"%{str(row[0]).removeprefix(chr(92))}%"]
        connection.execute("ANALYZE dougong_dek")
        assert connection.execute(known, sample).fetchone()
        keyring.shred(CUSTOMER)
        assert not connection.execute(known, sample).fetchone()


def test_a_key_that_was_used_too_often_gets_a_successor(key_desk: KeyDesk) -> None:
    with key_desk.keyring(most_writes=SET_ASIDE * 2) as keyring:
        vault = Vault(lambda: keyring)
        versions = []
        for round_ in range(5):
            rows = sealings(vault, [CUSTOMER], SET_ASIDE // 2)
            kept = sealed(vault, rows)
            versions.append(key_version_of(kept[0].envelope, kept[0].place))
            assert round_ != 4 or opens(vault, kept)
        assert versions == [1, 1, 1, 1, 2]
    with key_desk.keyring(
        most_writes=SET_ASIDE * 2
    ) as again:  # what was set aside and not used is lost, never used twice
        version, _ = again.sealing_keys({CUSTOMER: 1})[CUSTOMER]
        assert version == 2


def test_a_child_process_repeats_no_nonce_and_no_count(tmp_path: Path) -> None:
    with KeyDesk(tmp_path, "", MovedClock()).vault() as vault:
        place = vault.place("visit", 1, "G3", 1)
        vault.seal(CUSTOMER, place, b"x")
        before = vault.keyring.counts().most_writes
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                nonces = b"".join(vault.seal(CUSTOMER, place, b"x")[4:16] for _ in range(500))
                os.write(writing, nonces)
            finally:
                os._exit(0)
        own = {vault.seal(CUSTOMER, place, b"x")[4:16] for _ in range(500)}
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            content = pipe.read()
        os.waitpid(child, 0)
        other = {content[at : at + 12] for at in range(0, len(content), 12)}
        assert (len(own), len(other), len(own | other)) == (500, 500, 1000)
        assert vault.keyring.counts().most_writes == before + SET_ASIDE


def test_nonces_are_never_twice_the_same(tmp_path: Path) -> None:
    """A short form; ten million in the long run of `make prove`."""
    with KeyDesk(tmp_path, "", MovedClock()).vault() as vault:
        rows = sealings(vault, [CUSTOMER], 20_000)
        assert len({one[4:16] for one in vault.seal_many(rows)}) == 20_000


def test_both_versions_are_read_and_the_newer_one_written(key_desk: KeyDesk) -> None:
    with key_desk.vault() as vault, key_desk.vault() as other:
        rows = sealings(vault, [CUSTOMER], 4)
        kept = sealed(vault, rows)
        assert vault.keyring.rotate(CUSTOMER) == 2
        newer = sealed(other, rows)
        assert {key_version_of(one.envelope, one.place) for one in newer} == {2}
        assert opens(vault, [*kept, *newer])
        vault.keyring.destroy_versions([(CUSTOMER, 1)])
        assert not opens(other, kept)
        assert opens(other, newer)


def test_key_encryption_keys_are_renewed_while_others_work(key_desk: KeyDesk) -> None:
    """A process that knows only the older one makes keys under the newer one, and reads what is wrapped under either."""
    subjects = [SubjectRef("customer", record) for record in range(25)]
    with key_desk.vault() as vault, key_desk.vault() as other:
        kept = sealed(vault, sealings(vault, subjects, 50))
        assert opens(other, kept[:10])
        assert vault.keyring.rotate_keks(part=10) == 25
        assert vault.keyring.counts().keks == 1
        assert vault.keyring.newest_kek() == 2
        newest = sealed(other, sealings(other, [SubjectRef("customer", 99)], 2))
        index = other.index("customer", "phone", "1")
        assert opens(other, [*newest, *kept])
    with key_desk.vault() as later:
        assert opens(later, [*kept, *newest])
        assert later.index("customer", "phone", "1") == index


def test_renewing_goes_on_where_it_was_broken_off(key_desk: KeyDesk) -> None:
    subjects = [SubjectRef("customer", record) for record in range(25)]
    with key_desk.vault() as vault:
        kept = sealed(vault, sealings(vault, subjects, 50))
        wrapping = KeyWrapping(RootCustody(key_desk.folder), key_desk.clock)
        vault.keyring.store.write(wrapping.begin)
        vault.keyring.store.write(wrapping.add_next)
        vault.keyring.store.write(lambda session: wrapping.rewrap(session, 10))
    with key_desk.vault() as later:
        assert later.keyring.counts().keks == 2
        assert opens(later, kept)
        assert later.keyring.rotate_keks() == 15
        assert later.keyring.newest_kek() == 2
        assert later.keyring.counts().keks == 1
        assert opens(later, kept)


def test_a_root_key_in_a_file_is_renewed(key_desk: KeyDesk) -> None:
    with key_desk.vault() as vault:
        kept = sealed(vault, sealings(vault, [CUSTOMER], 3))
        before = (key_desk.folder / ROOT_KEY).read_bytes()
        assert (key_desk.folder / ROOT_KEY).stat().st_mode & 0o777 == 0o600
        vault.keyring.rotate_root(RootCustody(key_desk.folder).prepare_file())
        assert (key_desk.folder / NEXT).exists(), "killed here, the next one to open the keys finishes"
        assert opens(vault, kept)
    with key_desk.vault() as later:
        assert opens(later, kept)
        assert not (key_desk.folder / NEXT).exists()
        assert (key_desk.folder / ROOT_KEY).read_bytes() != before
    RootCustody(key_desk.folder).prepare_file()
    with key_desk.vault() as later:
        assert opens(later, kept), "one that was prepared in vain changes nothing"
    (key_desk.folder / ROOT_KEY).write_bytes(before)
    (key_desk.folder / NEXT).unlink()
    with pytest.raises(WrongRoot), key_desk.keyring():
        pass


@pytest.mark.one_database
def test_a_root_key_comes_of_a_passphrase(tmp_path: Path) -> None:
    key_desk = KeyDesk(tmp_path, "", MovedClock())
    with key_desk.vault(PASSPHRASE) as vault:
        kept = sealed(vault, sealings(vault, [CUSTOMER], 3))
        assert vault.keyring.root_kind == "passphrase"
        assert not (key_desk.folder / ROOT_KEY).exists()
    for wrong in ("", PASSPHRASE + "."):
        with pytest.raises(WrongRoot) as refused, key_desk.keyring(wrong):
            pass
        assert "DOUGONG_ROOT_PASSPHRASE" in refused.value.message.zh
    with key_desk.vault(PASSPHRASE) as vault:
        assert opens(vault, kept)
        vault.keyring.rotate_root(RootCustody(key_desk.folder).prepare_file())
    with key_desk.vault() as vault:
        assert opens(vault, kept)
        vault.keyring.rotate_root(new_passphrase_root("another passphrase"))
        RootCustody(key_desk.folder).forget_file()
    with key_desk.vault("another passphrase") as vault:
        assert opens(vault, kept)


@pytest.mark.one_database
def test_keys_that_were_altered_are_refused(tmp_path: Path) -> None:
    """A wrapped key put in another subject's place does not unwrap there."""
    desk = KeyDesk(tmp_path, "", MovedClock())
    with desk.keyring() as keyring:
        keyring.data_keys([(CUSTOMER, None), (OTHER, None)])
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.execute(
        "UPDATE dougong_dek SET wrapped = (SELECT wrapped FROM dougong_dek WHERE record = 43) WHERE record = 42"
    )
    connection.commit()
    connection.close()
    with desk.keyring() as keyring:
        keyring.data_key(OTHER)
        with pytest.raises(KeysDamaged):
            keyring.data_key(CUSTOMER)


def test_keys_leave_memory(fixed_clock: FixedClock) -> None:
    cache = KeyCache(fixed_clock.monotonic, most=3, seconds=60)
    cache.enter(b"1")
    for at in range(5):
        cache.put(at, at)
    assert [cache.get(at) for at in range(5)] == [None, None, 2, 3, 4]
    cache.get(2)
    cache.put(5, 5)
    assert [cache.get(at) for at in (2, 3, 5)] == [2, None, 5]
    fixed_clock.advance(timedelta(seconds=61))
    assert cache.get(2) is None
    cache.put(6, 6)
    cache.enter(b"1")
    assert cache.get(6) == 6
    cache.enter(b"2")
    assert len(cache) == 0
    with ThreadPoolExecutor(1) as other:
        cache.put(7, 7)
        assert other.submit(cache.get, 7).result() is None


def test_a_copy_of_the_keys_lasts_a_week(key_desk: KeyDesk, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    copy = away / "keys-copy"
    with key_desk.vault() as vault:
        kept = sealed(vault, sealings(vault, [CUSTOMER, OTHER], 10))
        copy_keys(vault.keyring.store, copy, key_desk.clock.now())
        assert sorted(path.name for path in away.iterdir()) == ["keys-copy"]
        assert copy.stat().st_mode & 0o777 == 0o600
        with pytest.raises(CopyRefused):
            copy_keys(vault.keyring.store, copy, key_desk.clock.now())
        vault.keyring.shred(CUSTOMER)
        with pytest.raises(CopyRefused) as refused:
            restore_keys(vault.keyring.store, copy, key_desk.clock.now())
        assert "keys.db" in refused.value.message.en

    elsewhere = KeyDesk(tmp_path / "elsewhere", "", MovedClock())
    elsewhere.folder.mkdir()
    store = open_key_store("", elsewhere.folder)
    week = key_desk.clock.now() + timedelta(days=8)
    with pytest.raises(CopyRefused) as refused:
        restore_keys(store, copy, week)
    assert "--old" in refused.value.message.zh
    restore_keys(store, copy, key_desk.clock.now())
    store.close()
    with pytest.raises(WrongRoot), elsewhere.keyring():
        pass
    (elsewhere.folder / ROOT_KEY).write_bytes((key_desk.folder / ROOT_KEY).read_bytes())
    with elsewhere.vault() as vault:
        assert opens(vault, kept), "the copy is of before the shredding: that is why it lasts a week"

    with key_desk.vault() as vault:
        assert [one.path for one in standing_copies(vault.keyring.store)] == [copy]
        assert remove_ended_copies(vault.keyring.store, key_desk.clock.now()) == []
        assert remove_ended_copies(vault.keyring.store, week) == [copy]
        assert not copy.exists()
        assert standing_copies(vault.keyring.store) == []
