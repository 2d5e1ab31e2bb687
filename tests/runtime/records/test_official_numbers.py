"""Numbers with a check digit: taken as people write them, stored and found in one form, refused with what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime.records.shop import GRANT
from runtime.textual import Application, application

from engine.model.entities import OfficialNumber
from engine.model.errors import ValidationFailed
from engine.model.requests import AllOf, Condition, QueryRequest
from engine.runtime.query.lists import list_records
from engine.runtime.query.records import get_record
from engine.runtime.records.writing import create
from engine.runtime.storage.official_numbers import what_is_wrong

FILES = {
    "pack.yaml": "label: {zh: 客户, en: Customers}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "entities/company.yaml": """label: {zh: 公司, en: Company}
title: credit
fields:
  credit: {type: text, official: credit_code, unique: true, label: {zh: 统一社会信用代码, en: Credit code}}
  signer: {type: text, official: resident_id, label: {zh: 身份证号, en: Identity number}}
  card: {type: text, official: bank_card, label: {zh: 银行卡号, en: Bank card}}
""",
    "access/company.yaml": GRANT,
}
KNOWN = {
    OfficialNumber.CREDIT_CODE: ("91350100M000100Y43", "91110108551385082Q"),
    OfficialNumber.RESIDENT: ("11010519491231002X", "440524188001010014"),
    OfficialNumber.BANK_CARD: ("4111111111111111", "378282246310005", "6011111111111117"),
}
"""Examples of the standards and of test systems, not made by our own formula."""
EACH = [(kind, number) for kind, numbers in KNOWN.items() for number in numbers]


@pytest.fixture
def register(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, FILES) as opened:
        yield opened


def test_a_number_is_taken_as_people_write_it_and_found_in_any_form(register: Application) -> None:
    written = {
        "credit": "9135 0100 m000 100y 43",
        "signer": "１１０１０５194912310\u2014\u201402x",
        "card": "4111-1111-1111-1111",
    }
    made = register.write(lambda work: create(work, "company", written)).id
    cells = register.read(lambda work: get_record(work, "company", made)).cells
    assert [cells[name] for name in written] == ["91350100M000100Y43", "11010519491231002X", "4111111111111111"]
    same = AllOf((Condition(("credit",), "eq", "91350100M000100Y43"),))
    assert len(register.read(lambda work: list_records(work, QueryRequest("company", (("id",),), same))).records) == 1
    with pytest.raises(ValidationFailed):
        register.write(lambda work: create(work, "company", {"credit": "91350100-M000100Y43"}))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("credit", "123", "18 位"),
        ("credit", "91350100M000100O43", "I、O、S、V、Z"),
        ("credit", "91350100M000100Y44", "校验位"),
        ("signer", "110105194912310021", "校验位"),
        ("signer", "110105194913310021", "出生日期"),
        ("signer", "11010519491231", "18 位"),
        ("card", "4111111111111112", "校验位"),
        ("card", "41111", "13 至 19 位"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(register: Application, field: str, value: str, told: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        register.write(lambda work: create(work, "company", {field: value}))
    (problem,) = refused.value.problems
    assert (problem.field, told in problem.message.text("zh")) == (field, True)
    assert problem.message.text("en") != problem.message.text("zh")
    assert register.read(lambda work: list_records(work, QueryRequest("company", (("id",),)))).records == ()


@pytest.mark.parametrize(("kind", "number"), EACH)
def test_known_numbers_hold_and_no_single_slip_does(kind: OfficialNumber, number: str) -> None:
    """Every wrong digit is told, and, but for bank cards' 09 and 90, every two neighbours that changed places."""
    assert what_is_wrong(kind, number) is None
    for at, sign in enumerate(number):
        for other in "0123456789":
            if other != sign:
                assert what_is_wrong(kind, number[:at] + other + number[at + 1 :]) is not None
    for at, (one, two) in enumerate(pairwise(number)):
        if one != two and {one, two} != {"0", "9"}:
            assert what_is_wrong(kind, number[:at] + two + one + number[at + 2 :]) is not None


@given(st.sampled_from(list(OfficialNumber)), st.text(max_size=24))
def test_any_text_gets_an_answer(kind: OfficialNumber, text: str) -> None:
    found = what_is_wrong(kind, text)
    assert found is None or (found.text("zh") and found.text("en"))
