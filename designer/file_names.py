"""Names of definition files as diagnostics give them: `pack/pack.yaml`, `pack/kind/name.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dsl.kinds import FOLDERS, fits_name, is_reserved


@dataclass(frozen=True, slots=True)
class FileName:
    """A file's pack, the kind that it is, and the resource's name."""

    pack: str
    kind: str
    name: str

    @property
    def inside(self) -> str:
        """Its place in the pack's folder."""
        return "pack.yaml" if self.kind == "pack" else f"{self.kind}/{self.name}.yaml"

    def __str__(self) -> str:
        return f"{self.pack}/{self.inside}"


def file_name(text: str) -> FileName | None:
    """The parts of a file's name; None where no definition may stand under it."""
    match text.split("/"):
        case [pack, "pack.yaml"] if fits_name("pack", pack):
            return FileName(pack, "pack", pack)
        case [pack, kind, last] if fits_name("pack", pack) and kind in FOLDERS and last.endswith(".yaml"):
            name = last.removesuffix(".yaml")
            return FileName(pack, kind, name) if fits_name(kind, name) and not is_reserved(kind, name) else None
        case _:
            return None
