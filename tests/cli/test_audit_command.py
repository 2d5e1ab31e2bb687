"""`dougong audit` as an administrator types it: what it says with an anchor and without, exit codes, JSON, both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli.test_backup_commands import Administrator, administrator

from engine.runtime.audit import AUDIT, HEAD, SIGNED
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, select, update

__all__ = ["administrator"]


def tampered(administrator: Administrator, url: str, length: int) -> None:
    """The end cut off back to a kept head, as somebody does who may write rows and has no key."""

    def cut(session: Session) -> None:
        (head,) = select(session, SIGNED, ("position", "seal"), {"position": length})
        delete(session, AUDIT, {"position >": length})
        delete(session, SIGNED, {"position >": length})
        update(session, HEAD, {"length": head[0], "seal": head[1]}, {"id": 1})

    database = open_database(url or f"sqlite:///{administrator.folder / 'data' / 'dougong.sqlite3'}")
    database.write(cut)
    database.close()


def test_the_chain_is_sealed_anchored_and_verified(
    administrator: Administrator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = administrator.run("audit", "verify")
    assert "the chain holds: 0 entries" in said
    assert "1 entries wait to be sealed" in said
    assert "no anchor was given" in said
    assert "没有给出锚" in administrator.run("audit", "verify", language="zh")
    places = tmp_path / "worm"
    places.mkdir()
    monkeypatch.setenv("DOUGONG_AUDIT_ANCHORS", str(places))
    first = administrator.run("audit", "seal").splitlines()[-1]
    administrator.run("user", "disable", "li")
    last = administrator.run("audit", "seal").splitlines()[-1]
    (file,) = places.iterdir()
    assert file.read_text().splitlines() == [first, last]
    assert administrator.run("audit", "head").strip() == last
    found = administrator.json("audit", "verify", "--anchor", str(file), "--deep")
    assert (found["holds"], found["sealed"], found["unsealed"], found["anchored"]) == (True, 2, 0, 2)


def test_a_broken_chain_is_told_with_its_position_and_cause(
    administrator: Administrator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOUGONG_AUDIT_ANCHORS", str(tmp_path))
    administrator.run("audit", "seal")
    administrator.run("user", "disable", "li")
    administrator.run("audit", "seal")
    (file,) = tmp_path.glob("dougong-audit-*.jsonl")
    tampered(administrator, os.environ["DOUGONG_DATABASE"], 1)
    assert "entry 2: an anchored head is of a longer chain" in administrator.run(
        "audit", "verify", "--anchor", str(file), code=1
    )
    assert "第 2 条" in administrator.run("audit", "verify", "--anchor", str(file), code=1, language="zh")
    broken = administrator.json("audit", "verify", code=1)
    assert (broken["position"], broken["cause"]) == (2, "unsigned"), "the line that signs the head is of another one"
    assert administrator.run("audit", "verify", "--anchor", str(tmp_path / "none"), code=2)
    file.write_text("no head\n")
    assert "no line of" in administrator.run("audit", "verify", "--anchor", str(file), code=2)
