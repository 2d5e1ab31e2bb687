"""Recognisers against published vectors, every mutation of them, and the look-alikes that come nearest."""

from __future__ import annotations

from random import Random

import pytest

from engine.runtime.sovereignty import recognisers
from engine.runtime.sovereignty.folded_texts import fold, fold_text
from tests.runtime.level_columns import credit_code, luhn, mobile, resident

RESIDENTS = ("11010519491231002X", "440524188001010014")
CREDIT = "91350100M000100Y43"
CARDS = ("4111111111111111",)
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("number", RESIDENTS)
def test_published_resident_numbers_hold_and_no_single_wrong_digit_does(number: str) -> None:
    assert recognisers.is_resident_id(number)
    assert recognisers.is_resident_id(f"{number[:6]} {number[6:14]}-{number[14:]}".lower())
    for at in range(17):
        for digit in "0123456789":
            wrong = number[:at] + digit + number[at + 1 :]
            assert recognisers.is_resident_id(wrong) == (wrong == number), wrong


def test_a_resident_number_has_a_province_and_a_day() -> None:
    assert not recognisers.is_resident_id("990105194912310021")
    assert not any(recognisers.is_resident_id(f"110105194913{at:06d}") for at in range(200))


def test_the_published_credit_code_holds_and_none_of_its_mutations_does() -> None:
    assert recognisers.is_credit_code(CREDIT)
    mutations = [CREDIT[:at] + sign + CREDIT[at + 1 :] for at in range(17) for sign in SIGNS if CREDIT[at] != sign]
    assert len(mutations) == 30 * 17
    assert [one for one in mutations if recognisers.is_credit_code(one)] == []
    assert not any(recognisers.is_credit_code(CREDIT[:17] + sign) for sign in SIGNS if sign != CREDIT[17])
    assert not recognisers.is_credit_code(CREDIT.replace("M", "O"))


def test_cards_have_an_issuer_a_length_and_a_digit_that_fits() -> None:
    assert all(map(recognisers.is_bank_card, CARDS))
    assert recognisers.is_bank_card(luhn("622202123456789012"))
    assert not recognisers.is_bank_card("79927398713"), "Luhn alone is no card"
    assert not recognisers.is_bank_card("4111111111111112")
    assert not recognisers.is_bank_card(luhn("86012345678901")), "an IMEI is no card"
    assert recognisers.is_device(luhn("86012345678901"))


def test_numbers_that_nobody_gave_out_are_rarely_taken_for_one() -> None:
    chance = Random(7)
    numbers = [f"{chance.randrange(10**17, 10**18)}" for _ in range(20_000)]
    assert sum(map(recognisers.is_resident_id, numbers)) <= 2
    assert sum(map(recognisers.is_credit_code, numbers)) <= 20


def test_numbers_made_by_the_rule_are_known_whatever_their_dress() -> None:
    chance = Random(11)
    for _ in range(200):
        number = mobile(chance)
        dressed = (
            number,
            f"+86 {number}",
            f"{number[:3]}-{number[3:7]}-{number[7:]}",
            "".join(chr(ord(one) + 0xFEE0) for one in number),
        )
        assert all(recognisers.is_mobile(fold_text(one).strip()) for one in dressed)
        assert recognisers.is_resident_id(resident(chance))
        assert recognisers.is_credit_code(credit_code(chance))
    assert not recognisers.is_mobile("15412345678"), "154 was allotted to nobody"


def test_a_place_in_a_folded_text_is_known_in_what_was_written() -> None:
    text = "电话\u200b１３８００１３８０００，㎡"
    folded = fold(text)
    at = folded.text.index("13800138000")
    start, end = folded.written(at, at + 11)
    assert text[start:end] == "１３８００１３８０００"
