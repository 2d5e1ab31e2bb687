"""File addresses of the protocol (file:///…) to paths, and back in the spelling that the editor used."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


def path_of(uri: object) -> Path | None:
    """The path that an address names; None for what is no file of this machine (untitled, remote)."""
    parts = urlsplit(uri) if isinstance(uri, str) else None
    if parts is None or parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    path = unquote(parts.path)
    if os.name == "nt" and path[2:3] == ":":
        path = path[1:]
    return Path(path).resolve() if path and "\0" not in path else None


def uri_of(path: Path) -> str:
    return path.resolve().as_uri()
