"""The command line: `dougong <command>`; every command has help, exit codes 0 well, 1 refused, 2 misused, and most `--json`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from engine.cli.arguments import make_parser
from engine.cli.console import Console
from engine.diagnostics import DougongError
from engine.runtime.settings import settings_from


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    given = make_parser().parse_args(arguments)
    console = Console(json=getattr(given, "json", False), language=given.language)
    try:
        settings = settings_from(
            os.environ,
            data=given.data,
            packs=given.packs,
            port=getattr(given, "port", None),
            host=getattr(given, "host", None),
        )
        code: int = given.run(given, settings, console)
    except DougongError as error:
        console.problem(error)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code
