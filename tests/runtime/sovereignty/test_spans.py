"""Spans within sentences: on a development set, in every dress of a number, and within what the guard at saving may take."""

from __future__ import annotations

from engine.runtime.sovereignty.spans import Span, personal_spans
from engine.runtime.sovereignty.spoken_spans import spans_in
from tests.runtime.spoken_sentences import Sentence, counted, sentences

STRUCTURED = ("mobile", "resident_id", "email", "plate", "bank_account", "wechat")
SPOKEN = ("address", "defect", "budget", "decision_chain", "person_name")


def test_sentences_of_the_development_set_give_their_spans() -> None:
    told = counted([(one.spans, spans_in(one.text)) for one in sentences(20261128, 500)])
    assert told.keys() == {*STRUCTURED, *SPOKEN}
    for kind, figures in told.items():
        assert figures.recall >= (0.97 if kind in STRUCTURED else 0.9), (kind, figures)
        assert figures.precision >= 0.95, (kind, figures)


def test_without_what_they_say_sentences_give_nothing() -> None:
    """The control: it is the numbers and words that are found, not the sentences."""
    for one in sentences(7, 200):
        assert spans_in(_emptied(one)) == [] or one.spans == ()


def test_a_number_is_found_where_it_is_glued_to_what_stands_beside_it() -> None:
    glued = "手机13800138000请回电，身份证11010519491231002X已核，卡号6222021234567890128转账，车牌浙A12345进厂"
    found = [(one.kind, glued[one.start : one.end]) for one in personal_spans(glued)]
    assert ("mobile", "13800138000") in found
    assert ("resident_id", "11010519491231002X") in found
    assert ("plate", "浙A12345") in found
    assert personal_spans("x13800138000") == [], "within a longer code it is none"


def test_spans_are_where_they_stand_in_what_was_written() -> None:
    text = "电话：１３８ ００１３ ８０００，㎡单价"
    assert personal_spans(text) == [Span(3, 16, "mobile")]
    assert text[3:16] == "１３８ ００１３ ８０００"


def _emptied(one: Sentence) -> str:
    text = one.text
    for span in reversed(one.spans):
        text = text[: span.start] + "若干" + text[span.end :]
    return text
