"""The JSON Schemas of all kinds: read once, bundled, and compiled into validators."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import cast

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

FOLDER = FilePath(__file__).parent / "schemas"
_SHARED = "shared.schema.json#"

Schema = Mapping[str, object]


@cache
def schema_of(kind: str) -> Schema:
    """The whole schema of a kind, standing on its own: shared parts are among its `$defs`."""
    schema, shared = _read(kind), _read("shared")
    own = cast(dict[str, object], schema.get("$defs", {}))
    schema["$defs"] = {**cast(dict[str, object], shared["$defs"]), **own}
    return schema


def _read(name: str) -> dict[str, object]:
    """A schema file with its references made local."""
    text = (FOLDER / f"{name}.schema.json").read_text("utf-8").replace(_SHARED, "#")
    return cast(dict[str, object], json.loads(text))


def _pattern(validator: object, pattern: str, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """A pattern as JSON Schema means it: `$` is the end of the text, where Python lets a line break follow."""
    if isinstance(instance, str) and not re.search(_end_of_text(pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _end_of_text(pattern: str) -> str:
    return f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern


_Explaining: type[Draft202012Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


class Validator:
    """One compiled schema: a fast yes or no, and the reasons when it is no."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._fast = jsonschema_rs.validator_for(dict(schema))
        self._slow = _Explaining(schema)

    def accepts(self, value: object) -> bool:
        return bool(self._fast.is_valid(value))

    def errors(self, value: object) -> Iterator[ValidationError]:
        return self._slow.iter_errors(value)


@cache
def validator_of(kind: str) -> Validator:
    return Validator(schema_of(kind))


def resolved(part: object, root: Schema) -> Schema:
    """`part` of the schema `root` with its reference followed; what stands beside the reference wins."""
    if not isinstance(part, Mapping):
        return {}
    target = part.get("$ref")
    if not isinstance(target, str):
        return part
    found: object = root
    for step in target.removeprefix("#/").split("/"):
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    beside = {key: value for key, value in part.items() if key != "$ref"}
    return {**resolved(found, root), **beside}
