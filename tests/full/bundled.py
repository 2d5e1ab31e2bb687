"""The bundle made, installed in a fresh environment without a network, started there, and a page fetched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from bench.report import Row
from bundle.__main__ import main as make_bundle

LARGEST = 120.0
"""Megabytes that the archive may have."""
LOOPBACK = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
"""
SERVE = """
import os, subprocess, sys, time, urllib.request
data, program = sys.argv[1], sys.argv[2]
process = subprocess.Popen([program, "--data", data, "serve", "--port", "8399"], stdout=subprocess.DEVNULL)
try:
    for _ in range(600):
        try:
            page = urllib.request.urlopen("http://127.0.0.1:8399/set-up", timeout=2).read().decode()
            break
        except OSError:
            time.sleep(0.1)
    assert "<html" in page, page[:200]
    try:
        urllib.request.urlopen("https://pypi.org", timeout=2)
    except OSError:
        print("page fetched, no network")
finally:
    process.terminate()
    assert process.wait(20) == 0
"""


def measured() -> list[Row]:
    """The size of the archive, and the seconds from nothing to a page on a machine without a network."""
    with tempfile.TemporaryDirectory(prefix="dougong-bundle-") as name:
        folder = Path(name)
        assert make_bundle([str(folder / "out")]) == 0
        (archive,) = (folder / "out").glob("*.tar.gz")
        began = time.monotonic()
        installed_without_network(archive, folder)
        seconds = time.monotonic() - began
        return [
            Row("BUNDLE-SIZE", "Archive that installs without a network", LARGEST, archive.stat().st_size / 1e6, "MB"),
            Row("BUNDLE-PAGE", "Unpack, install and first page without a network", 120, seconds, "s"),
        ]


def installed_without_network(archive: Path, folder: Path) -> None:
    """Unpacked, summed, installed, served and asked within a network namespace that has nothing but itself."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    unpacked = folder / archive.name.removesuffix(".tar.gz")
    bill = json.loads((unpacked / "sbom.json").read_text("utf-8"))
    wheels = {one.name for one in (unpacked / "wheels").glob("*.whl")}
    assert len(bill["components"]) + 1 == len(wheels)
    assert len(list((unpacked / "licences").iterdir())) == len(wheels)
    (folder / "serve.py").write_text(SERVE, "utf-8")
    (folder / "loopback.py").write_text(LOOPBACK, "utf-8")
    script = (
        f"{sys.executable} {folder}/loopback.py && sh {unpacked}/install.sh {folder}/venv && "
        f"{folder}/venv/bin/python {folder}/serve.py {folder}/data {folder}/venv/bin/dougong"
    )
    environment = {**os.environ, "PYTHON": sys.executable, "DOUGONG_DATABASE": ""}
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "page fetched, no network" in done.stdout
    damaged = next((unpacked / "wheels").glob("*.whl"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    refused = subprocess.run(
        ["sh", str(unpacked / "install.sh"), str(folder / "other")], capture_output=True, check=False
    )
    assert refused.returncode == 1, "a damaged bundle was installed"
