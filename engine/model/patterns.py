"""Regular expressions of definitions, matched in time that grows with the text and not with what it holds.

They are those of the `regex` crate, as a JSON Schema's `pattern`: no look-around and no back references, and so no
pattern that a text could keep busy for hours.
"""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs

LONGEST = 1_000
_MEMORY = 1_000_000
"""Bytes that a compiled pattern may take."""


def is_pattern(pattern: str) -> bool:
    """Can `pattern` be read, and is it small enough to be matched?"""
    if len(pattern) > LONGEST:
        return False
    try:
        _compiled(pattern)
    except jsonschema_rs.ValidationError:
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Does the whole of `text` fit `pattern`?"""
    return bool(_compiled(pattern).is_valid(text))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> jsonschema_rs.Draft202012Validator:
    options = jsonschema_rs.RegexOptions(size_limit=_MEMORY, dfa_size_limit=_MEMORY)
    schema = {"allOf": [{"pattern": pattern}, {"pattern": f"^(?:{pattern})$"}]}
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=options)
