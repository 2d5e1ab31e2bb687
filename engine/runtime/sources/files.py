"""Files of sources: given for the run, or declared by a path inside the installation's inbox folder and nowhere else."""

from __future__ import annotations

from pathlib import Path

from engine.extensions import SourceFault, SourceFile, SourceReach
from engine.model.sources import Source

INBOX = "inbox"
BYTE_LIMIT = 50_000_000
INBOX_PATH = {"zh": "inbox 文件夹中的文件", "en": "File in the inbox folder"}
"""What the setting that names a file is called."""


def file_of(source: Source, reach: SourceReach) -> SourceFile:
    """The file of a run. Raises SourceFault when there is none, when it is outside the inbox or too large."""
    if reach.file is not None:
        return _within_limit(reach.file)
    path = inbox_path(source, reach)
    if path.stat().st_size > BYTE_LIMIT:
        raise _too_large()
    return _within_limit(SourceFile(path.name, path.read_bytes()))


def inbox_path(source: Source, reach: SourceReach) -> Path:
    """The file that the setting `path` names, with every link followed, inside the inbox."""
    declared = source.settings.get("path")
    if not isinstance(declared, str) or not declared:
        raise SourceFault(
            "no_file",
            "需要一个文件：用 --file 给出，或在 settings.path 中声明",
            "A file is needed: give one with --file, or declare settings.path",
        )
    inbox = reach.inbox.resolve()
    if "\x00" in declared or not (path := (inbox / declared).resolve()).is_relative_to(inbox):
        raise SourceFault("outside_inbox", "文件必须位于 inbox 文件夹内", "The file must be inside the inbox folder")
    if not path.is_file():
        raise SourceFault("no_file", "inbox 文件夹中没有这个文件", "There is no such file in the inbox folder")
    return path


def _within_limit(file: SourceFile) -> SourceFile:
    if len(file.content) > BYTE_LIMIT:
        raise _too_large()
    return file


def _too_large() -> SourceFault:
    limit = BYTE_LIMIT // 1_000_000
    return SourceFault("too_large", f"文件超过 {limit} MB", f"The file is over {limit} MB")
