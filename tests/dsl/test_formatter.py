"""The formatter: one form, comments and data untouched."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dsl.formatter import format_text
from engine.dsl.source import read_source

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/dsl/format"
SHIPPED = sorted([*(ROOT / "packs").glob("*/*/*.yaml"), *(ROOT / "engine/dsl/templates").rglob("*.yaml")])


def formatted(kind: str, text: str) -> str:
    result = format_text(kind, text)
    assert isinstance(result, str), result
    return result


def comments(text: str) -> list[str]:
    return sorted(line.partition("# ")[2].strip() for line in text.splitlines() if "# " in line)


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.before.yaml")), ids=lambda file: file.name.split(".")[0])
def test_a_text_takes_its_canonical_form(file: Path) -> None:
    kind = file.name.split(".")[0].split("__")[0]
    after = file.with_name(file.name.replace(".before.", ".after.")).read_text("utf-8")
    assert formatted(kind, file.read_text("utf-8")) == after
    assert formatted(kind, after) == after


def test_shipped_definitions_keep_data_and_comments_and_formatting_twice_changes_nothing() -> None:
    for file in SHIPPED:
        text = file.read_text("utf-8")
        before = read_source("", text.encode())
        if before.problems:
            continue
        kind = file.parent.name if file.name != "pack.yaml" else "pack"
        once = formatted(kind, text)
        assert read_source("", once.encode()).data == before.data, file
        assert comments(once) == comments(text), file
        assert formatted(kind, once) == once, file


NAMES = st.sampled_from(["id", "label", "fields", "items", "entity", "name", "a", "b", "long_name_of_a_key"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30)
SCALARS = st.one_of(
    TEXTS, st.integers(-1000, 1000), st.booleans(), st.none(), st.just("a: b, [c] # d"), st.just("two\nlines\n")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


@given(
    data=st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    flow=st.sampled_from([True, False, None]),
    width=st.sampled_from([30, 80, 200]),
)
@settings(max_examples=150, deadline=None)
def test_any_data_in_any_style_keeps_its_meaning(data: dict[str, object], flow: bool | None, width: int) -> None:
    text = yaml.dump(data, default_flow_style=flow, allow_unicode=True, width=width, sort_keys=False)
    before = read_source("", text.encode())
    if before.problems:
        return
    once = formatted("entities", text)
    assert read_source("", once.encode()).data == before.data
    assert formatted("entities", once) == once


@given(
    lines=st.lists(st.sampled_from(["# one", "", "  # two", "      # three"]), min_size=1, max_size=4),
    at=st.integers(0, 9),
    trailing=st.integers(0, 9),
)
@settings(max_examples=150, deadline=None)
def test_comments_survive_wherever_they_stand(lines: list[str], at: int, trailing: int) -> None:
    text = (FIXTURES / "entities__comments.after.yaml").read_text("utf-8").splitlines()
    text[trailing % len(text)] += "  # behind"
    text[at % len(text) : at % len(text)] = lines
    whole = "\n".join(text) + "\n"
    once = formatted("entities", whole)
    assert comments(once) == comments(whole)
    assert formatted("entities", once) == once


def test_text_that_cannot_be_read_is_told() -> None:
    result = format_text("entities", "a: [", "note.yaml")
    assert not isinstance(result, str)
    assert [one.code for one in result] == ["E105"]
