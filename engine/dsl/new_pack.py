"""The first files of a pack: a tiny application that works, to be rewritten."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.dsl.kinds import fits_name

TEMPLATE = Path(__file__).parent / "templates" / "new_pack"


class CannotWritePack(DougongError):
    """The folder's name is no name of a pack, or something stands there already."""

    code = "cannot_write_pack"
    status = 409


def write_new_pack(folder: Path) -> tuple[Path, ...]:
    """Write the template to `folder`, whose name becomes the pack's; the files written. Raises CannotWritePack."""
    if not fits_name("pack", folder.name):
        raise CannotWritePack(
            Message(
                f"「{folder.name}」不能作为包名：以小写字母开头，只含小写字母、数字和下划线",
                f'"{folder.name}" is no name of a pack: lower-case letters, digits and _, a letter first',
            )
        )
    if folder.exists() and any(folder.iterdir()):
        raise CannotWritePack(Message(f"「{folder}」里已有文件", f'there are files in "{folder}" already'))
    shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True)
    return tuple(sorted(path for path in folder.rglob("*.yaml")))
