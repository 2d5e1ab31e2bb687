"""Workers: warm children that read what nobody vouches for, with limits on time and memory, killed when they pass them.

A child is a fresh interpreter with an empty environment: no database, no key, no secret setting, no pipe but ours. It is
started at the first call, serves one call at a time, and is replaced after it was killed or had died.
"""

from __future__ import annotations

import copyreg
import io
import os
import pickle
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.diagnostics import DougongError, Message
from engine.runtime.worker_child import Answer, Told

PATIENCE = 10.0
"""Seconds that a new child may take to start."""
TICK = 0.5
"""Seconds after which a call that says nothing is asked after."""
_CHILD = "from engine.runtime.worker_child import main; main()"
Hear = Callable[[object], None]
_LENGTH = struct.Struct(">Q")


class WorkerFailed(DougongError):
    """What a child was reading is refused: by the reader itself, or because the child passed a limit or died."""

    status = 422

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code = code


class Nursery:
    """Idle children of workers that closed, by what they were for: a process that makes one application after another
    starts and warms each child once, and closes the nursery when it ends."""

    def __init__(self) -> None:
        self._idle: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def take(self, use: str) -> subprocess.Popen[bytes] | None:
        """A child that lives, for workers of this use alone; None when there is none."""
        with self._lock:
            child = self._idle.pop(use, None)
        if child is None or child.poll() is None:
            return child
        _end(child)
        return None

    def give(self, use: str, child: subprocess.Popen[bytes]) -> None:
        """Keep a child that waits for a call; it ends when there is one already."""
        with self._lock:
            kept = self._idle.setdefault(use, child)
        if kept is not child:
            _end(child)

    def close(self) -> None:
        """End all that are kept."""
        with self._lock:
            kept, self._idle = list(self._idle.values()), {}
        for child in kept:
            _end(child)


class Workers:
    """A warm child that runs importable functions; satisfies engine.extensions.Worker. Calls wait for each other.

    Workers of one `use` call functions of one sort: with a nursery, each has the child that the last one left there.
    """

    def __init__(self, use: str = "", nursery: Nursery | None = None) -> None:
        self._use = use
        self._nursery = nursery
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = False

    def call(
        self,
        function: Callable[..., object],
        *arguments: object,
        seconds: float,
        megabytes: int,
        hear: Hear | None = None,
    ) -> object:
        """`function(*arguments)`, both picklable, as computed by the child.

        `hear` is told what the call says through an argument Given.TELL, and None at least every `TICK` seconds; what it
        raises ends the child. Raises WorkerFailed: with the code and words of the DougongError that the function raised; `too_slow` after
        `seconds`; `too_large` over `megabytes` of memory; `unreadable` for any other end.
        """
        with self._lock:
            if self._ended:
                raise WorkerFailed("ended", Message("服务正在停止", "The server is stopping"))
            child = self._child or self._take() or self._start()
            try:
                _send(child, _pickled((function, arguments, megabytes)))
                answer = _heard(child, seconds, hear or _unheard)
            except TimeoutError:
                self._kill()
                raise _failed("too_slow", seconds, megabytes) from None
            except (EOFError, OSError):
                self._kill()
                raise _failed("too_large", seconds, megabytes) from None
            except BaseException:
                self._kill()
                raise
        if isinstance(answer, Answer) and answer.refusal is not None:
            raise WorkerFailed(*answer.refusal)
        if not isinstance(answer, Answer) or answer.crash:
            crash = answer.crash if isinstance(answer, Answer) else ""
            raise _failed("too_large" if crash == "MemoryError" else "unreadable", seconds, megabytes)
        return answer.value

    def close(self) -> None:
        """End the child, or leave it to the nursery; a later call has another."""
        with self._lock:
            if self._nursery is not None and self._child is not None:
                child, self._child = self._child, None
                self._nursery.give(self._use, child)
            self._kill()

    def end(self) -> None:
        """End the child for good: who calls later is refused."""
        self._ended = True
        self.close()

    def _take(self) -> subprocess.Popen[bytes] | None:
        self._child = self._nursery.take(self._use) if self._nursery else None
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "SYSTEMROOT"}}
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)},
        )
        try:
            _receive(self._child, PATIENCE)
        except (TimeoutError, EOFError, OSError):
            self._kill()
            raise WorkerFailed("unreadable", Message("读取进程未能启动", "The reading process did not start")) from None
        return self._child

    def _kill(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _pickled(call: object) -> bytes:
    """A call for a child, in which the maps of definitions may stand, that nobody can change."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written)
    pickler.dispatch_table = copyreg.dispatch_table | {MappingProxyType: lambda map: (unchanging, (dict(map),))}
    pickler.dump(call)
    return written.getvalue()


def unchanging(values: dict[object, object]) -> Mapping[object, object]:
    """A map of definitions in the child."""
    return MappingProxyType(values)


def _send(child: subprocess.Popen[bytes], content: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(_LENGTH.pack(len(content)) + content)
    child.stdin.flush()


def _unheard(value: object) -> None:
    """Where nobody hears."""


def _heard(child: subprocess.Popen[bytes], seconds: float, hear: Hear) -> object:
    """The answer, after all that was told before it; raises as `_receive`, and what `hear` raises."""
    ends = time.monotonic() + seconds
    while isinstance(answer := _receive(child, ends - time.monotonic(), hear), Told):
        hear(answer.value)
    return answer


def _receive(child: subprocess.Popen[bytes], seconds: float, hear: Hear = _unheard) -> object:
    """One message. Raises TimeoutError after `seconds`, EOFError when the child has ended."""
    ends = time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(child, _LENGTH.size, ends, hear))
    return pickle.loads(_exactly(child, length, ends, hear))


def _exactly(child: subprocess.Popen[bytes], size: int, ends: float, hear: Hear) -> bytes:
    assert child.stdout is not None
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while size:
            if not selector.select(min(TICK, max(0.0, ends - time.monotonic()))):
                if time.monotonic() >= ends:
                    raise TimeoutError
                hear(None)
                continue
            part = os.read(child.stdout.fileno(), min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
    return b"".join(parts)


def _failed(code: str, seconds: float, megabytes: int) -> WorkerFailed:
    words = {
        "too_slow": Message(f"内容过于复杂，{seconds:g} 秒内读不完", f"Too complex: not read within {seconds:g} s"),
        "too_large": Message(f"内容展开后超过 {megabytes} MB", f"It takes more than {megabytes} MB to read"),
        "unreadable": Message("内容无法读取", "It cannot be read"),
    }
    return WorkerFailed(code, words[code])
