"""Tests that failed while the whole suite was under way, run once more with the machine to themselves.

Three parts at a time on two processors make a machine on which a moment may last for seconds. What fails alone as well has
failed; what passes then is called unsteady, aloud, with its first failure above it: it is to be mended, but says nothing
against what was built. A part in which more than a few tests fail is not run again.
"""

from __future__ import annotations

from pathlib import Path

MOST = 3
"""Failed tests of one part that may be the machine's doing."""
FAILED = 1
"""What pytest ends with when tests failed and nothing else went wrong."""
SUMMARY = ("FAILED ", "ERROR ")


def failed_tests(output: str) -> tuple[str, ...]:
    """The tests that pytest's summary names, each once, by their identifiers."""
    named = (line.split(" ", 1)[1].split(" - ")[0] for line in output.splitlines() if line.startswith(SUMMARY))
    return tuple(dict.fromkeys(one for one in named if "::" in one))


def worth_another_look(code: int, output: str) -> tuple[str, ...]:
    """The tests of a part to be run once more; none when the part itself went wrong or too many failed."""
    failed = failed_tests(output) if code == FAILED else ()
    return failed if len(failed) <= MOST else ()


def alone(command: tuple[str, ...], tests: tuple[str, ...]) -> tuple[str, ...]:
    """The command of a part, about some of its tests only."""
    begun = command.index("pytest") + 1
    options = (word for word in command[begun:] if not word.startswith("--ignore=") and not Path(word).exists())
    return (*command[:begun], *options, *tests)
