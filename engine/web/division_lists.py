"""The divisions as a static file: what lies in each code, for forms that offer cities of a province at once."""

from __future__ import annotations

import json

from engine.model.divisions import divisions

DIVISION_LISTS = "field/divisions.json"


def division_lists() -> bytes:
    """Code to the list of (code, name) that lies in it, as JSON."""
    lists = {inside: [(one.code, one.name) for one in those] for inside, those in divisions().inner.items()}
    return json.dumps(lists, ensure_ascii=False, separators=(",", ":")).encode()
