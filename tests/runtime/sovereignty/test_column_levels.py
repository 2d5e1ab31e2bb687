"""The level of a column: on the columns that the rules were tuned with, on look-alikes, and under what must not matter."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from engine.model.level_rules import level_rules, read_rules
from engine.runtime.sovereignty.columns import Column, ColumnLevel, classify
from tests.runtime.level_columns import Labelled, labelled_columns, values_of

LOOK_ALIKES = (
    "order_no", "serial11", "digits18", "digits19", "epoch_ms", "uuid", "ean13", "sku", "username", "contract_code",
    "snowflake", "product", "company", "status", "host", "url", "mac", "money", "ratio", "text_with_order",
)  # fmt: skip
SENSITIVE = {"G3", "G4"}


@pytest.fixture(scope="module")
def columns() -> list[Labelled]:
    return list(labelled_columns())


def test_columns_of_the_development_set_are_told_as_they_are_labelled(columns: list[Labelled]) -> None:
    told = [(one, classify(one.column)) for one in columns]
    wrong = [
        (one.column.table, one.column.name, found) for one, found in told if _read(one.level) != _read(found.level)
    ]
    assert wrong == []
    assert sum(one.level in SENSITIVE for one, _ in told) >= 150
    assert sum(one.level not in SENSITIVE for one, _ in told) >= 100


def test_a_level_is_of_the_kind_that_it_is_labelled_with(columns: list[Labelled]) -> None:
    other = {one.column.name for one in columns if one.kind and classify(one.column).kind != one.kind}
    assert other <= {"whatsapp_id"}, "a number of WhatsApp is a telephone number too"


@pytest.mark.parametrize("made", LOOK_ALIKES)
@pytest.mark.parametrize("rows", [40, 400])
def test_what_only_looks_like_it_is_not_sensitive_by_content_alone(made: str, rows: int) -> None:
    column = Column("t_x", "f_1", values=values_of(made, Random(f"{made}{rows}"), rows))
    assert classify(column).level not in SENSITIVE


@pytest.mark.parametrize("made", ["resident", "card", "iban", "email", "plate", "address_cn"])
def test_what_tells_itself_needs_no_name_once_there_is_enough_of_it(made: str) -> None:
    values = values_of(made, Random(made), 60)
    assert classify(Column("t_x", "f_1", values=values)).level in SENSITIVE
    assert classify(Column("t_x", "f_1", values=values[:20])).level not in SENSITIVE
    mixed = [*values, *values_of("order_no", Random(1), 60)]
    assert classify(Column("t_x", "f_1", values=mixed)).level not in SENSITIVE


def test_nothing_that_does_not_matter_changes_a_verdict(columns: list[Labelled]) -> None:
    chance = Random(3)
    for one in columns:
        before = classify(one.column)
        values = [*one.column.values, *one.column.values, *[None] * 30]
        chance.shuffle(values)
        assert classify(replace(one.column, values=values)) == before
        wide = [_wide(str(value)) for value in one.column.values]
        assert classify(replace(one.column, values=wide)).level == before.level, one.column.name


def test_a_name_that_its_values_deny_is_not_believed_and_the_reason_is_kept() -> None:
    found = classify(
        Column("t_x", "mobile", values=values_of("status", Random(1), 60) + values_of("sku", Random(2), 60))
    )
    assert found.level == "G1"
    assert [(one.place, one.kind, one.count) for one in found.evidence] == [("against", "mobile", 0)]
    assert classify(Column("t_x", "mobile", values=["1", "0", "1"])).level == "G1"
    assert classify(Column("t_x", "mobile")).level == "G3", "without rows the name alone raises"


def test_evidence_is_counts_and_words_and_never_a_value(columns: list[Labelled]) -> None:
    for one in columns:
        found = classify(one.column)
        told = {part.by for part in found.evidence}
        assert not told & {str(value) for value in one.column.values} - {one.column.name}
        assert found.rules == level_rules().version


def test_of_two_kinds_the_higher_level_wins() -> None:
    both = classify(Column("crm", "mobile", ("身份证号",)))
    assert (both.level, both.kind) == ("G4", "resident_id")


def test_without_its_words_the_rules_find_little(columns: list[Labelled]) -> None:
    """The control: what tells these columns apart is the words of the rules, not the set."""
    named = [
        one
        for one in columns
        if one.level in SENSITIVE and one.values not in {"resident", "card", "iban", "email", "plate", "address_cn"}
    ]
    blind = [_nameless(one) for one in named]
    assert sum(one.level in SENSITIVE for one in blind) < len(blind) / 10


def test_rules_are_read_from_a_text_with_a_version() -> None:
    with pytest.raises(KeyError):
        read_rules('version = "1"')


def _read(level: str) -> str:
    """What the levels are measured by: G3 and G4 each for itself, and what is neither."""
    return level if level in SENSITIVE else "G1"


def _nameless(one: Labelled) -> ColumnLevel:
    return classify(Column("t_x", "f_1", values=one.column.values))


def _wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
