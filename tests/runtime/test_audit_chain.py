"""The chain of the audit log: late commits, the chain of an earlier release, signed heads, anchors, pseudonyms, mutations."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from engine.runtime.audit import AUDIT, AUDIT_TABLES, HEAD, SIGNED, Act, append, newest, unsealed
from engine.runtime.audit_chain.anchors import AnchorContradicts, anchor, anchor_file, read_anchors
from engine.runtime.audit_chain.earlier import append_earlier
from engine.runtime.audit_chain.findings import Cause
from engine.runtime.audit_chain.replacing import NotReplaceable, replace_subjects
from engine.runtime.audit_chain.sealing import (
    Overtaken,
    Sealer,
    last_signed,
    newest_head,
    read_head,
    seal_all,
    seal_turn,
)
from engine.runtime.audit_chain.signing import SignedHead, sign_head
from engine.runtime.audit_chain.verifying import Proofs, Verdict, verify_chain
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.operations import CreateTable
from tests.conftest import FixedClock
from tests.mutate_audit import KINDS_OF_MUTATION, Scene, caught

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
SEALER = Sealer("one", KEY)


@pytest.fixture
def log(database: Database) -> Database:
    """A database with the tables of the audit log alone."""

    def make(session: Session) -> None:
        for table in AUDIT_TABLES:
            for statement in ddl(CreateTable(table), session.dialect):
                session.execute(statement)

    database.alter(make)
    return database


@pytest.fixture
def ids() -> IdSource:
    return IdSource(FixedClock(NOW))


def record(database: Database, ids: IdSource, *subjects: str, at: datetime = NOW) -> None:
    for subject in subjects:
        database.write(partial(append, ids=ids, act=Act(at, "export", 7, subject=subject)))


def verdict(
    database: Database,
    key: bytes | None = KEY,
    anchors: Sequence[SignedHead] = (),
    deep: bool = False,
    newest: int | None = None,
) -> Verdict:
    return database.read(partial(verify_chain, proofs=Proofs(key, anchors, deep, newest)))


def signed_at(database: Database) -> int:
    head = database.read(last_signed)
    assert head is not None
    return head.position


def test_writers_append_and_the_sealer_numbers_and_chains(log: Database, ids: IdSource) -> None:
    record(log, ids, "a", "b", "c")
    assert [one.position for one in log.read(newest)] == [0, 0, 0]
    assert log.read(unsealed).count == 3
    assert log.read(unsealed).oldest == NOW
    assert seal_all(log, SEALER, NOW) == 3
    assert [(one.position, one.act.subject) for one in log.read(newest)] == [(3, "c"), (2, "b"), (1, "a")]
    found = verdict(log)
    assert (found.length, found.broken, found.unsealed.count, found.signed) == (3, None, 0, 1)


def test_pages_go_on_from_what_waits_to_what_is_sealed(log: Database, ids: IdSource) -> None:
    record(log, ids, "a", "b")
    seal_all(log, SEALER, NOW)
    record(log, ids, "c", "d", "e")
    seen, below = [], None
    while found := log.read(partial(newest, below=below, limit=2)):
        seen += [one.act.subject for one in found]
        below = found[-1].position or -found[-1].ticket
    assert seen == ["e", "d", "c", "b", "a"]


def test_a_late_commit_is_sealed_and_none_is_skipped(postgres_database: Database) -> None:
    """The first to write commits last; a reader that remembers how far it was would never see it."""
    log, ids = postgres_database, IdSource(FixedClock(NOW))
    log.alter(
        lambda session: (
            [session.execute(one) for table in AUDIT_TABLES for one in ddl(CreateTable(table), session.dialect)]
            and None
        )
    )
    written, commit = threading.Event(), threading.Event()

    def late(session: Session) -> None:
        append(session, ids, Act(NOW, "export", subject="late"))
        written.set()
        commit.wait(10)

    writer = threading.Thread(target=log.write, args=(late,))
    writer.start()
    assert written.wait(10)
    record(log, ids, "early")
    assert seal_all(log, SEALER, NOW) == 1
    commit.set()
    writer.join(10)
    assert seal_all(log, SEALER, NOW) == 1
    assert [one.act.subject for one in log.read(newest)] == ["late", "early"]
    assert verdict(log).broken is None


def test_who_was_overtaken_writes_nothing(log: Database, ids: IdSource) -> None:
    record(log, ids, "a")
    seal_all(log, SEALER, NOW)
    second, later = Sealer("two", KEY), NOW + timedelta(minutes=1)
    if log.dialect == "postgres":
        record(log, ids, "b")
        assert not seal_turn(log, second, NOW).mine, "the lease of the first still holds"
    record(log, ids, "c")
    assert seal_turn(log, second, later).mine
    head = log.read(read_head)
    assert head is not None
    assert (head.holder, head.fence) == ("two", 2)

    def stale(session: Session) -> None:
        """The first believes that the head is as it had left it."""
        if not update(session, HEAD, {"length": 99}, {"id": 1, "fence": 1}):
            raise Overtaken

    with pytest.raises(Overtaken):
        log.write(stale)
    assert verdict(log).broken is None


def test_a_head_is_kept_every_minute_and_every_thousand_entries(log: Database, ids: IdSource) -> None:
    record(log, ids, "a")
    seal_turn(log, SEALER, NOW)
    record(log, ids, "b")
    seal_turn(log, SEALER, NOW + timedelta(seconds=59))
    assert [row[0] for row in log.read(lambda session: select(session, SIGNED, ("position",)))] == [1]
    seal_turn(log, SEALER, NOW + timedelta(seconds=60))
    assert signed_at(log) == 2
    log.write(
        lambda session: [append(session, ids, Act(NOW, "export", subject=str(one))) for one in range(1000)] and None
    )
    seal_turn(log, SEALER, NOW + timedelta(seconds=61))
    assert signed_at(log) == 1002
    assert verdict(log, deep=True).broken is None


def in_parts(log: Database, ids: IdSource) -> None:
    """A chain of twelve entries with a head kept at every second."""
    for one in range(6):
        record(log, ids, f"a{one}", f"b{one}")
        seal_turn(log, SEALER, NOW + timedelta(minutes=one))


def test_the_newest_part_is_verified_from_a_signed_head_on(log: Database, ids: IdSource) -> None:
    in_parts(log, ids)
    found = verdict(log, newest=3)
    assert (found.length, found.broken, found.trusted, found.signed) == (12, None, 8, 2)
    assert verdict(log, newest=12).trusted == 0, "a chain that is shorter is read whole"
    assert verdict(log, OTHER, newest=3).trusted == 0, "a head of another key vouches for nothing"
    log.write(lambda session: replace_subjects(session, ids, NOW, (11,), "subject=7f3a"))
    assert verdict(log, newest=3).broken is None


@pytest.mark.parametrize(
    ("table", "where", "values", "position"),
    [
        (AUDIT, {"position": 9}, {"actor": 8}, 9),
        (AUDIT, {"position": 12}, {"seal": "0" * 64}, 12),
        (AUDIT, {"position": 8}, {"seal": "0" * 64}, 8),
        (SIGNED, {"position": 10}, {"seal": "0" * 64}, 9),
        (HEAD, {"id": 1}, {"length": 11}, 13),
    ],
    ids=["altered", "last", "where it begins", "a head", "cut"],
)
def test_what_is_altered_in_the_newest_part_is_found_there(
    log: Database, ids: IdSource, table: str, where: dict[str, object], values: dict[str, object], position: int
) -> None:
    in_parts(log, ids)
    log.write(lambda session: update(session, table, values, where))
    found = verdict(log, newest=3)
    assert found.trusted == 8
    assert found.broken is not None
    assert found.broken.position == position


def test_a_forged_head_does_not_hide_what_stands_before_it(log: Database, ids: IdSource) -> None:
    in_parts(log, ids)
    log.write(lambda session: update(session, AUDIT, {"actor": 8}, {"position": 2}))
    assert verdict(log, newest=3).broken is None, "the part does not read it"
    log.write(lambda session: update(session, SIGNED, {"signature": "0" * 128}, {"position": 8}))
    found = verdict(log, newest=3)
    assert found.trusted == 0, "such a head vouches for nothing: the whole chain is read"
    assert found.broken is not None
    assert found.broken.position == 2


def earlier_log(database: Database, acts: int, key: bytes = KEY) -> None:
    """Rows as the release before wrote them."""
    for one in range(acts):
        database.write(partial(append_earlier, key=key, act=Act(NOW, "export", 7, subject=f"old={one}")))


def test_the_chain_of_an_earlier_release_goes_on(log: Database, ids: IdSource) -> None:
    earlier_log(log, 5)
    head = log.read(read_head)
    assert head is not None
    assert verdict(log).broken is None
    record(log, ids, "new")
    seal_all(log, SEALER, NOW)
    rows = log.read(
        lambda session: select(session, AUDIT, ("position", "action", "previous", "rule"), order=("position",))
    )
    assert [(row[0], row[1], row[3]) for row in rows[4:]] == [
        (5, "export", None),
        (6, "audit_chain", "sm3"),
        (7, "export", "sm3"),
    ]
    assert rows[5][2] == head.seal, "the first new entry binds the old head"
    found = verdict(log)
    assert (found.broken, found.earlier, found.earlier_known, found.length) == (None, 5, True, 7)
    assert seal_all(log, SEALER, NOW) == 0, "it goes on once"


@pytest.mark.parametrize("key", [KEY, OTHER, None], ids=["key", "another_key", "no_key"])
def test_an_altered_entry_of_an_earlier_release_is_found_also_without_its_key(
    log: Database, ids: IdSource, key: bytes | None
) -> None:
    earlier_log(log, 5)
    record(log, ids, "new")
    seal_all(log, SEALER, NOW)
    log.write(lambda session: update(session, AUDIT, {"subject": "old=9"}, {"position": 3}))
    broken = verdict(log, key).broken
    assert broken is not None
    assert (broken.position, broken.cause) == ((3, Cause.ALTERED) if key == KEY else (1, Cause.EARLIER))


def test_an_entry_that_nobody_sealed_stops_no_sealing_and_breaks_the_chain(log: Database, ids: IdSource) -> None:
    record(log, ids, "a")
    seal_all(log, SEALER, NOW)
    row = dict.fromkeys(("actor", "viewing_as", "address", "request", "rule", "digest", "salt", "commitment"))
    told = {"position": 2, "at": 1, "action": "export", "subject": "", "outcome": "done", "previous": "x", "seal": "y"}
    log.write(lambda session: insert(session, AUDIT, row | told))
    record(log, ids, "b")
    assert seal_all(log, SEALER, NOW) == 1
    broken = verdict(log).broken
    assert broken is not None
    assert broken.position == 2
    assert [one.act.action for one in log.read(newest)][:2] == ["export", "audit_went_on"]


def test_a_subject_gives_way_to_a_pseudonym_and_the_chain_holds(log: Database, ids: IdSource) -> None:
    record(log, ids, "record=1", "record=2", "record=3")
    seal_all(log, SEALER, NOW)
    log.write(lambda session: replace_subjects(session, ids, NOW, (1, 3), "subject=7f3a"))
    assert verdict(log).broken is None, "the act that says so may wait yet"
    seal_all(log, SEALER, NOW)
    found = verdict(log)
    assert (found.broken, found.replaced) == (None, 2)
    assert [one.act.subject for one in log.read(newest)][1:] == ["subject=7f3a", "record=2", "subject=7f3a"]
    log.write(lambda session: update(session, AUDIT, {"subject": "other", "salt": None}, {"position": 2}))
    broken = verdict(log).broken
    assert broken is not None
    assert (broken.position, broken.cause) == (2, Cause.FORGOTTEN), "without an act it is an alteration"
    with pytest.raises(NotReplaceable):
        log.write(lambda session: replace_subjects(session, ids, NOW, (99,), "x"))


def test_heads_are_anchored_once_each_and_a_file_that_disagrees_is_left_alone(
    log: Database, ids: IdSource, tmp_path: Path
) -> None:
    path = anchor_file(tmp_path, KEY)
    for one in range(3):
        record(log, ids, f"a{one}")
        seal_all(log, SEALER, NOW)
        anchor(log, tmp_path, SEALER)
        anchor(log, tmp_path, SEALER)
    assert [one.position for one in read_anchors(path).heads] == [1, 2, 3]
    with path.open("a") as file:
        file.write('{"format":"dougong-au')
    record(log, ids, "b")
    seal_all(log, SEALER, NOW)
    anchor(log, tmp_path, SEALER)
    found = read_anchors(path)
    assert ([one.position for one in found.heads], found.unreadable) == ([1, 2, 3, 4], 1)
    assert verdict(log, anchors=found.heads).anchored == 4
    log.write(lambda session: delete(session, AUDIT, {"position >": 2}))
    before = path.read_bytes()
    with pytest.raises(AnchorContradicts):
        anchor(log, tmp_path, SEALER)
    assert path.read_bytes() == before


def test_a_false_anchor_is_named(log: Database, ids: IdSource) -> None:
    record(log, ids, "a")
    seal_all(log, SEALER, NOW)
    head = log.read(newest_head)
    assert head is not None
    forged = type(head)(head.position, "0" * 64, head.at, head.key, head.signature)
    broken = verdict(log, anchors=[forged]).broken
    assert broken is not None
    assert broken.cause is Cause.FALSE_ANCHOR
    theirs = sign_head(OTHER, 1, head.seal, head.at)
    assert verdict(log, anchors=[theirs]).broken is None, "it says of the chain what the chain is"


def test_mutations_are_found_given_the_anchor(log: Database, ids: IdSource) -> None:
    scene, chance = Scene(log, ids, KEY, NOW), random.Random(20260302)
    scene.fill(60)
    missed = [kind for kind in KINDS_OF_MUTATION for _ in range(10) if not caught(scene, kind, chance)]
    assert missed == []
    assert verdict(log, anchors=scene.anchors).broken is None, "the control: the chain itself holds"


@pytest.mark.parametrize("kind", ["truncate", "rehash"])
def test_without_an_anchor_and_with_the_key_these_are_not_found(log: Database, ids: IdSource, kind: str) -> None:
    """What the guide says cannot be seen, so that nobody promises it."""
    scene = Scene(log, ids, KEY, NOW)
    scene.fill(20)
    assert caught(scene, kind, random.Random(1))
    assert not caught(scene, kind, random.Random(1), anchored=False)
