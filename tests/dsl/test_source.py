"""YAML as the language reads it: the 1.2 core schema, and the place of every key and value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dsl.source import read_source


def read(text: str) -> object:
    reading = read_source("x.yaml", text.encode())
    assert reading.problems == ()
    return reading.data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-7", -7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("'yes'", "yes"),
        ('"12"', "12"),
        ("yes please", "yes please"),
        ("0.1.0", "0.1.0"),
        ("=", "="),
    ],
)
def test_plain_values_follow_the_core_schema(text: str, value: object) -> None:
    found = read(f"key: {text}\n")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


def test_words_that_mislead_are_keys_all_the_same() -> None:
    assert read("on: 1\nno: 2\n") == {"on": 1, "no": 2}


def test_keys_are_texts() -> None:
    assert read("{1: a, 2.5: b, true: c}") == {"1": "a", "2.5": "b", "true": "c"}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    reading = read_source("x.yaml", b"\xef\xbb\xbfa: 1\r\nb: \xe4\xb8\xad\r\n")
    assert reading.data == {"a": 1, "b": "中"}
    assert reading.source.span(*reading.positions["b",][2:4]).line == 2


def test_every_key_and_value_has_its_place() -> None:
    reading = read_source("x.yaml", "客户: {名: [甲, 乙]}\nb:\n  - c: |\n      text\n".encode())
    texts = {path: reading.source.text[mark[2] : mark[3]] for path, mark in reading.positions.items()}
    assert texts["客户", "名", 1] == "乙"
    assert texts["客户", "名"] == "[甲, 乙]"
    span = reading.source.span(*reading.positions["b", 0, "c"][:2])
    assert (span.line, span.column, span.end_column) == (3, 5, 6)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_told(text: str) -> None:
    reading = read_source("x.yaml", text.encode("utf-8", errors="surrogatepass"))
    assert reading.problems or isinstance(reading.data, dict)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    reading = read_source("x.yaml", content)
    assert reading.problems or isinstance(reading.data, dict)
