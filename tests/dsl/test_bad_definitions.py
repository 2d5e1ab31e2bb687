"""Every mistake of a definition gets its code at its place, and nothing else is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from definition_cases import Case, lay_out, read_cases
from jsonschema import Draft202012Validator
from node_kinds import KINDS

from engine.diagnostics import Severity
from engine.dsl.compiler import compile_packs
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.schema_check import explain
from engine.runtime.nodes.stages import STAGES
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets

WIDGETS = read_widgets(Path(__file__).parents[2] / "engine/widgets")
CASES = read_cases("bad")
NODES = {**KINDS, **{one.spec.name: one.spec for one in STAGES}}
TOLD_BELOW = {"E127", "E212", "E326", "E327", "E328"}
"""Codes whose cases no files can hold: those of renames stand in `test_refactor`."""
TOLD_OF_THE_HOSTILE = {"E118", "E119", "E463"}
"""Codes of what is too big to be written out; the corpus of hostile packs has their cases."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_definition_is_told_with_its_place_and_whole_in_both_languages(case: Case, tmp_path: Path) -> None:
    compilation = compile_packs(lay_out(case, tmp_path), WIDGETS, NODES, connector_specs())
    assert tuple(f"{one.code} {one.span}" for one in compilation.diagnostics) == case.expected
    is_wrong = any(one.severity is Severity.ERROR for one in compilation.diagnostics)
    assert (compilation.model is None) == is_wrong
    for one in compilation.diagnostics:
        for language in ("zh", "en"):
            text = one.as_text(language)
            assert "None" not in one.message.text(language)
            assert "{" not in one.message.text(language).replace("{…}", "") or "pattern" in text or "zh: …" in text


def test_every_code_of_the_compiler_has_a_case() -> None:
    told = {line.split()[0] for case in CASES for line in case.expected}
    assert CATALOGUE.entries.keys() - told == TOLD_BELOW | TOLD_OF_THE_HOSTILE


def test_a_rule_of_a_schema_that_has_no_words_of_its_own_is_told_by_its_key(tmp_path: Path) -> None:
    documents = compile_packs(lay_out(Case("", "", (), ()), tmp_path), WIDGETS).documents
    document = next(one for one in documents if one.kind == "pack")
    errors = Draft202012Validator({"properties": {"label": {"not": {}}}}).iter_errors(document.data)
    assert [one.code for one in explain(document, errors, ())] == ["E212"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert [one.code for one in compile_packs([tmp_path / "gone"], WIDGETS).errors] == ["E127"]
