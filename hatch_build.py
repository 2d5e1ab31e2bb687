"""The wheel's build hook: a wheel carries the designer's browser half, built, so that who installs it needs no Node."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPT = Path(__file__).parent / "bundle" / "browser_half.py"


class BrowserHalf(BuildHookInterface):  # type: ignore[misc]
    """Runs `bundle/browser_half.py` before a wheel or an sdist is put together; an editable installation is built by make."""

    def dependencies(self) -> list[str]:
        """Node from PyPI, where this machine has none."""
        spec = importlib.util.spec_from_file_location("browser_half", SCRIPT)
        assert spec is not None and spec.loader is not None
        half = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(half)
        return [] if half.node() else [half.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            subprocess.run([sys.executable, str(SCRIPT)], check=True)
