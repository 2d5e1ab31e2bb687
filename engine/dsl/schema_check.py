"""Documents against the schemas of their kinds: every mistake, at its place, in words of an author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jsonschema.exceptions import ValidationError

from engine.diagnostics import Diagnostic, Message
from engine.dsl.document import Document
from engine.dsl.limits import MOST_PROBLEMS
from engine.dsl.schema_store import validator_of
from engine.dsl.schema_words import found_words, limit_words, wanted_words
from engine.dsl.source import Path
from engine.dsl.suggestions import listed, nearest, suggestion
from engine.model.names import NAME_PATTERN

_MISSING = re.compile(r"^'(.*)' is a required property$", re.DOTALL)
_LIMITS = frozenset({"minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "maxLength"})
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})

MAX_FIELDS = 400
_COMMA = Message(
    "如果这是上一段文字的后半句：含逗号的文字要加引号",
    "if this belongs to the text before it: put quotes around text with a comma",
)


def check_schema(document: Document) -> tuple[Diagnostic, ...]:
    """All mistakes of a document's shape."""
    fields = document.data.get("fields")
    if document.kind == "entities" and isinstance(fields, Mapping) and len(fields) > MAX_FIELDS:
        return (document.key_problem("E408", ("fields",), count=len(fields), limit=MAX_FIELDS),)
    validator = validator_of(document.kind)
    if validator.accepts(document.data):
        return ()
    return explain(document, validator.errors(document.data), ())


def explain(document: Document, errors: Iterator[ValidationError], base: Path) -> tuple[Diagnostic, ...]:
    """Diagnostics of schema errors; `base` is where the checked part stands in the document."""
    found: dict[tuple[str, Path, str], Diagnostic] = {}
    every = (one for error in errors for one in _problems(document, error, (*base, *error.absolute_path)))
    for subject, problem in every:
        found.setdefault(subject, problem)
        if len(found) > MOST_PROBLEMS:
            break
    unknown = {path for code, path, _ in found if code in {"E201", "E214"}}
    return tuple(one for (code, path, _), one in found.items() if code not in {"E203", "E207"} or path not in unknown)


_Found = tuple[tuple[str, Path, str], Diagnostic]


def _problems(document: Document, error: ValidationError, path: Path) -> Iterator[_Found]:
    rule = str(error.validator)
    if "propertyNames" in error.absolute_schema_path and error.instance in (document.at(path) or ()):  # type: ignore[operator]
        yield from _key_name(document, error, path)
    elif rule == "additionalProperties":
        yield from _unknown_keys(document, error, path)
    elif rule == "required":
        name = _required(error)
        yield ("E202", path, name), document.key_problem("E202", path, key=name)
    else:
        code, values = _value_problem(error, path)
        options = error.validator_value if code == "E204" and isinstance(error.validator_value, list) else []
        hint = suggestion(str(error.instance)[:80], [str(option) for option in options])
        yield (code, path, rule), document.problem(code, path, hint=hint, **values)


def _required(error: ValidationError) -> str:
    found = _MISSING.match(error.message)
    return found.group(1) if found else str(error.validator_value)


def _unknown_keys(document: Document, error: ValidationError, path: Path) -> Iterator[_Found]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    allowed = list(schema.get("properties", {}))
    present = error.instance if isinstance(error.instance, Mapping) else {}
    for key in present:
        if key not in allowed:
            missing = [name for name in allowed if name not in present]
            hint = suggestion(key, missing) if nearest(key, missing) else None
            place = (*path, key)
            problem = document.key_problem("E201", place, hint=hint, key=key, allowed=listed(allowed))
            yield ("E201", place, key), problem


def _key_name(document: Document, error: ValidationError, path: Path) -> Iterator[_Found]:
    """A key that is not a name, or has no meaning beside this `type`."""
    key = str(error.instance)
    place = (*path, key)
    if error.validator == "pattern":
        hint = _COMMA if document.at(place) is None else None
        yield ("E214", place, key), document.key_problem("E214", place, hint=hint, value=key)
        return
    around = document.at(path)
    kind = around.get("type", "") if isinstance(around, Mapping) else ""
    yield ("E207", place, key), document.key_problem("E207", place, key=key, type=kind)


def _value_problem(error: ValidationError, path: Path) -> tuple[str, Mapping[str, object]]:
    rule, instance = str(error.validator), error.instance
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    shown = str(instance)[:80]
    if rule == "type":
        wanted, found = wanted_words(error.schema), found_words(instance)
        return "E203", {
            "key": key,
            "wanted_zh": wanted.zh,
            "wanted_en": wanted.en,
            "found_zh": found.zh,
            "found_en": found.en,
        }
    if rule == "enum" and isinstance(error.validator_value, list):
        options = [str(option) for option in error.validator_value]
        return "E204", {"value": shown, "allowed": listed(options)}
    if rule in _BOUNDS or rule in _LIMITS:
        wanted = limit_words(rule, error.validator_value)
        code = "E205" if rule in _BOUNDS else "E208"
        return code, {"key": key, "value": shown, "wanted_zh": wanted.zh, "wanted_en": wanted.en}
    if rule == "pattern":
        return ("E214", {"value": shown}) if error.validator_value == NAME_PATTERN else (
            "E206", {"value": shown, "pattern": error.validator_value}
        )  # fmt: skip
    if rule == "minLength":
        return "E206", {"value": shown, "pattern": ".+"}
    return "E212", {"key": key}
