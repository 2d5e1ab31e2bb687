"""`dougong uninstall`, and a start after it, in a process that ends, as by a power cut, right before or after one of its steps."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from engine.cli import main
from engine.installation import removal_mark, uninstalling

STEPS: dict[str, object] = {
    "set_aside": uninstalling,
    "carry_out": uninstalling,
    "purge_migration": removal_mark,
    "_record": removal_mark,
    "unnote": removal_mark,
    "unlink": os,
}
TWO_DISKS = "DOUGONG_TWO_DISKS"
"""Set where packs and data are taken to lie on two disks, between which nothing is moved in one go."""


def ending(step: str, after: bool) -> None:
    """Let the process end before or after a step."""
    home = STEPS[step]
    right: Callable[..., object] = getattr(home, step)

    def act(*given: object, **named: object) -> object:
        if after:
            right(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(home, step, act)


if __name__ == "__main__":
    if TWO_DISKS in os.environ:
        removal_mark.on_one_disk = lambda one, other: False
    ending(sys.argv[1], sys.argv[2] == "after")
    raise SystemExit(main(sys.argv[3:]))
