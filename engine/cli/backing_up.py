"""`dougong backup`, `restore` and `verify-backup`."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import Console
from engine.cli.progress import progress
from engine.cli.subjects import replay_erasures
from engine.diagnostics import Message
from engine.installation.backing_up import Backup, back_up
from engine.installation.restoring import Restored, RestoreOrder
from engine.installation.restoring import restore as restore_installation
from engine.installation.verifying import verify as verify_backup
from engine.model.sealing import ENVELOPES
from engine.runtime.backup.manifest import Manifest
from engine.runtime.backup.problems import BackupDamaged
from engine.runtime.clock import clock_from
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.key_opening import key_place

UNREADABLE = 2


def backup(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Save the installation as it is now; exit 1 when nothing was saved."""
    with progress(console) as tell:
        made = back_up(settings, clock_from(settings.now), given.to, given.keys, tell)
    console.say(f"备份已写入 {made.path}", f"The backup is in {made.path}")
    _say_contents(made.manifest, console)
    _say_gaps(made.manifest, console)
    _say_keys(made, console)
    console.result(
        {
            "backup": str(made.path),
            "keys": str(made.keys) if made.keys else None,
            **_contents(made.manifest),
            "left_out": list(made.manifest.left_out),
            "missing": list(made.manifest.missing),
        }
    )
    return 0


def restore(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Fill an empty installation; exit 1 when it was refused, and then nothing of it is served."""
    if _cannot_be_read(given.source, console):
        return UNREADABLE
    order = RestoreOrder(given.source, given.keys, given.definitions)
    with progress(console) as tell:
        restored = restore_installation(settings, clock_from(settings.now), order, tell)
    again = replay_erasures(settings)
    console.say(f"已恢复到 {settings.data}", f"Restored into {settings.data}")
    _say_contents(restored.manifest, console)
    _say_gaps(restored.manifest, console)
    if again:
        console.say(
            f"清除台账已重放：{again} 位已清除的主体再次清除",
            f"The ledger of erasures was followed: {again} subjects erased again",
        )
    _say_endings(restored, console)
    _say_sealed(restored, settings, console)
    console.result(
        {
            "erased_again": again,
            "restored": str(settings.data),
            "new_keys": restored.new_keys,
            "same_definitions": restored.same_definitions,
            "log_broken": restored.log_broken or None,
            **_contents(restored.manifest),
        }
    )
    return 0


def verify(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Check a backup: 0 it is whole, 1 it is damaged, 2 there is nothing to read."""
    if _cannot_be_read(given.source, console):
        return UNREADABLE
    try:
        with progress(console) as tell:
            found = verify_backup(given.source, given.keys, tell)
    except BackupDamaged as error:
        for one in error.problems:
            console.line(f"✗ {one.text(console.language)}")
        console.result({"whole": False, "problems": [one.text(console.language) for one in error.problems]})
        return 1
    console.say(f"✓ {given.source} 完整，可以恢复", f"✓ {given.source} is whole and can be restored")
    _say_contents(found.manifest, console)
    _say_gaps(found.manifest, console)
    if not found.seals_checked:
        console.say(
            "  未核对封印(需要 --keys):看得出损坏，看不出有人重写了整个备份",
            "  Seals not checked, which needs --keys: damage would show, a backup written anew by somebody would not",
        )
    console.result({"whole": True, "problems": [], "seals_checked": found.seals_checked, **_contents(found.manifest)})
    return 0


def _cannot_be_read(source: Path, console: Console) -> bool:
    if source.exists():
        return False
    console.problem(BackupDamaged(Message(f"没有文件 {source}", f"There is no file {source}")))
    return True


def _contents(manifest: Manifest) -> dict[str, object]:
    return {
        "instant": manifest.instant,
        "version": manifest.version,
        "database": manifest.dialect,
        "fingerprint": manifest.fingerprint,
        "digest": manifest.digest,
        "tables": len(manifest.tables),
        "rows": manifest.rows,
        "files": len(manifest.files),
        "bytes": sum(one.size for one in manifest.entries.values()),
    }


def _say_contents(manifest: Manifest, console: Console) -> None:
    size = sum(one.size for one in manifest.entries.values()) / 1_000_000
    console.say(
        f"  时刻 {manifest.instant},{len(manifest.tables)} 张表，{manifest.rows} 行，{len(manifest.files)} 个文件，{size:.1f} MB",
        f"  as of {manifest.instant}: {len(manifest.tables)} tables, {manifest.rows} rows, {len(manifest.files)} files, "
        f"{size:.1f} MB",
    )


def _say_gaps(manifest: Manifest, console: Console) -> None:
    for name in manifest.left_out:
        console.say(f"  ! 未备份：{name}(不属于斗拱)", f"  ! left out, as it is none of ours: {name}")
    for name in manifest.missing:
        console.say(f"  ! 附件的文件不存在：{name}", f"  ! an attachment has no file: {name}")


def _say_keys(made: Backup, console: Console) -> None:
    if made.keys:
        console.say(
            f"密钥已写入 {made.keys}；请与备份分开保存", f"The keys are in {made.keys}; keep them apart from the backup"
        )
    else:
        console.say(
            "备份中没有密钥；用 --keys FILE 另存一份",
            "The backup holds no keys; --keys FILE saves them to a file of their own",
        )


def _say_sealed(restored: Restored, settings: Settings, console: Console) -> None:
    """Sealed fields came back, and nothing is here that opens them."""
    columns = {column.name for one in restored.manifest.tables for column in one.table.columns}
    if columns.intersection(ENVELOPES) and not key_place(settings).begun:
        console.say(
            "! 备份中有密封字段，而这里没有它们的密钥：请再运行 dougong keys restore(副本由 dougong keys backup 写成)",
            "! There are sealed fields in the backup and no keys for them here: run dougong keys restore with a copy that dougong "
            "keys backup wrote",
        )


def _say_endings(restored: Restored, console: Console) -> None:
    if restored.new_keys:
        console.say(
            "密钥是新的：所有人需重新登录，已打开列表的“下一页”失效，审计日志已用新密钥重新封印(并记录了此事);\n"
            "接口令牌和密码照旧",
            "The keys are new: everybody signs in again, the next page of lists that are open is gone, and the audit log was\n"
            "sealed anew, which it says itself; API tokens and passwords are as they were",
        )
    console.say(
        "备份之后撤销的令牌和停用的账号又有效了，请核对",
        "What was revoked or disabled since the backup holds again: check it",
    )
    if restored.log_broken:
        console.say(
            f"! 审计日志在备份时从第 {restored.log_broken} 条起已不成链",
            f"! the audit log was broken from entry {restored.log_broken} when it was saved",
        )
    if not restored.same_definitions:
        console.say(
            "已安装的应用包与备份时不同：先看 dougong plan，再 dougong apply；备份时的包可用 --definitions 取出",
            "The installed packs are not those of the backup: look at dougong plan, then dougong apply; --definitions writes "
            "the packs of the backup to a folder",
        )
