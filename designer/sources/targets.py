"""Entities as a source may fill them, read from the definitions of a draft, also where it does not compile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.dsl.document import Document
from engine.model.names import Label

NOT_FILLED = frozenset({"state", "attachment", "signature", "lines", "location"})
"""Types of fields that no cell fills."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column may fill. `options` are the names and labels of a choice."""

    name: str
    label: Label
    kind: str
    required: bool
    unique: bool
    longest: int | None
    level: str
    options: frozenset[str] = frozenset()


def targets_of(documents: Sequence[Document], entity: str) -> tuple[Target, ...]:
    """The fields of an entity that may be filled, as they are listed."""
    return tuple(one for document in documents if _is(document, entity) for one in _fields(document))


def natural_key(documents: Sequence[Document], entity: str) -> tuple[str, ...]:
    """What the entity says identifies its rows."""
    found = next((one.data.get("natural_key") for one in documents if _is(one, entity)), None)
    return tuple(map(str, found)) if isinstance(found, list) else ()


def writing_roles(documents: Sequence[Document], entity: str) -> tuple[str, ...]:
    """The roles that may make and change its rows, those with the fewest other grants first."""
    found: dict[str, None] = {}
    for document in documents:
        grants = document.data.get("grants") if document.kind == "access" and document.name == entity else None
        for grant in grants if isinstance(grants, list) else ():
            actions = grant.get("actions") if isinstance(grant, Mapping) else None
            if isinstance(actions, list) and {"create", "update"} <= {str(one) for one in actions}:
                roles = grant.get("roles")
                found |= dict.fromkeys(map(str, roles)) if isinstance(roles, list) else {}
    return tuple(found)


def label_of(data: object, otherwise: str) -> Label:
    """A label as written; the name where there is none."""
    if isinstance(data, Mapping):
        return Label({str(language): str(text) for language, text in data.items()})
    words = str(data) if data else otherwise
    return Label({"zh": words, "en": words})


def _is(document: Document, entity: str) -> bool:
    return document.kind == "entities" and document.name == entity


def _fields(document: Document) -> Iterator[Target]:
    fields = document.data.get("fields")
    for name, field in fields.items() if isinstance(fields, Mapping) else ():
        if not isinstance(field, Mapping) or "formula" in field or field.get("type") in NOT_FILLED:
            continue
        longest, choices = field.get("max_length"), field.get("choices")
        yield Target(
            str(name),
            label_of(field.get("label"), str(name)),
            str(field.get("type", "text")),
            field.get("required") is True and "default" not in field and "default_formula" not in field,
            field.get("unique") is True,
            longest if isinstance(longest, int) else None,
            str(field.get("level", "G1")),
            frozenset(_options(choices)) if isinstance(choices, Mapping) else frozenset(),
        )


def _options(choices: Mapping[object, object]) -> Iterator[str]:
    for name, label in choices.items():
        yield str(name)
        yield from label_of(label.get("label", label) if isinstance(label, Mapping) else label, "").texts.values()
