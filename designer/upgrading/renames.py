"""Renames that a newer edition declares: what is called otherwise there is called so in the texts that it is merged with, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from designer.commands.names import rename_everywhere
from designer.commands.sheets import Sheets, Texts
from designer.file_names import file_name
from designer.refusals import BadCommand
from designer.splice.written import MARK, CannotEdit
from engine.dsl.source import read_source

ALIKE = 0.8
"""The share of lines from which a file that goes and one that comes are the same under another name, if no other is as alike."""


@dataclass(frozen=True, slots=True)
class Rename:
    """An entity, or a field of one (`entity.field`), and its new name."""

    target: str
    new: str


def declared_renames(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Rename, ...]:
    """The renames of entities, then of their fields, by which a newer edition leads on from an older one."""
    entities = {file: _entity(file, text) for file, text in after.items() if _kind(file) == "entities"}
    found = [
        Rename(_name(old), _name(file))
        for file, data in entities.items()
        if file not in before and (old := _former(file, data)) in before and old not in after
    ]
    former = {one.new: one.target for one in found}
    for file, data in entities.items():
        earlier = before.get(file) or before.get(f"{file.rpartition('/')[0]}/{former.get(_name(file), '')}.yaml")
        if earlier is not None:
            fields = _fields(_entity(file, earlier))
            found += [Rename(f"{_name(file)}.{was}", name) for name, was in _moved(fields, _fields(data))]
    return tuple(found)


def renamed(sheets: Sheets, renames: tuple[Rename, ...]) -> Texts:
    """The texts that differ once everything is called as the renames say. What cannot be renamed stays as it is called."""
    changes: dict[str, str | None] = {}
    for one in renames:
        try:
            changes |= rename_everywhere(sheets.after(changes), {"target": one.target, "new": one.new}).texts
        except (BadCommand, CannotEdit):
            continue
    return changes


def renamed_files(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Files of an older edition that stand in a newer one under another name, by what they say: new name to old."""
    gone = {file: text for file, text in before.items() if file not in after}
    found: dict[str, str] = {}
    for file in sorted(after.keys() - before.keys()):
        ratios = {old: _alike(text, after[file]) for old, text in gone.items() if _kind(old) == _kind(file)}
        likest = [old for old, ratio in ratios.items() if ratio == max(ratios.values())]
        if len(likest) == 1 and ratios[likest[0]] >= ALIKE and likest[0] not in found.values():
            found[file] = likest[0]
    return found


def _alike(old: str, new: str) -> float:
    return SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False).ratio()


def _moved(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, field in new.items():
        was = field.get("renamed_from") if isinstance(field, Mapping) else None
        if isinstance(was, str) and name not in old and was in old and was not in new:
            yield name, was


def _former(file: str, data: Mapping[str, object]) -> str:
    return f"{file.rpartition('/')[0]}/{data.get('renamed_from')}.yaml"


def _fields(data: Mapping[str, object]) -> Mapping[str, object]:
    fields = data.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def _entity(file: str, text: str) -> Mapping[str, object]:
    data = read_source(file, text.removeprefix(MARK).encode("utf-8", "surrogatepass")).data
    return data if isinstance(data, Mapping) else {}


def _kind(file: str) -> str:
    name = file_name(file)
    return name.kind if name is not None else ""


def _name(file: str) -> str:
    name = file_name(file)
    return name.name if name is not None else ""
