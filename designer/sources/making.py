"""The definitions that follow from choices: a source, and the entity that it fills where that is new. One act, one undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from designer.from_sheet.application import SheetApplication, application_of, texts_of
from designer.from_sheet.columns import Column, columns_of
from designer.from_sheet.home import creations, home_of, languages_of, offers, taken_of
from designer.from_sheet.naming import name_of
from designer.refusals import bad
from designer.sources.matching import Given
from engine.dsl.document import Document

Command = Mapping[str, object]
LANGUAGES = ("zh", "en")
KINDS: Mapping[str, str] = {"number": "decimal", "date": "date", "instant": "instant", "boolean": "boolean"}
"""What a column becomes of whose cells none may be seen."""
PLAIN = "G1"


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose for a source; `fields` are columns by field."""

    label: str
    english: str
    pack: str
    kind: str
    destination: str
    settings: Mapping[str, object]
    entity: str
    fields: Mapping[str, str]
    key: Sequence[str]
    schedule: str
    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Made:
    """The commands that write it, the name of the entity, and the file of the source."""

    commands: Sequence[Command]
    entity: str
    file: str


def made_source(choices: Choices, documents: Sequence[Document]) -> Made:
    """A source into an entity that is there. Raises BadCommand."""
    if not choices.fields or not choices.key:
        raise bad("至少对应一个字段，并选择识别一行的字段", "Map at least one field and choose what identifies a row")
    languages = languages_of(home_of(choices.pack, documents, with_roles=False), documents)
    name = name_of(choices.english, taken_of(documents), otherwise="source")
    data: dict[str, object] = {
        "label": {one: choices.label if one == "zh" else choices.english for one in languages or LANGUAGES},
        "kind": choices.kind,
        "entity": choices.entity,
    }
    data |= {"roles": list(choices.roles)} if choices.roles else {}
    data |= {"destination": choices.destination} if choices.destination else {}
    data |= {"key": list(choices.key), "fields": dict(choices.fields)}
    data |= {"settings": dict(choices.settings)} if choices.settings else {}
    data |= {"schedule": choices.schedule} if choices.schedule else {}
    (file, text), *_ = texts_of(choices.pack, [(f"sources/{name}.yaml", data)]).items()
    return Made(({"do": "create", "file": file, "text": text},), choices.entity, file)


def made_with_entity(
    choices: Choices, title: str, columns: Sequence[Given], key: Sequence[str], documents: Sequence[Document]
) -> Made:
    """A source with a new entity of the object's columns, its form, pages, figures and rights. Raises BadCommand.

    `key` are the columns that identify a row; without any it is told from the cells.
    """
    home = home_of(choices.pack, documents)
    fields = _fields(columns)
    if not fields:
        raise bad("至少保留一列", "Keep at least one column")
    told = tuple(fields.values())
    made = application_of(title, told, home, languages_of(home, documents), taken_of(documents))
    by_column = {one.name: fields[one.name] for one in columns if one.name in fields}
    found = [by_column[name].name for name in key if name in by_column]
    found = found or [one.name for one in told if one.is_key][:1] or [told[0].name]
    chosen = {one.name: column for column, one in by_column.items()}
    source = made_source(replace(choices, entity=made.entity, fields=chosen, key=found, roles=home.roles), documents)
    commands = [*creations(made), *_levels(made, columns, by_column), *offers(made, home, documents)]
    return Made((*commands, *source.commands), made.entity, source.file)


def _fields(columns: Sequence[Given]) -> Mapping[str, Column]:
    """The fields by the name of their column: told by their words and cells or, where none may be seen, as declared."""
    headers = _headers(columns)
    most = max((len(one.samples) for one in columns), default=0)
    rows = [[one.samples[at] if at < len(one.samples) else "" for one in columns] for at in range(most)]
    unseen = {headers[one.name]: KINDS[one.kind] for one in columns if not one.samples and one.kind in KINDS}
    declared = {headers[one.name]: "instant" for one in columns if one.kind == "instant"}
    told = columns_of([headers[one.name] for one in columns], rows, chosen={**unseen, **declared})
    by_header = {one.header: one for one in told}
    return {one.name: by_header[headers[one.name]] for one in columns if headers[one.name] in by_header}


def _headers(columns: Sequence[Given]) -> Mapping[str, str]:
    """What each column is called by people, each called differently."""
    found: dict[str, str] = {}
    for one in columns:
        words = one.label.text("zh") or one.name
        found[one.name] = words if words not in found.values() else one.name
    return found


def _levels(made: SheetApplication, columns: Sequence[Given], by_column: Mapping[str, Column]) -> Iterator[Command]:
    """Fields of what is more confidential than the rest say so."""
    file = next(name for name in made.texts if name.endswith(f"/entities/{made.entity}.yaml"))
    for one in columns:
        if one.level > PLAIN and one.name in by_column:
            path = ["fields", by_column[one.name].name]
            yield {"do": "insert_key", "file": file, "path": path, "key": "level", "value": one.level, "after": "end"}
