"""What a bundle holds beside its wheels: the licences of each, and the sums of everything."""

from __future__ import annotations

import hashlib
from pathlib import Path
from zipfile import ZipFile

from bundle.sbom import Component

NAMES = ("licen", "copying", "notice", "authors")


class NoLicence(Exception):
    """A package neither holds its licence nor names it: it may not be given away like this."""


def write_licences(folder: Path, components: list[Component]) -> None:
    """The texts of the licences that each wheel carries, and where it carries none the licence that it names. Raises NoLicence."""
    for one in components:
        target = folder / f"{one.name}-{one.version}"
        target.mkdir(parents=True)
        with ZipFile(one.wheel) as wheel:
            texts = [name for name in wheel.namelist() if ".dist-info/" in name and _is_licence(name)]
            for name in texts:
                (target / Path(name).name).write_bytes(wheel.read(name))
        if not one.licence and not texts:
            raise NoLicence(one.name)
        (target / "NAMED.txt").write_text(f"{one.licence or 'see the text beside this file'}\n", "utf-8")


def _is_licence(name: str) -> bool:
    return not name.endswith("/") and Path(name).name.lower().startswith(NAMES)


def sums(folder: Path) -> str:
    """A line for every file, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    )
