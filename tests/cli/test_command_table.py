"""The table of commands: each leads to its function, and naming them loads none."""

from __future__ import annotations

import argparse
import inspect
import subprocess
import sys

import pytest

from engine.cli.arguments import make_parser
from engine.cli.later import Later


def commands() -> dict[str, argparse.ArgumentParser]:
    actions = make_parser()._actions
    return dict(next(one for one in actions if isinstance(one, argparse._SubParsersAction)).choices)


@pytest.mark.parametrize("name", commands())
def test_a_command_leads_to_its_function(name: str) -> None:
    run = commands()[name].get_default("run")
    assert isinstance(run, Later)
    assert list(inspect.signature(run.load()).parameters) == ["given", "settings", "console"]


def test_the_table_of_commands_loads_none_of_them() -> None:
    asked = "import sys, engine.cli; engine.cli.make_parser(); print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    heavy = ("engine.application", "engine.dsl.compiler", "starlette", "numpy")
    said = subprocess.run([sys.executable, "-c", asked, *heavy], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
