"""One proof: the search for what was erased and, in the same run, for what was not."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.runtime.sovereignty.scanner.control import PLACES, run_control
from engine.runtime.sovereignty.scanner.searching import MOST_TOLD, Search

FORMAT = 1


def prove(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Search as asked: `targets`, `folders` with `skip`ped ones below, `postgres` (a URL or empty), `stores` by name, and the
    `live` tokens that stand in the installation itself and must be found there. The answer tells no target, but its number.

    It is `valid` only when the whole control was found.
    """
    targets: Sequence[str] = asked["targets"]
    live: Sequence[str] = asked["live"]
    search = Search((*targets, *live))
    for folder in asked["folders"]:
        search.folder(Path(folder), asked["skip"])
    if asked["postgres"]:
        search.postgres(asked["postgres"])
    with tempfile.TemporaryDirectory(prefix="dougong-control-") as folder:
        planted, missed = run_control(Path(folder), asked["stores"])
    seen = {target - len(targets) for target, _, _ in search.hits if target >= len(targets)}
    unseen = len(live) - len(seen)
    hits = sorted(one for one in search.hits if one[0] < len(targets))
    return {
        "format": FORMAT,
        "targets": len(targets),
        "forms": sorted(search.forms | {"sqlite_number", "word"}),
        "places": list(PLACES),
        "files": search.files,
        "bytes": search.size,
        "words": search.words,
        "unread": search.unread,
        "hits": [{"target": target, "form": form, "place": place} for target, form, place in hits[:MOST_TOLD]],
        "hit_targets": len({one[0] for one in hits}),
        "control": {"planted": planted, "missed": missed[:MOST_TOLD], "live": len(live), "live_unseen": unseen},
        "valid": not missed and not unseen and not search.unread,
    }


def main() -> int:
    """Read what is asked as JSON from the standard input, write the answer to the standard output."""
    found = prove(json.load(sys.stdin))
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
    return 0 if found["valid"] and not found["hits"] else 1
