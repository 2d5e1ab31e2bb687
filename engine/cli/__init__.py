"""The command line: `dougong <command>`; every command has help, exit codes 0 well, 1 refused, 2 misused, and most `--json`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from engine.cli.arguments import make_parser
from engine.cli.console import Console
from engine.diagnostics import DougongError, Message
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
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        console.problem(_unreachable(error))
        return 1
    return code


def _unreachable(error: OSError) -> DougongError:
    """A file, folder or port of the machine that cannot be used: which, and why."""
    which, why = error.filename or "", error.strerror or type(error).__name__
    return DougongError(Message(f"无法使用 {which}:{why}", f"{which} cannot be used: {why}"))
