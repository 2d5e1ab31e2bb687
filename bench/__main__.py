"""`make bench`: what is measured, part by part. `python -m bench starting requests` measures those parts only."""

from __future__ import annotations

import sys

from bench import (
    compiling,
    dashboards,
    designer,
    every_page,
    facts,
    flows,
    imports,
    migrations,
    negotiation,
    pages,
    posts,
    requests,
    retail,
    rollups,
    starting,
    subtables,
    writes,
)
from bench.parts import Parts, measured

PARTS: Parts = {
    "compiling": compiling.measured,
    "starting": starting.measured,
    "pages": pages.measured,
    "every_page": every_page.measured,
    "posts": posts.measured,
    "requests": requests.measured,
    "writes": writes.measured,
    "migrations": migrations.measured,
    "rollups": rollups.measured,
    "facts": facts.measured,
    "dashboards": dashboards.measured,
    "flows": flows.measured,
    "imports": imports.measured,
    "subtables": subtables.measured,
    "retail": retail.measured,
    "designer": designer.measured,
    "negotiation": negotiation.measured,
}


if __name__ == "__main__":
    raise SystemExit(measured("bench", PARTS, sys.argv[1:]))
