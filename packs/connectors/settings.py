"""Settings of connectors, as JSON Schema with their names in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import SECRET_NAME


def named(zh: str, en: str, longest: int = 128) -> Mapping[str, object]:
    """A text that must not be empty."""
    return {"type": "string", "minLength": 1, "maxLength": longest, "x-titles": {"zh": zh, "en": en}}


def secret(zh: str, en: str) -> Mapping[str, object]:
    """The name of a secret; its value stands in no definition."""
    return {"type": "string", "pattern": SECRET_NAME, "x-titles": {"zh": zh, "en": en}}
