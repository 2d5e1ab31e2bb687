"""Cargo: what a person takes out of the house as a file, or a folder receives; and the destination that it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.extensions import EgressRequest
from engine.model.app import AppModel
from engine.model.levels import UNKNOWN, level_of_entity, tags_of_entity
from engine.model.names import Label, Place
from engine.model.payloads import Payload
from engine.model.sources import Destination

DEVICE, FOLDER = "device", "folder"
FILES = frozenset({DEVICE, FOLDER})
EXPORT, DOWNLOAD, PRINT, BACKUP, MODEL = "export", "download", "print", "backup", "model_file"
PURPOSES = frozenset({EXPORT, DOWNLOAD, PRINT, MODEL})
OWN_DEVICE = Destination(
    name=DEVICE,
    label=Label({"zh": "使用者的设备", "en": "The reader's device"}),
    place=Place("engine", "", 0),
    scheme=DEVICE,
    host="",
    port=0,
    max_level="G4",
    purposes=PURPOSES,
)
"""Where files go that readers take with them, while no definition declares it: what they may read, they may take."""
OWN_FOLDER = Destination(
    name="backups",
    label=Label({"zh": "备份文件夹", "en": "The folder of backups"}),
    place=Place("engine", "", 0),
    scheme=FOLDER,
    host="",
    port=0,
    max_level="G4",
    purposes=frozenset({BACKUP}),
)
"""Where backups go, while no definition declares a folder."""


@dataclass(frozen=True, slots=True)
class Cargo:
    """A file that leaves: for what, how confidential, how many records of what, in which fields; `content` is looked
    through for canaries and kept nowhere."""

    purpose: str
    level: str
    place: str
    rows: int = 0
    fields: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    persons: tuple[str, ...] = ()
    content: bytes = b""
    size: int = 0

    def request(self, destination: str) -> EgressRequest:
        """The request to leave that this is."""
        return EgressRequest(
            destination=destination,
            method="FILE",
            path="/",
            purpose=self.purpose,
            level=self.level,
            about=Payload(self.tags, self.fields, self.rows, self.persons, self.place),
        )


def cargo_of(model: AppModel, purpose: str, entity: str, place: str, rows: int) -> Cargo:
    """A file of an entity of which no more is known: of the level and with the tags that any of its fields has."""
    if entity not in model.entities:
        return Cargo(purpose, UNKNOWN, place, rows)
    level, tags = level_of_entity(model, entity), tags_of_entity(model, entity)
    return Cargo(purpose, level, place, rows, tags=tags)


def device_of(destinations: Mapping[str, Destination], purpose: str) -> Destination:
    """The destination of a file that its reader takes: the declared one that serves the purpose, else the first declared."""
    return _serving((one for one in destinations.values() if one.scheme == DEVICE), purpose) or OWN_DEVICE


def folder_of(destinations: Mapping[str, Destination], folder: str) -> Destination | None:
    """The destination that a folder is: the declared one that it lies in. While none is declared any folder is the own one;
    None for a folder outside of all that are."""
    declared = [one for one in destinations.values() if one.scheme == FOLDER]
    if not declared:
        return OWN_FOLDER
    return next((one for one in declared if _lies_in(folder, one.folder)), None)


def _serving(found: Iterable[Destination], purpose: str) -> Destination | None:
    listed = sorted(found, key=lambda one: (purpose not in one.purposes, one.name))
    return listed[0] if listed else None


def _lies_in(folder: str, declared: str) -> bool:
    own = declared.rstrip("/")
    return folder == own or folder.startswith(f"{own}/")
