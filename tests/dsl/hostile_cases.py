"""Hostile definitions as text: cases as in `definition_cases`, with recipes for what is too big or too odd to be written out.

`=== path as form form` takes its text through forms, from left to right:
`recipe`   `«x*1000»` is x a thousand times; a line `×1000 text {n}` is that line a thousand times, {n} counted from 0, {n+1} from 1;
`files`    with a count before it (`as 500 files`): as many files, {n} in path and text counted from 0;
`escaped`  escapes of Python (`\\x00`, `\\ud800`, `\\ufeff`) become what they say, lone surrogates the bytes they would be;
`bytes`    escapes `\\xNN` become bytes;
`link`, `fifo`, `folder`, `absent`, or the name of an encoding.
Escapes and `«x*n»` hold in paths too. `=== expect` is `harmless`, or every error as `CODE file:line`; a last line `…`
allows more errors of the same codes, and lines without a number, where a limit leaves open which ones are told.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from definition_cases import BASE, PACK, ROOT, Case, CaseFile, cases_of

CORPUS = ROOT / "tests/corpus/hostile"
_REPEATED = re.compile(r"«(.*?)\*(\d+)»", re.DOTALL)
_LINES = re.compile(r"^×(\d+) (.*\n)", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What a case says is expected."""

    harmless: bool
    errors: tuple[str, ...]
    more: bool

    @property
    def codes(self) -> set[str]:
        return {one.split()[0] for one in self.errors}


def hostile_cases() -> tuple[Case, ...]:
    return tuple(case for file in sorted(CORPUS.glob("*.txt")) for case in cases_of(file))


def verdict(case: Case) -> Verdict:
    lines = [line for line in case.expected if line not in {"harmless", "…"}]
    return Verdict("harmless" in case.expected, tuple(lines), "…" in case.expected)


def lay_out(case: Case, folder: Path) -> Path:
    """Write the small working pack and the case's files over it; the folder of packs."""
    base = folder / "packs" / PACK
    shutil.copytree(BASE, base)
    lay_over(case, base)
    return base.parent


def lay_over(case: Case, base: Path) -> None:
    for file in case.files:
        for one in _each(file):
            _write(base, one)


def _each(file: CaseFile) -> list[CaseFile]:
    counted = re.match(r"(\d+) files\s*(.*)", file.form)
    if counted is None:
        return [file]
    return [
        CaseFile(_counted(file.path, at), counted.group(2), _counted(file.text, at))
        for at in range(int(counted.group(1)))
    ]


def _write(base: Path, file: CaseFile) -> None:
    name = _repeated(file.path).encode("utf-8").decode("unicode_escape").encode("latin-1") if "\\" in file.path else (
        os.fsencode(_repeated(file.path))
    )  # fmt: skip
    target = Path(os.path.normpath(base / os.fsdecode(name)))
    target.parent.mkdir(parents=True, exist_ok=True)
    forms = file.form.split()
    match forms[-1] if forms else "":
        case "absent":
            target.unlink()
        case "link":
            target.unlink(missing_ok=True)
            target.symlink_to(file.text.strip())
        case "fifo":
            os.mkfifo(target)
        case "folder":
            target.mkdir()
        case _:
            target.write_bytes(_content(file.text, forms))


def _content(text: str, forms: list[str]) -> bytes:
    for form in forms:
        match form:
            case "recipe":
                text = _repeated(_LINES.sub(_numbered, text))
            case "escaped":
                text = text.encode("unicode_escape").replace(b"\\\\", b"\\").decode("unicode_escape")
            case "bytes":
                return text.encode().decode("unicode_escape").encode("latin-1")
            case _:
                return text.encode(form)
    return text.encode("utf-8", "surrogatepass")


def _numbered(found: re.Match[str]) -> str:
    line = found.group(2)
    return "".join(_counted(line, at) for at in range(int(found.group(1))))


def _counted(text: str, at: int) -> str:
    return text.replace("{n}", str(at)).replace("{n+1}", str(at + 1))


def _repeated(text: str) -> str:
    return _REPEATED.sub(lambda found: found.group(1) * int(found.group(2)), text)
