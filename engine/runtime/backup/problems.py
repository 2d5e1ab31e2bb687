"""What can be wrong with a backup, or with the place that it is to go to."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import DougongError, Message

MOST_TOLD = 20


class BackupImpossible(DougongError):
    """There is nothing to back up, or it cannot be written where it was asked for."""

    code = "backup_impossible"
    status = 409


class BackupDamaged(DougongError):
    """A backup is not what its manifest says, or no backup at all; the message is everything that was found."""

    code = "backup_damaged"
    status = 422

    def __init__(self, *problems: Message) -> None:
        super().__init__(told(problems))
        self.problems = problems


class WrongKeys(DougongError):
    """A file of keys cannot be read, or belongs to another installation."""

    code = "wrong_keys"
    status = 422


class NotEmpty(DougongError):
    """A restore needs an empty installation, and this one is not."""

    code = "not_empty"
    status = 409


class RestoreUnfinished(DougongError):
    """A restore was begun here and did not end; nothing may be served of it."""

    code = "restore_unfinished"
    status = 503


def told(problems: Sequence[Message]) -> Message:
    """The first problems, one a line, and how many there are beyond them."""
    first, more = problems[:MOST_TOLD], len(problems) - MOST_TOLD
    zh, en = [one.zh for one in first], [one.en for one in first]
    if more > 0:
        zh, en = [*zh, f"……另有 {more} 处"], [*en, f"… and {more} more"]
    return Message("\n".join(zh), "\n".join(en))
