"""Cases of definitions as text: files laid over a small working pack, and the diagnostics that must follow.

`##### title` starts a case, `=== path` a file (`as gbk` and the like make bytes that a text file cannot hold),
`=== expect` the diagnostics as `CODE file:line:column`, in order of place, errors and warnings and information alike.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/dsl"
BASE = ROOT / "engine/dsl/templates/new_pack"
PACK = "demo"


@dataclass(frozen=True)
class CaseFile:
    """A file of a case; `form` says how its bytes are made."""

    path: str
    form: str
    text: str


@dataclass(frozen=True)
class Case:
    """One case; `expected` are lines of code and place."""

    group: str
    title: str
    files: tuple[CaseFile, ...]
    expected: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.group}: {self.title}"


def read_cases(folder: str) -> tuple[Case, ...]:
    return tuple(case for file in sorted((FIXTURES / folder).glob("*.txt")) for case in cases_of(file))


def cases_of(file: Path) -> Iterator[Case]:
    for block in re.split(r"^##### ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        parts = re.split(r"^=== (.*)\n", body, flags=re.MULTILINE)[1:]
        files: list[CaseFile] = []
        expected: tuple[str, ...] = ()
        for header, text in zip(parts[::2], parts[1::2], strict=True):
            path, _, form = header.partition(" as ")
            if path == "expect":
                expected = tuple(line for line in text.splitlines() if line)
            else:
                files.append(CaseFile(path, form, text))
        yield Case(file.stem, title, tuple(files), expected)


def lay_out(case: Case, folder: Path) -> tuple[Path, ...]:
    """Write the working pack and the case's files under `folder`; the pack folders to compile."""
    base = folder / PACK
    shutil.copytree(BASE, base)
    for file in case.files:
        _write(base / file.path, file)
    others = [found.parent for found in sorted(folder.rglob("pack.yaml")) if found.parent != base]
    return (base, *others)


def _write(target: Path, file: CaseFile) -> None:
    target = Path(str(target.parent.resolve())) / target.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.form == "absent":
        target.unlink()
    elif file.form == "link":
        target.symlink_to(file.text.strip())
    else:
        target.write_bytes(_content(file))


def _content(file: CaseFile) -> bytes:
    match file.form:
        case "gbk" | "utf-16" | "latin-1":
            return file.text.encode(file.form)
        case "nul":
            return file.text.replace("@", "\0").encode()
        case "large":
            return file.text.encode() + b"# filler\n" * 1_200_000
        case "deep":
            return file.text.strip("\n").encode() + b" " + b"[" * 1000
        case "wide":
            return file.text.strip("\n").encode() + b" [" + b"1," * 100_001 + b"]\n"
        case "fields":
            return file.text.encode() + b"".join(
                f"  f{number}: {{type: integer, label: {{zh: 数, en: Number}}}}\n".encode() for number in range(400)
            )
        case "long formula":
            return file.text.replace("LONG", "1 + " * 25_000 + "1").encode()
        case _:
            return file.text.encode()
