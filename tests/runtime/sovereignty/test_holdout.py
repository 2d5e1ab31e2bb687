"""The columns that judge the classifier stay as they were labelled: tests/fixtures/classifier."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from tests.fixtures.classifier import numbers
from tests.fixtures.classifier.digest import KEPT, digest
from tests.fixtures.classifier.values import DIRT, FOLDER, MOST, records, sample

pytestmark = pytest.mark.one_database
KINDS = frozenset(
    numbers.several(
        "mobile landline e_mail resident_id person_name address bank_card uscc plate wechat budget decision_maker "
        "floor_price cost defect location secret salary other none"
    )
)


def test_the_hold_out_is_the_one_that_was_labelled() -> None:
    assert digest() == KEPT.read_text("utf-8")


def test_the_columns_are_many_and_of_many_published_schemas() -> None:
    columns, sources = records("columns"), yaml.safe_load((FOLDER / "sources.yaml").read_text("utf-8"))
    levels = Counter(column["level"] for column in columns)
    assert len({column["key"] for column in columns}) == len(columns) >= 600
    assert levels["G3"] + levels["G4"] >= 250 and levels.keys() == {"G1", "G2", "G3", "G4"}
    assert {column["source"] for column in columns} == sources.keys() and len(sources) >= 40
    assert [name for name, one in sources.items() if not (one["licence"] and one["repository"] and one["commit"])] == []
    assert max(Counter(column["source"] for column in columns).values()) <= 30


def test_a_label_is_of_the_agreed_words() -> None:
    columns = records("columns")
    assert {kind for column in columns for kind in column["kinds"]} == KINDS
    odd = [
        one["key"]
        for one in columns
        if (one["kinds"] == ["none"]) != (one["level"] < "G3") and one["kinds"] != ["uscc"]
    ]
    assert [key for key in odd if not key.endswith((".tel", ".companyPhone"))] == []
    assert {one["dirty"] for one in columns} <= {None, "short", *DIRT}
    assert 0.1 < sum(one["dirty"] is not None for one in columns) / len(columns) < 0.2


def test_the_values_are_few_and_keep_their_own_rules() -> None:
    clean = {(one["values"], text) for one in records("columns") if one["dirty"] is None for text in sample(one)}
    assert [one["key"] for one in records("columns") if not len(sample(one)) <= MOST] == []
    ids = [text for kind, text in clean if kind == "resident_id"]
    assert ids and [text for text in ids if numbers.resident_check(text[:17]) != text[17]] == []
    goods = [text for kind, text in clean if kind == "ean13"]
    assert (
        goods
        and [text for text in goods if sum(int(sign) * (3 if at % 2 else 1) for at, sign in enumerate(text)) % 10] == []
    )
    accounts = [text for kind, text in clean if kind == "iban"]
    assert [
        text for text in accounts if int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 != 1
    ] == []


def test_check_digits_are_those_of_published_examples() -> None:
    """The examples of GB 11643 and GB 32100, a card and an article number that are used for tests everywhere."""
    assert numbers.resident_check("11010519491231002") == "X" and numbers.luhn_check("411111111111111") == "1"
    assert numbers.uscc_check("91350100M000100Y4") == "3" and numbers.ean_check("400638133393") == "1"


def test_what_only_looks_sensitive_has_a_name_that_says_nothing() -> None:
    alike = records("look_alikes")
    assert len(alike) == 40 and all(len(sample(one)) == MOST for one in alike)
    assert {one["name"] for one in alike} <= {"c1", "c2", "code", "no", "value", "f7", "ref", "num", "x1", "field3"}


def test_the_spans_of_the_sentences_lie_inside() -> None:
    sentences = records("sentences")
    assert len(sentences) == 200 and sum(not one["spans"] for one in sentences) == 60
    spans = [(one["text"], span) for one in sentences for span in one["spans"]]
    assert [text for text, span in spans if not 0 <= span["start"] < span["end"] <= len(text)] == []
    assert {span["kind"] for _, span in spans} <= KINDS - {"none", "other"}
