"""Splices, case by case: what a command makes of a text, byte for byte, with both kinds of line ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from designer.commands.batches import perform
from designer.refusals import BadCommand
from designer.splice.written import CannotEdit
from engine.dsl.formatter import format_text
from engine.dsl.source import read_source
from tests.designer.random_commands import FILE, sheets_of

CASES = Path(__file__).parents[1] / "fixtures" / "designer" / "splices.yaml"


def cases() -> list[Mapping[str, object]]:
    wrapped = "cases:\n" + CASES.read_text("utf-8")
    data = read_source("splices.yaml", wrapped.encode()).data
    assert isinstance(data, dict)
    return list(data["cases"])


def with_file(command: object) -> dict[str, object]:
    assert isinstance(command, dict)
    if command["do"] == "batch":
        return {**command, "commands": [with_file(one) for one in command["commands"]]}
    return {**command, "file": FILE}


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["title"]))
def test_a_command_makes_of_a_text_what_the_case_says(case: Mapping[str, object], eol: str) -> None:
    before, after = (str(case[name]).replace("\n", eol) for name in ("before", "after"))
    done = perform(sheets_of(before), with_file(case["command"]))
    assert done.texts[FILE] == after
    back = perform(sheets_of(after), done.inverse).texts[FILE]
    assert back is not None
    assert read_source(FILE, back.encode()).data == read_source(FILE, before.encode()).data


def test_what_cannot_be_read_or_written_is_refused_with_its_place() -> None:
    with pytest.raises(CannotEdit) as refused:
        perform(sheets_of("a: [\n"), {"do": "set", "file": FILE, "path": ["a"], "value": 1})
    assert refused.value.details["line"] == 2
    for value in (float("nan"), 2**64, "a\u0000b", {"<<": {"a": 1}, "__proto__": 2}):
        with pytest.raises((CannotEdit, BadCommand)):
            perform(sheets_of("a: 1\n"), {"do": "set", "file": FILE, "path": ["a"], "value": value})


def test_a_word_that_misleads_is_mended_where_it_stands() -> None:
    text = "a: yes\nb: 1\n"
    assert (
        perform(sheets_of(text), {"do": "set", "file": FILE, "path": ["a"], "value": True}).texts[FILE]
        == "a: true\nb: 1\n"
    )


def test_the_formatter_takes_no_hyphen_of_a_remark_for_a_dash() -> None:
    text = "label: A\nitems:\n  -\n    # - odd\n    id: a\n    widget: history\n"
    formatted = format_text("pages", text)
    assert isinstance(formatted, str)
    assert formatted.count("# - odd") == 1
    assert format_text("pages", formatted) == formatted
