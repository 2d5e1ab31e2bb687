"""The life of a worker's child: read a call, run it under its memory limit, answer; until the pipe closes."""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import BinaryIO

from engine.diagnostics import DougongError, Message

MEGABYTE = 1_000_000
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child sends back: a value, the code and words of a refusal, or the bare name of another error."""

    value: object = None
    refusal: tuple[str, Message] | None = None
    crash: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a call says of itself while it runs."""

    value: object


class Given(Enum):
    """Arguments that the child puts in itself: TELL is a function that sends what it is given to whoever asked."""

    TELL = "tell"


def serve(calls: BinaryIO, answers: BinaryIO) -> None:
    """Answer calls until there are no more."""
    base = _mapped()
    _send(answers, Answer("ready"))
    while head := calls.read(_LENGTH.size):
        function, arguments, megabytes = pickle.loads(calls.read(_LENGTH.unpack(head)[0]))
        _limit(base + megabytes * MEGABYTE)
        tell = partial(_tell, answers)
        _send(answers, _answer(function, tuple(tell if one is Given.TELL else one for one in arguments)))


def _answer(function: Callable[..., object], arguments: tuple[object, ...]) -> Answer:
    try:
        return Answer(function(*arguments))
    except DougongError as error:
        return Answer(refusal=(error.code, error.message))
    except Exception as error:
        return Answer(crash=type(error).__name__)


def _tell(answers: BinaryIO, value: object) -> None:
    _send(answers, Told(value))


def _send(answers: BinaryIO, answer: Answer | Told) -> None:
    content = pickle.dumps(answer)
    answers.write(_LENGTH.pack(len(content)) + content)
    answers.flush()


def _mapped() -> int:
    """Bytes of address space that the interpreter and its libraries have mapped."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 1_000 * MEGABYTE


def _limit(wanted: int) -> None:
    """The address space that the child may take from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000


def leave_the_network() -> bool:
    """Give this process a network of its own, with nothing in it: whatever runs here has no way to anywhere, by whichever
    call. False where the system does not allow it (no Linux, or no namespaces for this user): then only the limits hold."""
    if not sys.platform.startswith("linux"):
        return False
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    return unshare is not None and (unshare(NEW_NETWORK) == 0 or unshare(NEW_NETWORK | NEW_USER) == 0)


def main() -> None:
    """What a library prints goes to standard error: standard output belongs to the answers."""
    leave_the_network()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError):  # who asked is gone
        serve(sys.stdin.buffer, answers)
