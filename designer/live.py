"""The live texts: those of the packs that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.file_names import FileName, file_name
from engine.dsl.pack_reader import list_pack


@dataclass(frozen=True, slots=True)
class Live:
    """The folders of the served packs, the one for new packs, and the one of those that come with the product."""

    served: Callable[[], Sequence[Path]]
    made: Path
    shipped: Path

    def is_shipped(self, pack: str) -> bool:
        """Does a pack come with the product, so that it is not written over?"""
        return self.folder(pack).parent == self.shipped

    def copies(self) -> tuple[str, ...]:
        """The packs that were copied to be changed and are served in the place of shipped ones."""
        served = (folder.name for folder in self.served() if folder.parent == self.made)
        return tuple(name for name in served if (self.shipped / name / "pack.yaml").is_file())

    def folder(self, pack: str) -> Path:
        """Where a pack lies, or would lie."""
        return next((folder for folder in self.served() if folder.name == pack), self.made / pack)

    def location(self, name: FileName) -> Path:
        return self.folder(name.pack) / name.inside

    def text(self, file: str) -> str | None:
        """The text of a file, with its byte order mark; None where there is none. What is no UTF-8 is replaced."""
        name = file_name(file)
        if name is None:
            return None
        try:
            return self.location(name).read_bytes().decode("utf-8", "replace")
        except OSError:
            return None

    def files(self) -> Iterator[str]:
        """All definition files of the served packs."""
        for folder in self.served():
            yield from (one.file for one in list_pack(folder).files)
