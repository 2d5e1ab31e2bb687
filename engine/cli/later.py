"""A command that is loaded when it is asked for: nobody waits for the modules of the others."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from engine.cli.console import Console
from engine.runtime.settings import Settings

Command = Callable[[argparse.Namespace, Settings, Console], int]


@dataclass(frozen=True, slots=True)
class Later:
    """The function of that name in that module of `engine.cli`."""

    module: str
    name: str

    def load(self) -> Command:
        command: Command = getattr(import_module(f"engine.cli.{self.module}"), self.name)
        return command

    def __call__(self, given: argparse.Namespace, settings: Settings, console: Console) -> int:
        """Run it; its exit code."""
        return self.load()(given, settings, console)
