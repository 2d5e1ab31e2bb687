"""The disk of the data folder: what its faults are to people."""

from __future__ import annotations

import errno

from engine.diagnostics import DougongError, Message

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskFull(DougongError):
    """There is no room left for a file; reads go on."""

    code = "disk_full"
    status = 507

    def __init__(self) -> None:
        super().__init__(
            Message(
                "存储空间已满，文件没有保存；腾出空间后请重试",
                "Storage is full and the file was not saved; try again once there is room",
            )
        )


class DiskReadOnly(DougongError):
    """The disk takes no files now; reads go on."""

    code = "disk_read_only"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("磁盘目前只能读取，文件没有保存", "The disk can only be read now; the file was not saved")
        )


def disk_fault(error: BaseException) -> DougongError | None:
    """What an error of the operating system is to people when the disk is its cause, else None."""
    if not isinstance(error, OSError):
        return None
    if error.errno in FULL:
        return DiskFull()
    return DiskReadOnly() if error.errno == errno.EROFS else None
