"""The schemas are whole: every kind has one, every key is described in both languages, examples and defaults hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.dsl.kinds import KINDS
from engine.dsl.schema_store import FOLDER, schema_of, validator_of

TYPES_WITHOUT_WORDS = {"$defs", "allOf", "if", "then"}


def described(part: object, path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every property of a schema with its path, also inside lists and maps of it."""
    if not isinstance(part, Mapping):
        return
    for name, inner in (part.get("properties") or {}).items():
        yield f"{path}.{name}", inner
        yield from described(inner, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        yield from described(part.get(key), f"{path}[]")


def test_every_kind_has_a_schema_and_every_schema_a_kind() -> None:
    names = {file.name.removesuffix(".schema.json") for file in FOLDER.glob("*.json")}
    assert names == {*KINDS, "shared"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_and_its_examples_fit(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] and schema["description"] and schema["examples"]
    words = schema["x-zh"]
    assert isinstance(words, Mapping) and words["title"] and words["description"]
    examples = schema["examples"]
    assert isinstance(examples, list)
    for example in examples:
        assert list(validator_of(kind).errors(example)) == []


@pytest.mark.parametrize("kind", [*KINDS, "shared"])
def test_every_key_is_described_in_both_languages(kind: str) -> None:
    raw = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))
    parts = [(kind, raw), *((f"{kind}#{name}", part) for name, part in raw.get("$defs", {}).items())]
    silent = [
        path
        for place, part in parts
        for path, found in described(part, place)
        if not (found.get("description") and found.get("x-zh"))
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_fit_their_own_keys(kind: str) -> None:
    root = schema_of(kind)
    for path, found in described(root, kind):
        if "default" in found:
            validator = Draft202012Validator({**found, "$defs": root["$defs"]})
            assert list(validator.iter_errors(found["default"])) == [], path


def test_schemas_refer_to_nothing_outside_of_themselves() -> None:
    for kind in KINDS:
        assert "shared.schema.json#" not in json.dumps(schema_of(kind))
        assert Path(FOLDER / f"{kind}.schema.json").stat().st_size < 100_000
