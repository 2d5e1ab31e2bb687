"""What ends the run of a source: one error with a stable word, a sentence for people, and no value of a row."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message


class SourceFault(DougongError):
    """A source cannot be read; `reason` is the stable word that the run records."""

    code = "source_fault"
    status = 422

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(Message(zh, en), reason=reason)
        self.reason = reason


class NoSuchSource(DougongError):
    """There is no source of that name."""

    code = "no_such_source"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(Message(f"没有数据源 {name}", f"There is no source {name}"))


class AlreadyRunning(DougongError):
    """A run of the source is under way."""

    code = "source_running"
    status = 409

    def __init__(self) -> None:
        super().__init__(Message("这个数据源正在运行", "A run of this source is under way"))
