"""What an editor of workflows looks at: the files about an entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.api.answers import data_of
from designer.draft.desk import Desk
from designer.file_names import file_name

KINDS = frozenset({"entities", "workflows", "access", "pages", "tests"})


def files_about(desk: Desk, entity: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The files of the draft about an entity, each with its plain data; those that cannot be read are left out."""
    for file in sorted({*desk.studio.live.files(), *desk.texts()}):
        name = file_name(file)
        if name is None or name.kind not in KINDS:
            continue
        text = desk.text(file)
        if text is None or (name.kind != "access" and name.name != entity and entity not in text):
            continue
        data = data_of(file, text)
        if isinstance(data, Mapping) and _is_about(name.kind, name.name, data, entity):
            yield file, data


def _is_about(kind: str, name: str, data: Mapping[str, object], entity: str) -> bool:
    if kind == "entities":
        return name == entity
    if kind == "access":
        return data.get("entity", name) == entity
    if kind == "tests":
        return any(_acts_on(test, entity) for test in _items(data.get("tests")))
    return data.get("entity") == entity


def _acts_on(test: Mapping[str, object], entity: str) -> bool:
    return any(one.get("entity") == entity for key in ("rows", "steps") for one in _items(test.get(key)))


def _items(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
