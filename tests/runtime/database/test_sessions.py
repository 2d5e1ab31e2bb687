"""Sessions of both databases: transactions, savepoints, group commit, errors, readers that cannot write."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from engine.diagnostics import DougongError
from engine.runtime.database.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import Statement, StatementCache, compile_statement
from engine.runtime.identifiers import LARGEST, BadIdentifier, IdSource, decode_id, encode_id
from tests.conftest import FixedClock


def statement(database: Database | Session, text: str) -> Statement:
    return compile_statement(parse_one(text, read="postgres"), database.dialect)


def insert(session: Session, number: int, name: str = "n") -> None:
    session.execute(statement(session, "INSERT INTO t (id, name) VALUES (:id, :name)"), {"id": number, "name": name})


def count(database: Database) -> int:
    row = database.read(lambda session: session.row(statement(session, "SELECT count(*) FROM t")))
    assert row is not None
    return int(str(row[0]))


@pytest.fixture
def table(database: Database) -> Database:
    ddl = statement(database, "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    database.write(lambda session: session.execute(ddl))
    return database


def test_what_was_written_is_read_back(table: Database) -> None:
    table.write(lambda session: insert(session, 1, "50% of 华为; it's :id"))
    rows = table.read(lambda session: session.rows(statement(session, "SELECT id, name FROM t")))
    assert rows == [(1, "50% of 华为; it's :id")]


def test_a_failing_unit_undoes_only_itself(table: Database) -> None:
    def fails(session: Session) -> None:
        insert(session, 2, "two")
        raise ValueError("no")

    table.write(lambda session: insert(session, 1, "one"))
    with pytest.raises(ValueError, match="no"):
        table.write(fails)
    assert count(table) == 1


def test_a_savepoint_fails_alone(table: Database) -> None:
    def half(session: Session) -> None:
        insert(session, 1, "one")
        with pytest.raises(UniqueViolation), session.savepoint():
            insert(session, 2, "two")
            insert(session, 3, "two")
        insert(session, 4, "four")

    table.write(half)
    assert count(table) == 2


def test_parts_within_parts_fail_alone_and_those_that_do_nothing_leave_the_rest(table: Database) -> None:
    def parts(session: Session) -> None:
        with session.savepoint():
            with session.savepoint():
                pass
            with pytest.raises(ValueError, match="nothing done"), session.savepoint():
                raise ValueError("nothing done")
            with pytest.raises(UniqueViolation), session.savepoint():
                insert(session, 1, "one")
                session.execute_many(
                    statement(session, "INSERT INTO t (id, name) VALUES (:id, :name)"), [{"id": 1, "name": "again"}]
                )
            insert(session, 2, "two")
            with session.savepoint():
                insert(session, 3, "three")
        with pytest.raises(ValueError, match="undone"), session.savepoint():
            with session.savepoint():
                insert(session, 4, "four")
            raise ValueError("undone")

    table.write(parts)
    found = table.read(lambda session: session.rows(statement(session, "SELECT name FROM t ORDER BY id")))
    assert [name for (name,) in found] == ["two", "three"]


def test_units_from_many_threads_all_commit(table: Database) -> None:
    def one(number: int) -> None:
        table.write(lambda session: insert(session, number, f"n{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(200)))
    assert count(table) == 200


def test_acts_after_commit_run_only_when_committed(table: Database) -> None:
    seen: list[str] = []

    def fails(session: Session) -> None:
        session.after_commit(lambda: seen.append("never"))
        raise ValueError("no")

    table.write(lambda session: session.after_commit(lambda: seen.append("once")))
    with pytest.raises(ValueError, match="no"):
        table.write(fails)
    assert seen == ["once"]


def test_a_reader_cannot_write(table: Database) -> None:
    with pytest.raises(DougongError):
        table.read(lambda session: insert(session, 1))
    assert count(table) == 0


def test_constraints_have_errors_of_their_own(table: Database) -> None:
    child = statement(
        table, "CREATE TABLE c (id BIGINT PRIMARY KEY, t BIGINT REFERENCES t (id), n BIGINT CHECK (n > 0))"
    )
    table.write(lambda session: session.execute(child))
    put = statement(table, "INSERT INTO c (id, t, n) VALUES (:id, :t, :n)")
    with pytest.raises(ForeignKeyViolation):
        table.write(lambda session: session.execute(put, {"id": 1, "t": 9, "n": 1}))
    with pytest.raises(CheckViolation):
        table.write(lambda session: session.execute(put, {"id": 1, "t": None, "n": 0}))


def test_a_broken_key_is_named_with_its_columns(database: Database) -> None:
    make = statement(database, "CREATE TABLE k (id BIGINT PRIMARY KEY, store TEXT, day TEXT, UNIQUE (store, day))")
    put = statement(database, "INSERT INTO k (id, store, day) VALUES (:id, :store, :day)")
    row = {"id": 1, "store": "(a)=(b)", "day": "秘密"}
    database.write(lambda session: session.execute(make))
    database.write(lambda session: session.execute(put, row))
    with pytest.raises(UniqueViolation) as caught:
        database.write(lambda session: session.execute(put, row | {"id": 2}))
    assert caught.value.columns == ("k.store", "k.day")


def test_no_value_of_a_row_reaches_the_text_of_an_error(database: Database) -> None:
    number, strict = ("INTEGER", "STRICT") if database.dialect == "sqlite" else ("BIGINT", "")
    columns = f"id {number} PRIMARY KEY, n {number} NOT NULL, name TEXT UNIQUE"
    make = Statement(f"CREATE TABLE k ({columns}) {strict}", (), database.dialect)
    put = statement(database, "INSERT INTO k (id, n, name) VALUES (:id, :n, :name)")
    database.write(lambda session: session.execute(make))
    database.write(lambda session: session.execute(put, {"id": 1, "n": 1, "name": "秘密"}))
    for bad in (
        {"id": 2, "n": 1, "name": "秘密"},
        {"id": 3, "n": None, "name": "秘密3"},
        {"id": 4, "n": "秘密", "name": ""},
    ):
        with pytest.raises(DougongError) as caught:
            database.write(lambda session, bad=bad: session.execute(put, bad))  # type: ignore[misc]
        assert "秘密" not in "".join(traceback.format_exception(caught.value))


def test_a_reader_sees_one_moment(table: Database) -> None:
    counted = statement(table, "SELECT count(*) FROM t")
    table.write(lambda session: insert(session, 1, "one"))

    def reads(session: Session) -> list[object]:
        first = session.rows(counted)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(table.write, lambda other: insert(other, 2, "two")).result()
        return [first, session.rows(counted)]

    assert table.read(reads) == [[(1,)], [(1,)]]
    assert count(table) == 2


def test_two_streams_are_read_side_by_side(table: Database) -> None:
    def both(session: Session) -> list[object]:
        for number in range(25):
            insert(session, number, f"n{number}")
        ordered = statement(session, "SELECT id FROM t ORDER BY id")
        pairs = zip(session.stream(ordered, size=3), session.stream(ordered, size=7), strict=True)
        return [one[0] for one, other in pairs if one == other]

    assert table.write(both) == list(range(25))


def test_an_alteration_is_a_transaction_of_its_own(table: Database) -> None:
    def half(session: Session) -> None:
        session.execute(statement(session, "ALTER TABLE t ADD COLUMN extra BIGINT"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        table.alter(half)
    with pytest.raises(DougongError):
        table.read(lambda session: session.rows(statement(session, "SELECT t.extra FROM t")))


def test_the_statement_cache_makes_a_shape_once() -> None:
    cache = StatementCache(size=2)
    made: list[int] = []
    for shape in (1, 1, 2, 3, 1):
        cache.get(shape, lambda: made.append(1) or len(made))  # type: ignore[func-returns-value]
    assert (len(made), cache.hits, cache.misses) == (4, 1, 4)


def test_placeholders_are_bound_by_name() -> None:
    tree = exp.select("a").from_("t").where(exp.column("a").eq(exp.Placeholder(this="x")))
    assert compile_statement(tree, "sqlite").sql == 'SELECT "a" FROM "t" WHERE "a" = :x'
    assert compile_statement(tree, "postgres").sql == 'SELECT "a" FROM "t" WHERE "a" = %(x)s'


@given(st.integers(1, LARGEST))
def test_identifiers_read_back_as_the_same_number(number: int) -> None:
    assert decode_id(encode_id(number)) == number
    assert decode_id(encode_id(number).lower()) == number


@pytest.mark.parametrize("text", ["", "0", "Z" * 13, "0" * 12, "0" * 13, "0" * 14, "U000000000000", "中" * 13])
def test_other_texts_are_no_identifiers(text: str) -> None:
    with pytest.raises(BadIdentifier):
        decode_id(text)


def test_identifiers_rise_even_when_the_clock_goes_back(fixed_clock: FixedClock) -> None:
    source = IdSource(fixed_clock)
    first = [source.next() for _ in range(5000)]
    fixed_clock.advance(-(fixed_clock.now() - fixed_clock.now().replace(hour=0)))
    second = [source.next() for _ in range(5000)]
    assert sorted(set(first + second)) == first + second
