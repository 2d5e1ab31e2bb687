"""What commands say: lines for people, or one JSON value."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from engine.diagnostics import DougongError


@dataclass(frozen=True, slots=True)
class Console:
    """Where commands write. With `json` only `result` writes, once."""

    json: bool
    language: str

    def say(self, zh: str, en: str) -> None:
        """A line for people."""
        if not self.json:
            sys.stdout.write((zh if self.language == "zh" else en) + "\n")
            sys.stdout.flush()

    def line(self, text: str) -> None:
        if not self.json:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def result(self, value: object) -> None:
        """The outcome as JSON."""
        if self.json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")

    def problem(self, error: DougongError) -> None:
        """Why a command was refused."""
        if self.json:
            sys.stdout.write(
                json.dumps(
                    {"error": {"code": error.code, "message": error.message.text(self.language)}}, ensure_ascii=False
                )
                + "\n"
            )
        else:
            sys.stderr.write(error.message.text(self.language) + "\n")
