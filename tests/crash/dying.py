"""Dying while one tells how far it is: a process that kills itself at some moment after it has told so often enough."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count
from threading import Timer
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def dies_while_telling(telling: Callable[P, R], after: int, delay: float) -> Callable[P, R]:
    """What tells, and kills this process `delay` seconds after it has told `after` times, or when it tells so for the third
    time from then: at some moment, and before its end on any machine."""
    told = count(1)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def tell(*arguments: P.args, **named: P.kwargs) -> R:
        at = next(told)
        if at == after:
            Timer(delay, die).start()
        if at == after + 3:
            die()
        return telling(*arguments, **named)

    return tell
