"""What a child is asked to run in the tests of workers."""

from __future__ import annotations

import os
from collections.abc import Callable

from engine.diagnostics import DougongError, Message


class Refused(DougongError):
    """A reader's own refusal, with an argument that an exception cannot be pickled with."""

    code = "no_such_thing"

    def __init__(self, first: int, second: int) -> None:
        super().__init__(Message(f"拒绝 {first}", f"refused {second}"))


def spin() -> None:
    while True:
        pass


def swallow(megabytes: int) -> int:
    return len(bytearray(megabytes * 1_000_000))


def refuse() -> None:
    raise Refused(1, 2)


def crash() -> None:
    raise RuntimeError("a text of the file")


def leave() -> None:
    os._exit(3)


def chatter() -> str:
    os.write(1, b"what a library prints")
    return "said"


def environment() -> list[str]:
    return sorted(os.environ)


def tell_and_answer(tell: Callable[[object], None]) -> str:
    tell(("stage", 0.5))
    tell(("stage", 1.0))
    return "done"
