"""Clauses out of the wording of contracts: what a person reads in 54 texts, and the forms that numbers and signs take."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from packs.connectors.contracts.clauses import SURE, Clause, clauses
from packs.connectors.contracts.quantities import amounts, number_of, rates
from packs.connectors.contracts.sentences import Piece
from packs.connectors.contracts.signature import Credentials, signed

TEXTS = Path(__file__).parents[2] / "fixtures" / "contracts"
SETS = ("looked_at", "kept_apart", "written_after")


def said(one: Clause) -> str:
    """A clause as the fixtures write it."""
    if one.amount is not None:
        value: object = one.amount
    elif one.rate is not None:
        value = f"{one.rate.normalize():f}"
    elif one.last is not None:
        value = f"{one.first}..{one.last}"
    else:
        value = next(value for value in (one.days, one.months, one.first, one.words) if value is not None)
    return f"{one.kind} {value}"


def read(text: str) -> list[Clause]:
    return list(clauses([Piece(text, "", "")]))


@pytest.mark.parametrize("name", SETS)
def test_the_clauses_that_a_person_reads_are_found_and_no_others(name: str) -> None:
    right = found = wanted = 0
    for one in yaml.safe_load((TEXTS / f"{name}.yaml").read_text("utf-8")):
        ours, theirs = Counter(map(said, read(one["text"]))), Counter(map(str, one["clauses"]))
        right += (ours & theirs).total()
        found += ours.total()
        wanted += theirs.total()
    print(f"{name}: precision {right / found:.3f} ({right}/{found}), recall {right / wanted:.3f} ({right}/{wanted})")
    assert min(right / found, right / wanted) >= 0.97


def test_every_clause_stands_in_the_sentence_it_was_read_from() -> None:
    for one in yaml.safe_load((TEXTS / "looked_at.yaml").read_text("utf-8")):
        assert all(clause.sentence in one["text"] for clause in read(one["text"]))


def test_what_hedges_or_contradicts_itself_is_unsure() -> None:
    assert [one.confidence >= SURE for one in read("合同总价为人民币100元。")] == [True]
    assert [one.confidence >= SURE for one in read("合同总价暂定为人民币100元。")] == [False]
    twice = read("合同总价为人民币100元。\n本合同总金额：200元。")
    assert [(said(one), one.confidence >= SURE) for one in twice] == [("price 100.00", False), ("price 200.00", False)]
    assert read("双方另行协商付款条件。\n交货期由双方另行约定。") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("一百二十", 120), ("壹佰贰拾陆万", 1_260_000), ("二〇二六", 2026), ("十五", 15), ("1,260,000.50", "1260000.50")],
)
def test_numerals_of_both_kinds_are_numbers(text: str, number: object) -> None:
    assert number_of(text) == Decimal(str(number))


def test_amounts_and_rates_are_found_and_prices_for_each_are_not() -> None:
    assert [one for one, _ in amounts("人民币三万元,单价68元/米,合计¥34.5万元")] == [
        Decimal("30000"),
        Decimal("345000"),
    ]
    assert [one for one, _, _ in rates("30%、万分之五、1‰")] == [Decimal("0.3"), Decimal("0.0005"), Decimal("0.001")]


def test_a_long_hostile_line_takes_no_time() -> None:
    """A child would be killed after its seconds; the rules do not come near them."""
    assert read("合同总价" + "由" * 50_000) == []
    assert read("1," * 50_000 + "日" + "(" * 10_000) == []


def test_a_request_is_signed_as_the_published_example_is() -> None:
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    query = {"prefix": "J", "max-keys": "2"}
    target, headers = signed(keys, "examplebucket.s3.amazonaws.com", "/", query, datetime(2013, 5, 24))
    assert target == "/?max-keys=2&prefix=J"
    assert headers["Authorization"].endswith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
