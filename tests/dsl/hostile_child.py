"""A warm child of the hostile corpus: it knows the compiler, and forks for each command, which has limits of its own.

The fork takes at most `seconds` of processor time and `megabytes` above what the warm child has mapped; a fork that
waits is killed too. Line by line: a request as JSON on standard input, what became of it as JSON on standard output.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from engine.cli import main as dougong

PATIENCE = 20.0
"""Seconds by the wall after which a fork that uses no processor is killed."""


def spin(arguments: Sequence[str]) -> int:
    while True:
        pass


def swallow(arguments: Sequence[str]) -> int:
    return len(bytearray(int(arguments[0]) * 1_000_000)) * 0


def stumble(arguments: Sequence[str]) -> int:
    raise RecursionError


DOORS: dict[str, Callable[[Sequence[str]], int]] = {
    "dougong": dougong,
    "spin": spin,
    "swallow": swallow,
    "stumble": stumble,
}
"""The command line, and faults that the limits must catch."""


def mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")


def run_limited(request: dict[str, Any]) -> None:
    """Run a command in this process under its limits; never returns."""
    code = 70
    try:
        signal.setitimer(signal.ITIMER_PROF, request["seconds"])
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        wanted = mapped() + request["megabytes"] * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))
        code = DOORS[request["door"]](request["arguments"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 70
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a fork did: its exit code (negative: the signal that killed it), figures, and what it wrote."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            run_limited(request)
        _, status, usage = os.wait4(child, 0)
        wall = time.monotonic() - started
        written = []
        for stream in (out, err):
            stream.seek(0)
            written.append(stream.read().decode("utf-8", "backslashreplace"))
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": usage.ru_utime + usage.ru_stime,
        "wall": wall,
        "megabytes": usage.ru_maxrss / 1000,
        "out": written[0],
        "err": written[1],
    }


def yardstick() -> float:
    """Processor seconds that this machine takes, now, for some work that is always the same: a module of the standard
    library is read and written again, by the standard library.
    """
    text = Path(ast.__file__).read_text("utf-8")
    taken = []
    for _ in range(5):
        began = time.process_time()
        ast.unparse(ast.parse(text))
        taken.append(time.process_time() - began)
    return median(taken)


def serve() -> None:
    """Answer requests until there are no more. The first one warms this process, which tells its yardstick: it runs
    here, not in a fork.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warming = json.loads(sys.stdin.readline())
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    dougong(warming["arguments"])
    sys.stdout = sys.__stdout__
    answers.write(f"{yardstick()}\n")
    answers.flush()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(yardstick() if request["door"] == "yardstick" else answer(request)) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
