"""Assets: style, script and icons under hashed names, compressed once at start, cached for ever by browsers."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from starlette.responses import Response

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
NOTHING_MADE: Mapping[str, bytes] = MappingProxyType({})
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the gzip of them, its type."""

    content: bytes
    compressed: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All static files by hashed URL path; `urls` maps the plain name to it."""

    files: Mapping[str, Asset]
    urls: Mapping[str, str]

    def url(self, name: str) -> str:
        """The URL of an asset by its plain name, such as `shared/app.js`."""
        return self.urls[name]

    def respond(self, path: str, accepts: str) -> Response | None:
        asset = self.files.get(path)
        if asset is None:
            return None
        headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
        if "gzip" in accepts:
            return Response(
                asset.compressed, media_type=asset.content_type, headers={**headers, "content-encoding": "gzip"}
            )
        return Response(asset.content, media_type=asset.content_type, headers=headers)


_REMARK = re.compile(rb"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(rb"\s*([{};,])\s*")
_AFTER_COLON = re.compile(rb"(?<=[a-z0-9]):\s+")
_LAST_SEMICOLON = re.compile(rb";}")


def shortened_style(content: bytes) -> bytes:
    """A style sheet without remarks, indentation and other blanks that mean nothing."""
    for pattern, replacement in ((_REMARK, b""), (_AROUND, rb"\1"), (_AFTER_COLON, b":"), (_LAST_SEMICOLON, b"}")):
        content = pattern.sub(replacement, content)
    return content.strip()


_REMARK_LINE = re.compile(rb"^[ \t]*(?://[^\n]*|/\*[^\n]*?\*/)[ \t]*\n", re.MULTILINE)


def shortened_script(content: bytes) -> bytes:
    """A script without the lines that are remarks as a whole."""
    return _REMARK_LINE.sub(b"", content)


def collect_assets(
    folder: Path,
    bundles: Mapping[str, tuple[str, ...]],
    made: Mapping[str, bytes] = NOTHING_MADE,
    built: Mapping[str, bytes] = NOTHING_MADE,
) -> Assets:
    """Read the files under `folder`; each bundle joins style sheets in order under one name; `made` stand beside them,
    and `built` as they are: a build has shortened them already.

    One hash of everything names the folder in the URL, so that relative imports between modules keep working.
    """
    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
    contents |= {name: b"\n".join(contents[part] for part in parts) for name, parts in bundles.items()}
    contents |= made
    contents |= {name: shortened_style(body) for name, body in contents.items() if name.endswith(".css")}
    contents |= {name: shortened_script(body) for name, body in contents.items() if name.endswith(".js")}
    contents |= built
    digest = hashlib.sha256(
        b"\0".join(name.encode() + b"\0" + body for name, body in sorted(contents.items()))
    ).hexdigest()
    prefix = f"/static/{digest[:12]}/"
    files = {
        prefix + name: Asset(body, gzip.compress(body, 9, mtime=0), TYPES[Path(name).suffix])
        for name, body in contents.items()
    }
    return Assets(files, {name: prefix + name for name in contents})
