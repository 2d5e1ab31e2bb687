"""The manifest: what a backup holds, of which moment and which definitions, with a digest of each part and of itself.

The digest shows damage; the seal, made with the installation's key, shows that nobody wrote another manifest in its place.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema_rs

from engine.diagnostics import Message
from engine.runtime.backup.problems import BackupDamaged, BackupImpossible
from engine.runtime.schema.tables import Table, table_as_dict, table_from_dict

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256_000_000
TABLES, DEFINITIONS, OWN_DEFINITIONS = "tables", "packs", "own"
_SCHEMA = Path(__file__).with_name("manifest.schema.json")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An entry of a backup: its name there, its bytes, their SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table with the columns that stand in it, how many rows, and the entry with its lines."""

    table: Table
    rows: int
    file: StoredFile


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `digest` names it; `seal` is empty when the installation had no key.

    `left_out` are tables, columns and files that belong to nobody we know; `missing` are attachments whose file was not there.
    """

    version: str
    instant: str
    dialect: str
    fingerprint: str
    tables: tuple[StoredTable, ...]
    files: tuple[StoredFile, ...]
    left_out: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    digest: str = ""
    seal: str = ""

    @property
    def entries(self) -> Mapping[str, StoredFile]:
        """Every entry besides the manifest, by name."""
        return {one.name: one for one in (*(table.file for table in self.tables), *self.files)}

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)

    def table(self, name: str) -> StoredTable | None:
        return next((one for one in self.tables if one.table.name == name), None)

    def under(self, folder: str) -> tuple[StoredFile, ...]:
        """The entries of one folder of the backup."""
        return tuple(one for one in self.files if one.name.startswith(f"{folder}/"))


def table_entry(name: str) -> str:
    """Where the lines of a table lie in a backup."""
    return f"{TABLES}/{name}.jsonl"


def sealed(manifest: Manifest, key: bytes | None) -> Manifest:
    """The manifest with its digest, and its seal when there is a key."""
    digest = hashlib.sha256(_canonical(_as_dict(manifest))).hexdigest()
    return replace(manifest, digest=digest, seal=_seal(key, digest) if key else "")


def is_sealed_by(manifest: Manifest, key: bytes) -> bool:
    """Whether this key made the seal."""
    return hmac.compare_digest(manifest.seal, _seal(key, manifest.digest))


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as its entry. Raises BackupImpossible when there are more files than can be read again."""
    whole = {"manifest": _as_dict(manifest), "digest": manifest.digest, "seal": manifest.seal}
    content = json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8")
    if len(content) > LARGEST_MANIFEST:
        raise BackupImpossible(
            Message(
                f"附件过多({len(manifest.files)} 个)，清单装不下",
                f"There are too many files ({len(manifest.files)}) for one manifest",
            )
        )
    return content


def read_manifest(content: bytes) -> Manifest:
    """The manifest that `manifest_bytes` wrote. Raises BackupDamaged."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        raise BackupDamaged(Message("清单不可读", "The manifest cannot be read")) from None
    found = whole.get("manifest") if isinstance(whole, dict) else None
    stated = found.get("format") if isinstance(found, dict) else None
    if isinstance(stated, int) and stated > FORMAT:
        raise BackupDamaged(
            Message(
                f"备份格式为第 {stated} 版，本程序只认得到第 {FORMAT} 版；请先升级斗拱",
                f"The backup has format {stated} and this program knows up to {FORMAT}; upgrade dougong first",
            )
        )
    if not _VALIDATOR.is_valid(whole):
        raise BackupDamaged(Message("清单的内容不合规定", "The manifest is not what a manifest is"))
    manifest = _from_dict(whole["manifest"])
    made = sealed(manifest, None).digest
    if not hmac.compare_digest(made, whole["digest"]):
        raise BackupDamaged(
            Message("清单与自己的摘要不符：它被改动过", "The manifest does not fit its own digest: it was changed")
        )
    named = [one.name for one in (*(table.file for table in manifest.tables), *manifest.files)]
    if len(named) != len(set(named)):
        raise BackupDamaged(Message("清单中有重名的条目", "The manifest names an entry twice"))
    return replace(manifest, digest=made, seal=whole["seal"])


def _as_dict(manifest: Manifest) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": manifest.version,
        "instant": manifest.instant,
        "dialect": manifest.dialect,
        "fingerprint": manifest.fingerprint,
        "tables": [
            {"table": table_as_dict(one.table), "rows": one.rows, **_entry(one.file)} for one in manifest.tables
        ],
        "files": [{"name": one.name, **_entry(one)} for one in manifest.files],
        "left_out": list(manifest.left_out),
        "missing": list(manifest.missing),
    }


def _entry(file: StoredFile) -> dict[str, object]:
    return {"size": file.size, "sha256": file.sha256}


def _from_dict(data: Mapping[str, Any]) -> Manifest:
    return Manifest(
        version=data["version"],
        instant=data["instant"],
        dialect=data["dialect"],
        fingerprint=data["fingerprint"],
        tables=tuple(_table(one) for one in data["tables"]),
        files=tuple(StoredFile(one["name"], one["size"], one["sha256"]) for one in data["files"]),
        left_out=tuple(data["left_out"]),
        missing=tuple(data["missing"]),
    )


def _table(data: Mapping[str, Any]) -> StoredTable:
    table = table_from_dict(data["table"])
    file = StoredFile(table_entry(table.name), data["size"], data["sha256"])
    return StoredTable(table, data["rows"], file)


def _canonical(data: Mapping[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _seal(key: bytes, digest: str) -> str:
    own = hmac.digest(key, b"dougong backup", "sha256")
    return hmac.new(own, digest.encode(), hashlib.sha256).hexdigest()


_VALIDATOR = jsonschema_rs.validator_for(json.loads(_SCHEMA.read_text("utf-8")))
