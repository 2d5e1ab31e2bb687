"""`make full`: what takes long, part by part. `python -m tests.full soak` runs that part only."""

from __future__ import annotations

import sys

from bench.parts import Parts, judged
from tests.full import (
    affected,
    bargains,
    bundled,
    lighthouse,
    lists,
    looks,
    reloading,
    servers,
    soak,
    spreadsheet,
    themes,
    worlds,
)

PARTS: Parts = {
    "affected": affected.measured,
    "bargains": bargains.measured,
    "bundle": bundled.measured,
    "reloading": reloading.measured,
    "spreadsheet": spreadsheet.measured,
    "themes": themes.measured,
    "lists": lists.measured,
    "lighthouse": lighthouse.measured,
    "looks": looks.measured,
    "worlds": worlds.measured,
    "servers": servers.measured,
    "soak": soak.measured,
}


if __name__ == "__main__":
    raise SystemExit(judged("full", PARTS, sys.argv[1:]))
