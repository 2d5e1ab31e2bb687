"""Files of models: graphs by the hash of their content, the trainer's answers to its probe, and the ids that went in."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.model.feature_tables import FeatureColumn, FeatureTable
from engine.model.names import Label

MODELS = "models"
"""The folder of models in the data folder."""
WAITING, EFFECT = "waiting", "effect"
PASSING = ".part"


class FileAltered(DougongError):
    """A model's file is not there, or is not the one that was accepted."""

    code = "model_file_altered"
    status = 409

    def __init__(self, digest: str) -> None:
        short = digest[:12]
        words = Message(
            f"模型文件 {short} 缺失或已被改动,不予使用。请从备份恢复,或重新训练",
            f"The model's file {short} is missing or was altered, and is not used. Restore a backup, or train again",
        )
        super().__init__(words)


def keep_model(folder: Path, content: bytes, answers: bytes, keys: Iterable[int]) -> str:
    """Keep the files of a version; the hash that they are found by."""
    digest = hashlib.sha256(content).hexdigest()
    for ending, what in (("onnx", content), ("answers", answers), ("rows", _ids(keys))):
        write_whole(folder / MODELS / f"{digest}.{ending}", what)
    return digest


def keep_effect(folder: Path, content: bytes, keys: Iterable[int]) -> str:
    """Keep the files of a version that is an effect; the hash that they are found by."""
    digest = hashlib.sha256(content).hexdigest()
    for ending, what in ((EFFECT, content), ("rows", _ids(keys))):
        write_whole(folder / MODELS / f"{digest}.{ending}", what)
    return digest


def graph_bytes(folder: Path, digest: str) -> bytes:
    """A version's graph. Raises FileAltered."""
    return _kept(folder, digest, "onnx")


def effect_bytes(folder: Path, digest: str) -> bytes:
    """The card of a version that is an effect, as it was accepted. Raises FileAltered."""
    return _kept(folder, digest, EFFECT)


def _kept(folder: Path, digest: str, ending: str) -> bytes:
    try:
        content = (folder / MODELS / f"{digest}.{ending}").read_bytes()
    except OSError:
        raise FileAltered(digest) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise FileAltered(digest)
    return content


def answers_of(folder: Path, digest: str) -> array[float]:
    """The trainer's own answers to the rows of the probe. Raises FileAltered."""
    found: array[float] = array("d")
    try:
        found.frombytes((folder / MODELS / f"{digest}.answers").read_bytes())
    except (OSError, ValueError):
        raise FileAltered(digest) from None
    return found


def learnt_from(folder: Path, digest: str, record: int) -> bool:
    """Whether a row went into a version: for the erasure of a subject."""
    found = rows_learnt_from(folder, digest)
    at = bisect_left(found, record)
    return at < len(found) and found[at] == record


def rows_learnt_from(folder: Path, digest: str) -> array[int]:
    """The ids of the rows that went into a version, in rising order. Raises FileAltered."""
    found: array[int] = array("q")
    try:
        found.frombytes((folder / MODELS / f"{digest}.rows").read_bytes())
    except (OSError, ValueError):
        raise FileAltered(digest) from None
    return found


def _ids(keys: Iterable[int]) -> bytes:
    """Ids in rising order, as 64-bit whole numbers."""
    return array("q", sorted(set(keys))).tobytes()


def write_whole(path: Path, content: bytes) -> None:
    """Old or new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + PASSING)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def put_aside(folder: Path, run: int, table: FeatureTable) -> None:
    """Keep a table for a run that waits."""
    columns = [(one.name, dict(one.label.texts), one.kind, one.group, one.level, one.monotone) for one in table.columns]
    body = {
        "columns": columns,
        "keys": table.keys,
        "at": [one.isoformat() for one in table.at],
        "units": table.units,
        "values": table.values,
        "target": table.target,
        "held_out": table.held_out,
    }
    content = gzip.compress(json.dumps(body, ensure_ascii=False).encode(), compresslevel=1, mtime=0)
    write_whole(_waiting(folder, run), content)


def taken_up(folder: Path, run: int) -> FeatureTable | None:
    """The table of a run that waits; None where there is none."""
    try:
        body = json.loads(gzip.decompress(_waiting(folder, run).read_bytes()))
    except (OSError, ValueError):
        return None
    return FeatureTable(
        tuple(_column(one) for one in body["columns"]),
        tuple(body["keys"]),
        tuple(datetime.fromisoformat(one) for one in body["at"]),
        tuple(body["units"]),
        tuple(tuple(column) for column in body["values"]),
        None if body["target"] is None else tuple(body["target"]),
        tuple(body["held_out"]),
    )


def drop_waiting(folder: Path, run: int) -> None:
    """The table of a run that is over."""
    _waiting(folder, run).unlink(missing_ok=True)


def _waiting(folder: Path, run: int) -> Path:
    return folder / MODELS / WAITING / f"{run}.table"


def _column(written: Sequence[object]) -> FeatureColumn:
    name, texts, kind, group, level, monotone = written
    assert isinstance(texts, dict)
    return FeatureColumn(
        str(name),
        Label(texts),
        "number" if kind == "number" else "category",
        str(group),
        str(level),
        int(str(monotone)),
    )
