"""Why a source is not run."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message


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
