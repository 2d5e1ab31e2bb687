"""Settings of stages: the pieces that their schemas and words are made of."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.names import Label

Schema = Mapping[str, object]


def words(zh: str, en: str) -> Label:
    """What people read in both languages."""
    return Label({"zh": zh, "en": en})


def said(schema: Schema, zh: str, en: str, help_zh: str, help_en: str) -> Schema:
    """A setting with its name and what it is for."""
    return {**schema, "x-titles": {"zh": zh, "en": en}, "x-help": {"zh": help_zh, "en": help_en}}


def map_of(properties: Mapping[str, Schema], *required: str) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(properties)}


def choice(words: Mapping[str, Mapping[str, str]]) -> Schema:
    """One of some words, each as people read it."""
    return {"enum": [*words], "x-words": words}


TEXT: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"}
DAYS = map_of(
    {"days": said({"type": "integer", "minimum": 1, "maximum": 3660}, "天", "Days", "多少天", "How many days")}, "days"
)
