"""Every operation there and back: after each, the database itself is as the record says, and the rows are there."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from engine.runtime.database.errors import ForeignKeyViolation
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.schema.executor import NothingToRevert, StalePlan, Stamp, apply, plan_for, rehearse, revert
from engine.runtime.schema.fitting import EmptyValues
from engine.runtime.schema.journal import migrations, recorded_schema
from engine.runtime.schema.live import differences, live_schema
from engine.runtime.schema.operations import tombstone_name
from engine.runtime.schema.plan import PlanImpossible
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Schema, Table, schema_of

ID = Column("id", PhysicalKind.INTEGER, nullable=False)
NAME = Column("name", PhysicalKind.TEXT)
STORE = Table("store", (ID, NAME, Column("code", PhysicalKind.TEXT, nullable=False)))
SALE = Table(
    "sale",
    (
        ID,
        Column("store", PhysicalKind.INTEGER),
        Column("amount", PhysicalKind.INTEGER, scale=2),
        Column("day", PhysicalKind.DATE),
        Column("paid", PhysicalKind.BOOLEAN),
        Column("note", PhysicalKind.TEXT, nullable=False),
    ),
    foreign_keys=(ForeignKey("store", "store"),),
    indexes=(Index("sale__store", ("store", "day")), Index("sale__amount", ("amount",))),
)
BASE = schema_of([SALE, STORE])
ROWS = (
    "INSERT INTO store (id, name, code) VALUES (1, '南京东路店', 'S1')",
    "INSERT INTO store (id, name, code) VALUES (2, '静安店', 'S2')",
    "INSERT INTO sale (id, store, amount, day, paid, note) VALUES (10, 1, -1250, '2026-03-01', TRUE, '12.50')",
    "INSERT INTO sale (id, store, amount, day, paid, note) VALUES (11, 1, 300, NULL, FALSE, 'x')",
)
WHOLE = [(10, 1, -1250, "12.50"), (11, 1, 300, "x")]


def run(database: Database, text: str) -> list[tuple[object, ...]]:
    tree = parse_one(text, read="postgres")
    statement = compile_statement(tree, database.dialect)
    if isinstance(tree, exp.Select):
        return database.read(lambda session: session.rows(statement))
    database.write(lambda session: session.execute(statement))
    return []


def migrate(database: Database, schema: Schema, number: int) -> int:
    stamp = Stamp(number, number, f"fingerprint {number}")
    plan = plan_for(database, schema, stamp)
    apply(database, plan, stamp, consent=True)
    return len(plan.operations)


def apart(database: Database) -> tuple[str, ...]:
    """Where the database differs from the record."""

    def ask(session: Session) -> tuple[str, ...]:
        return tuple(one.en for one in differences(recorded_schema(session), live_schema(session), session.dialect))

    return database.write(ask)


def ignoring_order(schema: Schema) -> dict[str, object]:
    return {
        name: (set(table.columns), table.primary_key, set(table.foreign_keys), set(table.indexes))
        for name, table in schema.tables.items()
    }


@pytest.fixture
def filled(database: Database) -> Database:
    migrate(database, BASE, 1)
    for row in ROWS:
        run(database, row)
    return database


def sale(without: str = "", indexes: tuple[Index, ...] | None = None, **columns: Column) -> Table:
    """The sale table with columns replaced, left out, or added."""
    kept = [columns.pop(one.name, one) for one in SALE.columns if one.name != without]
    keys = tuple(key for key in SALE.foreign_keys if key.column != without)
    those = tuple(one for one in SALE.indexes if without not in one.columns) if indexes is None else indexes
    return replace(SALE, columns=(*kept, *columns.values()), foreign_keys=keys, indexes=those)


@dataclass(frozen=True)
class Case:
    """Tables as they become, renames that lead there, a question then and its answer, a write that must be possible."""

    tables: tuple[Table, ...]
    ask: str
    answer: list[tuple[object, ...]]
    write: str = "INSERT INTO store (id, name, code) VALUES (3, NULL, 'S3')"
    table_renames: Mapping[str, str] = field(default_factory=dict)
    column_renames: Mapping[tuple[str, str], str] = field(default_factory=dict)


SHOP = replace(STORE, name="shop")
CASES = {
    "a new column": Case(
        (sale(city=Column("city", PhysicalKind.TEXT)), STORE), "SELECT city FROM sale ORDER BY id", [(None,), (None,)]
    ),
    "a new column that points at rows": Case(
        (
            replace(
                sale(origin=Column("origin", PhysicalKind.INTEGER)),
                foreign_keys=(*SALE.foreign_keys, ForeignKey("origin", "store")),
            ),
            STORE,
        ),
        "SELECT origin FROM sale ORDER BY id",
        [(None,), (None,)],
    ),
    "a new column that is never empty": Case(
        (sale(kind=Column("kind", PhysicalKind.TEXT, nullable=False, default="it's 100%")), STORE),
        "SELECT kind FROM sale ORDER BY id",
        [("it's 100%",), ("it's 100%",)],
    ),
    "a column retired that was never empty": Case(
        (sale(without="note"), STORE),
        "SELECT id FROM sale ORDER BY id",
        [(10,), (11,)],
        "UPDATE sale SET amount = amount WHERE id = 10",
    ),
    "a column retired that pointed at rows": Case(
        (sale(without="store"), STORE), "SELECT id FROM sale ORDER BY id", [(10,), (11,)]
    ),
    "a column renamed that is pointed from, indexed": Case(
        (
            replace(
                sale(
                    store=Column("shop", PhysicalKind.INTEGER),
                    indexes=(Index("sale__shop", ("shop", "day")), SALE.indexes[1]),
                ),
                foreign_keys=(ForeignKey("shop", "store"),),
            ),
            STORE,
        ),
        "SELECT shop FROM sale ORDER BY id",
        [(1,), (1,)],
        column_renames={("sale", "store"): "shop"},
    ),
    "a table renamed that is pointed at": Case(
        (replace(SALE, foreign_keys=(ForeignKey("store", "shop"),)), SHOP),
        "SELECT name FROM shop ORDER BY id",
        [("南京东路店",), ("静安店",)],
        "INSERT INTO shop (id, name, code) VALUES (3, NULL, 'S3')",
        table_renames={"store": "shop"},
    ),
    "a table retired that points at rows": Case((STORE,), "SELECT count(*) FROM store", [(2,)]),
    "more decimals": Case(
        (sale(amount=Column("amount", PhysicalKind.INTEGER, scale=4)), STORE),
        "SELECT amount FROM sale ORDER BY id",
        [(-125000,), (30000,)],
    ),
    "fewer decimals where that is exact": Case(
        (sale(amount=Column("amount", PhysicalKind.INTEGER, scale=0)), STORE),
        "SELECT amount FROM sale ORDER BY id",
        [(None,), (3,)],
    ),
    "text as numbers": Case(
        (sale(note=Column("note", PhysicalKind.INTEGER, scale=2)), STORE),
        "SELECT note FROM sale ORDER BY id",
        [(1250,), (None,)],
    ),
    "numbers as text": Case(
        (sale(amount=Column("amount", PhysicalKind.TEXT)), STORE),
        "SELECT amount FROM sale ORDER BY id",
        [("-12.50",), ("3.00",)],
    ),
    "dates as text": Case(
        (sale(day=Column("day", PhysicalKind.TEXT)), STORE),
        "SELECT day FROM sale ORDER BY id",
        [("2026-03-01",), (None,)],
    ),
    "yes and no as text": Case(
        (sale(paid=Column("paid", PhysicalKind.TEXT)), STORE),
        "SELECT paid FROM sale ORDER BY id",
        [("true",), ("false",)],
    ),
    "a column that may be empty from now on": Case(
        (sale(note=Column("note", PhysicalKind.TEXT)), STORE),
        "SELECT note FROM sale ORDER BY id",
        [("12.50",), ("x",)],
    ),
    "a column that may not be empty from now on": Case(
        (sale(store=Column("store", PhysicalKind.INTEGER, nullable=False)), STORE),
        "SELECT store FROM sale ORDER BY id",
        [(1,), (1,)],
    ),
    "a column that points at rows no more": Case(
        (replace(SALE, foreign_keys=()), STORE), "SELECT store FROM sale ORDER BY id", [(1,), (1,)]
    ),
    "an index less and one more": Case(
        (replace(SALE, indexes=(Index("sale__day", ("day",), unique=True),)), STORE),
        "SELECT count(*) FROM sale",
        [(2,)],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_an_operation_does_what_it_says_and_can_be_reverted(filled: Database, case: Case) -> None:
    target = replace(schema_of(case.tables), table_renames=case.table_renames, column_renames=case.column_renames)
    assert migrate(filled, target, 2) > 0
    assert apart(filled) == ()
    assert run(filled, case.ask) == case.answer
    run(filled, case.write)
    assert plan_for(filled, schema_of(case.tables), Stamp(3, 3, "")).empty
    revert(filled)
    assert apart(filled) == ()
    assert ignoring_order(filled.read(recorded_schema)) == ignoring_order(BASE)
    assert run(filled, "SELECT id, store, amount, note FROM sale ORDER BY id") == WHOLE
    assert plan_for(filled, BASE, Stamp(4, 4, "")).empty


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_an_operation_can_be_done_and_reverted_again_and_again(filled: Database, case: Case) -> None:
    for number in (2, 3):
        target = replace(schema_of(case.tables), table_renames=case.table_renames, column_renames=case.column_renames)
        assert migrate(filled, target, number) > 0
        revert(filled)
    assert apart(filled) == ()
    assert run(filled, "SELECT id, store, amount, note FROM sale ORDER BY id") == WHOLE


def test_rows_go_although_a_retired_column_points_at_them(filled: Database) -> None:
    migrate(filled, schema_of([sale(without="store"), STORE]), 2)
    run(filled, "DELETE FROM store WHERE id = 1")
    with pytest.raises(ForeignKeyViolation):
        revert(filled)
    assert apart(filled) == ()


def test_rows_come_although_they_lack_what_a_retired_column_needed(filled: Database) -> None:
    migrate(filled, schema_of([sale(without="note"), STORE]), 2)
    run(filled, "INSERT INTO sale (id, store) VALUES (12, 2)")
    with pytest.raises(EmptyValues, match=r"sale\.note"):
        revert(filled)
    assert run(filled, "SELECT count(*) FROM sale") == [(3,)]
    assert apart(filled) == ()


def test_a_unique_index_holds_after_its_column_changed(filled: Database) -> None:
    unique = (Index("sale__amount", ("amount",), unique=True),)
    migrate(filled, schema_of([sale(indexes=unique), STORE]), 2)
    wider = sale(indexes=unique, amount=Column("amount", PhysicalKind.INTEGER, scale=4))
    migrate(filled, schema_of([wider, STORE]), 3)
    with pytest.raises(Exception, match="breaks a constraint"):
        run(filled, "UPDATE sale SET amount = 30000")


def test_many_rows_are_all_converted_whatever_the_key(database: Database) -> None:
    pair = Table("pair", (ID, NAME, Column("size", PhysicalKind.INTEGER, scale=0)), primary_key=("id", "name"))
    pair = replace(pair, columns=(ID, replace(NAME, nullable=False), pair.columns[2]))
    migrate(database, schema_of([pair]), 1)
    put = compile_statement(
        parse_one("INSERT INTO pair (id, name, size) VALUES (:id, :name, :size)", read="postgres"), database.dialect
    )
    rows = [{"id": one // 3, "name": f"n{one % 3}", "size": one} for one in range(2500)]
    database.write(lambda session: session.execute_many(put, rows))
    wider = replace(pair, columns=(*pair.columns[:2], Column("size", PhysicalKind.INTEGER, scale=2)))
    migrate(database, schema_of([wider]), 2)
    assert run(database, "SELECT count(*), min(size), max(size) FROM pair") == [(2500, 0, 249900)]


def test_names_of_what_is_retired_fit_into_postgresql_and_stay_apart() -> None:
    names = [tombstone_name("a" * 47 + last, str(2**62), prefix) for last in "bc" for prefix in ("_gone_", "_undone_")]
    assert max(map(len, names)) <= 63
    assert len(set(names)) == 4


def test_a_long_column_is_retired_and_comes_back(filled: Database) -> None:
    long = sale(**{"a" * 48: Column("a" * 48, PhysicalKind.TEXT)})
    migrate(filled, schema_of([long, STORE]), 2)
    migrate(filled, BASE, 2**62)
    assert apart(filled) == ()
    revert(filled)
    assert run(filled, f"SELECT {'a' * 48} FROM sale ORDER BY id") == [(None,), (None,)]


def test_a_table_of_search_tokens_is_retired_and_declared_again(database: Database) -> None:
    columns = (Column("record", PhysicalKind.INTEGER), Column("tokens", PhysicalKind.TEXT))
    tokens = Table("sale__search", columns, primary_key=(), full_text=True)
    for number, tables in enumerate(([tokens], [], [tokens]), start=1):
        migrate(database, schema_of(tables), number)
    assert apart(database) == ()
    revert(database)
    revert(database)
    assert apart(database) == ()


@pytest.mark.parametrize("change", [{"primary_key": ("id", "store")}, {"full_text": True}], ids=str)
def test_what_no_operation_can_do_is_refused_before_anything_is_done(
    filled: Database, change: dict[str, object]
) -> None:
    with pytest.raises(PlanImpossible, match="sale"):
        plan_for(filled, schema_of([replace(SALE, **change), STORE]), Stamp(2, 2, ""))  # type: ignore[arg-type]


def test_a_plan_made_before_somebody_else_migrated_is_not_run(filled: Database) -> None:
    late = plan_for(filled, schema_of([sale(late=Column("late", PhysicalKind.TEXT)), STORE]), Stamp(3, 3, ""))
    migrate(filled, schema_of([sale(early=Column("early", PhysicalKind.TEXT)), STORE]), 2)
    with pytest.raises(StalePlan):
        apply(filled, late, Stamp(3, 3, ""))


def test_a_plan_that_somebody_else_has_applied_is_done_already(database: Database) -> None:
    first, second = (plan_for(database, BASE, Stamp(number, number, "")) for number in (1, 2))
    apply(database, first, Stamp(1, 1, ""))
    apply(database, second, Stamp(2, 2, ""))
    assert [one.id for one in database.read(migrations)] == [1]


def test_a_rehearsal_tells_what_would_be_lost_and_changes_nothing(filled: Database) -> None:
    rounded = schema_of([sale(amount=Column("amount", PhysicalKind.INTEGER, scale=0)), STORE])
    assert rehearse(filled, plan_for(filled, rounded, Stamp(2, 2, ""))) == 1
    assert run(filled, "SELECT id, store, amount, note FROM sale ORDER BY id") == WHOLE
    assert plan_for(filled, BASE, Stamp(3, 3, "")).empty


def test_a_rehearsal_raises_what_applying_would_raise(filled: Database) -> None:
    strict = schema_of([sale(day=Column("day", PhysicalKind.DATE, nullable=False)), STORE])
    with pytest.raises(EmptyValues, match=r"sale\.day"):
        rehearse(filled, plan_for(filled, strict, Stamp(2, 2, "")))


def test_a_migration_whose_tombstones_are_gone_cannot_be_reverted(filled: Database) -> None:
    migrate(filled, schema_of([sale(without="day"), STORE]), 2)
    gone = Statement(f'ALTER TABLE "sale" DROP COLUMN "{tombstone_name("day", "2")}"', (), filled.dialect)
    filled.write(lambda session: session.execute(gone))
    with pytest.raises(NothingToRevert, match="purged"):
        revert(filled)


BY_HAND: dict[str, Callable[[str], str]] = {
    "Column sale.paid is missing": lambda _: "ALTER TABLE sale DROP COLUMN paid",
    "Table sale has an unknown column extra": lambda _: "ALTER TABLE sale ADD COLUMN extra TEXT",
    "Table sale lacks index sale__amount": lambda _: "DROP INDEX sale__amount",
    "Table sale is missing": lambda _: "DROP TABLE sale",
}


@pytest.mark.parametrize("told", BY_HAND)
def test_what_was_changed_by_hand_is_told(filled: Database, told: str) -> None:
    filled.write(lambda session: session.execute(Statement(BY_HAND[told](session.dialect), (), session.dialect)))
    assert told in apart(filled)


def test_a_process_killed_while_a_table_is_built_anew_leaves_the_old_one(tmp_path: Path) -> None:
    path = str(tmp_path / "killed.sqlite3")
    database = open_database(path)
    migrate(database, BASE, 1)
    for row in ROWS:
        run(database, row)
    database.close()
    script = textwrap.dedent(
        """
        import os, signal, sys
        from dataclasses import replace
        from engine.runtime.database.open import open_database
        from engine.runtime.schema.ddl import ddl
        from engine.runtime.schema.executor import Stamp, plan_for
        from engine.runtime.schema.fitting import fit, wanted_after
        from engine.runtime.schema.journal import recorded_schema
        from engine.runtime.schema.tables import schema_of

        database = open_database(sys.argv[1])
        tables = dict(database.read(recorded_schema).tables)
        sale = tables["sale"]
        columns = tuple(one for one in sale.columns if one.name != "note")
        target = schema_of([replace(sale, columns=columns), tables["store"]])
        plan = plan_for(database, target, Stamp(2, 2, ""))

        def unit(session):
            for operation in plan.operations:
                for statement in ddl(operation, "sqlite"):
                    session.execute(statement)
            fit(session, wanted_after(plan.operations, plan.target))
            os.kill(os.getpid(), signal.SIGKILL)

        database.alter(unit)
        """
    )
    done = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert done.returncode == -signal.SIGKILL
    reopened = open_database(path)
    assert apart(reopened) == ()
    assert run(reopened, "SELECT id, store, amount, note FROM sale ORDER BY id") == WHOLE
    reopened.close()
