"""The desk of somebody who trains models by command: a tiny application's data folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.cli import main

BOSS = "label: {zh: 老板, en: Boss}\nadministers: true\n"


@dataclass
class Desk:
    """A tiny application's data folder, and what a command on it says."""

    folder: Path
    read: Callable[[], str]
    language: str = "en"

    def run(self, *words: str, code: int = 0) -> str:
        found = main(
            [
                "--packs",
                str(self.folder / "my_app"),
                "--data",
                str(self.folder / "data"),
                "--language",
                self.language,
                *words,
            ]
        )
        out = self.read()
        assert found == code, f"{words} ended with {found}\n{out}"
        assert "Traceback" not in out
        return out

    def json(self, *words: str, code: int = 0) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.run(*words, "--json", code=code))
        return found

    def sheet(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)
