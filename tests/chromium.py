"""The Chromium of the tests: which one is run, and how it is started."""

from __future__ import annotations

import os
import shutil

WHOLE = os.environ.get("DOUGONG_CHROMIUM", "/usr/bin/chromium")
CHROMIUM = os.environ.get("DOUGONG_CHROMIUM") or shutil.which("chromium-headless-shell") or WHOLE
"""Where there is one without windows, which draws the same with less work, it is that one."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
