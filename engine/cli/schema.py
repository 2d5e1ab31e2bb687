"""`dougong plan`, `apply`, `revert`."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.cli.opening import opened
from engine.installation.migration import carry_out, estimated, migration_stamp, plan_lines, plan_migration
from engine.runtime.schema.executor import revert
from engine.runtime.sealing.moving import mover_of
from engine.runtime.settings import Settings


def plan(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Show the plan; exit 0 also when there is something to do."""
    with opened(settings) as installation:
        stamp = migration_stamp(installation.models.current(), installation.ids, installation.clock)
        found = plan_migration(
            installation.database, installation.models.current(), stamp, mover=mover_of(installation.workplace.vault)
        )
        for line in plan_lines(found, installation.database, console.language, given.sql):
            console.line(line)
        if found.empty:
            console.say("数据库与定义一致", "The database is as the definitions say")
        console.result(
            [
                {
                    "operation": type(one).__name__,
                    "words": one.describe().text(console.language),
                    "destructive": one.destructive,
                    "rows": estimate.rows,
                    "seconds": round(estimate.seconds, 3),
                }
                for one, estimate in zip(found.operations, estimated(found, installation.database), strict=True)
            ]
        )
        return 0


def apply(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Apply the plan; destructive steps need --consent."""
    with opened(settings) as installation:
        model = installation.models.current()
        stamp = migration_stamp(model, installation.ids, installation.clock)
        found = plan_migration(installation.database, model, stamp, mover=mover_of(installation.workplace.vault))
        carry_out(installation.database, model, found, stamp, given.consent)
        console.say(f"已应用 {len(found.operations)} 项", f"{len(found.operations)} operations applied")
        console.result({"applied": len(found.operations)})
        return 0


def revert_last(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Undo the newest migration."""
    with opened(settings) as installation:
        migration = revert(installation.database)
        console.say(f"已撤销 {len(migration.operations)} 项", f"{len(migration.operations)} operations reverted")
        console.result({"reverted": len(migration.operations)})
        return 0
