"""Tables that a model asks for."""

from __future__ import annotations

from runtime.builders import PLACE, entity, field, label, model, relation

from engine.model.entities import FieldKind, UniqueRule
from engine.runtime.schema.tables import Column, ForeignKey, PhysicalKind, Table
from engine.runtime.storage.tables import LONGEST_NAME, entity_tables


def tables(*entities: object) -> dict[str, Table]:
    return {table.name: table for table in entity_tables(model(*entities))}  # type: ignore[arg-type]


def unique_columns(table: Table) -> set[tuple[str, ...]]:
    return {index.columns for index in table.indexes if index.unique and index.living}


def test_every_entity_has_a_table_of_rows_and_one_of_versions() -> None:
    assert list(tables(entity("deal", field("name")))) == ["deal", "deal__version"]


def test_money_is_an_integer_column_with_its_scale() -> None:
    deal = tables(entity("deal", field("amount", FieldKind.MONEY)))["deal"]
    assert deal.column("amount") == Column("amount", PhysicalKind.INTEGER, scale=2)


def test_relations_users_and_units_are_real_foreign_keys() -> None:
    made = tables(
        entity("customer", field("name")),
        entity("deal", relation("customer", "customer"), field("owner", FieldKind.USER), field("unit", FieldKind.UNIT)),
    )
    assert set(made["deal"].foreign_keys) == {
        ForeignKey("customer", "customer"),
        ForeignKey("owner", "dougong_user"),
        ForeignKey("unit", "dougong_unit"),
        ForeignKey("scope_unit", "dougong_unit"),
    }


def test_only_uniqueness_that_is_released_everywhere_is_an_index_of_the_database() -> None:
    def rule(id: str, everywhere: bool, *fields: str) -> UniqueRule:
        return UniqueRule(id, fields, everywhere, label(id), PLACE)

    made = tables(
        entity(
            "deal",
            field("code", FieldKind.NUMBER_CODE, unique=True),
            field("name"),
            field("city"),
            uniques=(rule("all", True, "name", "city"), rule("mine", False, "city", "name")),
        )
    )
    assert unique_columns(made["deal"]) == {("code",), ("name", "city")}
    assert ("city", "name") in {index.columns for index in made["deal"].indexes if not index.unique}


def test_an_index_that_another_begins_with_is_not_made() -> None:
    made = tables(
        entity("deal", field("stage", FieldKind.STATE), field("day", FieldKind.DATE), indexes=(("stage", "day"),))
    )
    columns = {index.columns for index in made["deal"].indexes}
    assert ("stage", "day") in columns
    assert ("stage",) not in columns


def test_no_name_is_longer_than_postgresql_keeps() -> None:
    long = "a" * 48
    made = tables(entity(long, field("b" * 48, unique=True), field("c" * 48, unique=True)))
    names = [name for table in made.values() for name in (table.name, *(index.name for index in table.indexes))]
    assert max(len(name.encode()) for name in names) <= LONGEST_NAME
    assert len(set(names)) == len(names)
