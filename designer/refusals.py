"""Why a command is not done: it cannot be read, does not fit what stands there, or somebody else changed that meanwhile."""

from __future__ import annotations

from designer.plain import ABSENT
from engine.diagnostics import DougongError, Message


class BadCommand(DougongError):
    """A command that cannot be understood, or that names what is not there."""

    code = "bad_command"
    status = 422


class Stale(DougongError):
    """What stands there is not what the caller saw: all three are shown and nothing is written."""

    code = "conflict"
    status = 409

    def __init__(
        self, file: str, path: object, sides: tuple[object, object, object], message: Message | None = None
    ) -> None:
        """`sides` are what was expected, what was wanted and what stands there; ABSENT where nothing is."""
        super().__init__(
            message or Message("这里已被他人改动，没有写入", "Somebody else has changed this; nothing was written"),
            conflict={
                "file": file,
                "path": path,
                **{name: _shown(side) for name, side in zip(("base", "mine", "theirs"), sides, strict=True)},
            },
        )


def _shown(side: object) -> object:
    return None if side is ABSENT else side


def bad(zh: str, en: str, hint: Message | None = None, **details: object) -> BadCommand:
    return BadCommand(Message(zh, en), **({"hint": hint} if hint else {}), **details)
