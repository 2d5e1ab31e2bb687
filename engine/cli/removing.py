"""`dougong uninstall`."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.cli.opening import opened
from engine.installation.migration import migration_stamp
from engine.installation.uninstalling import plan_removal, remove
from engine.runtime.settings import Settings


def uninstall(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Show what goes with a pack; with --yes remove it, its data kept or erased as was said."""
    with opened(settings) as installation:
        stamp = migration_stamp(installation.models.current(), installation.ids, installation.clock)
        plan = plan_removal(settings, installation.workplace, installation.models, given.pack, stamp)
        fate = ("彻底删除", "erased for good") if given.erase_data else ("保留，重新安装后可用", "kept for its return")
        console.say(f"卸载 {plan.pack}；数据{fate[0]}:", f"Remove {plan.pack}; its data is {fate[1]}:")
        for name, count in plan.entities:
            label = installation.models.current().entities[name].label.text(console.language)
            console.say(f"  {label} ({name}):{count:,} 条记录", f"  {label} ({name}): {count:,} rows")
        kept = str(remove(settings, installation.workplace, plan, stamp, given.erase_data)) if given.yes else ""
        if kept:
            console.say(
                f"已卸载。定义移到了 {kept}；放回应用包文件夹并运行 dougong apply 即重新安装",
                f"Removed. Its definitions are in {kept}; put them back among the packs and run dougong apply to install it again",
            )
        else:
            console.say("什么都没有改动。同意后加 --yes", "Nothing was changed. Agree with --yes")
        console.result(
            {
                "pack": plan.pack,
                "entities": dict(plan.entities),
                "tables": list(plan.tables),
                "erase": given.erase_data,
                "removed": bool(kept),
                "definitions": kept,
            }
        )
        return 0
