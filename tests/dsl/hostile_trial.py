"""Running commands in forks of a warm child, under the limits of the hostile corpus."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from definition_cases import BASE, ROOT

SECONDS, YARDSTICKS, MEGABYTES = 2.0, 60, 256
"""What one command may take beyond the warm interpreter: that many seconds of a processor or, where it is a slow one,
as long as so many yardsticks take.
"""


@dataclass(frozen=True)
class Outcome:
    """What a command did: exit code (negative when a limit killed it), processor seconds, peak memory, what it wrote."""

    code: int
    seconds: float
    wall: float
    megabytes: float
    out: str
    err: str

    @property
    def clean(self) -> bool:
        """Did it end by itself, with an answer and no traceback?"""
        return self.code in {0, 1} and "Traceback" not in self.out + self.err


def seconds_for(yardstick: float) -> float:
    """What a command may take on a machine that needs so many seconds for the yardstick."""
    return max(SECONDS, YARDSTICKS * yardstick)


class Trial:
    """A warm child that takes commands; `seconds` is what each of them may take on this machine."""

    def __init__(self, child: subprocess.Popen[str], yardstick: float) -> None:
        self._child = child
        self.seconds = seconds_for(yardstick)

    def run(self, *arguments: str, door: str = "dougong", seconds: float | None = None) -> Outcome:
        """What a command does. One that the usual limit kills is judged by what the machine takes for the yardstick now:
        it may have become a slower one since the child was warmed.
        """
        outcome = self._outcome(door, arguments, self.seconds if seconds is None else seconds)
        if seconds is None and outcome.code == -signal.SIGPROF:
            before, self.seconds = self.seconds, seconds_for(float(self._asked({"door": "yardstick"})))
            if self.seconds > before:
                return self._outcome(door, arguments, self.seconds)
        return outcome

    def _outcome(self, door: str, arguments: tuple[str, ...], seconds: float) -> Outcome:
        request = {"door": door, "arguments": arguments, "seconds": seconds, "megabytes": MEGABYTES}
        return Outcome(**json.loads(self._asked(request)))

    def _asked(self, request: dict[str, object]) -> str:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()
        return self._child.stdout.readline()


@contextmanager
def warm_child() -> Iterator[Trial]:
    """A child that has compiled the small working pack once."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("hostile_child.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "DOUGONG_NEW_PASSWORD": "correct-horse"},
    )
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps({"arguments": ["check", "--json", str(BASE)]}) + "\n")
        child.stdin.flush()
        assert child.stdout is not None
        yield Trial(child, float(child.stdout.readline()))
    finally:
        child.stdin.close()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
