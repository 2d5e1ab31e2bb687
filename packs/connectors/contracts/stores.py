"""Where contracts lie: a folder of the inbox, or a bucket that answers as S3 does. Each lists its files and gives one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from engine.extensions import SourceFault, SourceReach
from packs.connectors.contracts.files import MOST_BYTES, READABLE, UnreadableContract, too_large
from packs.connectors.contracts.safe_xml import UnsafeXml, events
from packs.connectors.contracts.signature import Credentials, signed
from packs.connectors.inbox import inside

MOST_FILES = 100_000
LISTED = 1_000
"""Keys of a page."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a store: `etag` tells its states apart, `modified` orders them (an instant in UTC as text that sorts)."""

    key: str
    etag: str
    modified: str
    size: int


class Store(Protocol):
    """Files of contracts."""

    def files(self) -> Iterator[Stored]:
        """All that can be contracts, in any order. Raises SourceFault, and what the gate raises."""
        ...

    def content(self, one: Stored) -> bytes:
        """A file. Raises UnreadableContract where it is too large."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Files in a folder inside of the inbox; links lead nowhere outside of it."""

    reach: SourceReach
    folder: str

    def files(self) -> Iterator[Stored]:
        root = self._root()
        for path in sorted(root.rglob("*")):
            inside = path.resolve().is_relative_to(root)
            if not inside or not path.is_file() or not _readable(path.name):
                continue
            told = path.stat()
            stamp = datetime.fromtimestamp(told.st_mtime_ns // 1_000_000_000, UTC).replace(tzinfo=None)
            modified = f"{stamp.isoformat()}.{told.st_mtime_ns % 1_000_000_000:09}"
            yield Stored(
                path.relative_to(root).as_posix(), f"{told.st_mtime_ns:x}-{told.st_size:x}", modified, told.st_size
            )

    def content(self, one: Stored) -> bytes:
        with (self._root() / one.key).open("rb") as file:
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise too_large()
        return found

    def _root(self) -> Path:
        root = inside(self.reach, self.folder)
        if not root.is_dir():
            raise SourceFault("no_folder", "inbox 中没有这个文件夹", "There is no such folder in the inbox folder")
        return root


@dataclass(frozen=True, slots=True)
class BucketStore:
    """Objects of a bucket: `ListObjectsV2` with continuation and `GetObject`, signed with Signature Version 4."""

    reach: SourceReach
    settings: Mapping[str, object]

    def files(self) -> Iterator[Stored]:
        token, seen = "", set[str]()
        while True:
            listing = self._page(token)
            yield from (one for one in listing.found if _readable(one.key))
            if not listing.next:
                return
            if listing.next in seen:
                raise SourceFault(
                    "page_repeats", "对象存储反复返回同一页", "The store sends the same page again and again"
                )
            token = listing.next
            seen.add(token)

    def content(self, one: Stored) -> bytes:
        if one.size > MOST_BYTES:
            raise too_large()
        try:
            return self._asked(f"{self._bucket}/{quote(one.key)}", {})
        except SourceFault as fault:
            if fault.reason == "bad_status":  # taken away between the listing and now
                raise UnreadableContract(fault.message) from None
            raise

    @property
    def _bucket(self) -> str:
        return f"/{quote(str(self.settings['bucket']))}"

    def _page(self, token: str) -> _Listing:
        query = {"list-type": "2", "max-keys": str(LISTED), "prefix": str(self.settings.get("prefix", ""))}
        if token:
            query["continuation-token"] = token
        return _listing(self._asked(self._bucket, query))

    def _asked(self, path: str, query: Mapping[str, str]) -> bytes:
        one, settings = self.reach.destination, self.settings
        if one is None:
            raise SourceFault("no_destination", "没有声明远端去向", "No destination is declared")
        keys = Credentials(
            str(settings["access_key"]),
            self.reach.secret(str(settings["secret_key"])),
            str(settings.get("region", "us-east-1")),
        )
        usual = {"https": 443, "http": 80}.get(one.scheme) == one.port
        host = one.host if usual else f"{one.host}:{one.port}"
        target, headers = signed(keys, host, path, query, self.reach.clock.now())
        return self.reach.calls.send("GET", target, headers).body


@dataclass(frozen=True, slots=True)
class _Listing:
    found: tuple[Stored, ...]
    next: str


def _listing(body: bytes) -> _Listing:
    """A page of a listing. Raises SourceFault."""
    found: list[Stored] = []
    one: dict[str, str] = {}
    text, more, token = "", False, ""
    try:
        for event, name in events(body):
            if event == "text":
                text += name
                continue
            if event == "begin":
                text, one = "", {} if name == "Contents" else one
                continue
            if name == "Contents":
                found.append(_stored(one))
            elif name == "IsTruncated":
                more = text.strip() == "true"
            elif name == "NextContinuationToken":
                token = text.strip()
            one[name] = text.strip()
            text = ""
    except (UnsafeXml, KeyError, ValueError):
        raise SourceFault(
            "bad_answer", "对象存储的回应与文档不符", "The store's answer is not built as documented"
        ) from None
    return _Listing(tuple(found), token if more else "")


def _stored(one: Mapping[str, str]) -> Stored:
    stamp = datetime.fromisoformat(one["LastModified"].replace("Z", "+00:00")).astimezone(UTC)
    return Stored(one["Key"], one["ETag"].strip('"'), stamp.strftime("%Y-%m-%dT%H:%M:%S.%f000"), int(one["Size"]))


def _readable(name: str) -> bool:
    return name.lower().endswith(READABLE) and not name.rpartition("/")[2].startswith(("~$", "."))
