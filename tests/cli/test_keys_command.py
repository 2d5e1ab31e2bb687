"""`dougong keys` as an administrator types it: what there is, new keys, copies, and what is refused, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.cli import main
from engine.runtime.clock import clock_from
from engine.runtime.sovereignty.key_opening import KeyPlace, make_vault
from engine.runtime.sovereignty.subjects.ledger import FIRST, INTENT, ledger_path, read_ledger, record
from engine.runtime.sovereignty.vault import Sealed
from tests.conftest import KINDS, fresh_url
from tests.runtime.sovereignty.key_desk import CUSTOMER, OTHER, sealed, sealings


@dataclass
class KeyHolder:
    """An administrator whose installation has sealed something."""

    folder: Path
    url: str
    read: Callable[[], str]
    passphrase: str = ""

    def run(self, *words: str, code: int = 0, language: str = "en") -> str:
        found = main(["--data", str(self.data), "--packs", str(self.folder / "my_app"), "--language", language, *words])
        said = self.read()
        assert found == code, f"{words} ended with {found}\n{said}"
        assert "Traceback" not in said
        return said

    def json(self, *words: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.run(*words, "--json"))
        return found

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def seal(self) -> list[Sealed]:
        """Two rows, as the product seals them."""
        vault = make_vault(KeyPlace(self.data, self.url, self.passphrase), clock_from(""))
        made = sealed(vault, sealings(vault, [CUSTOMER, OTHER], 2))
        vault.close()
        return made

    def opened(self, rows: list[Sealed]) -> list[bool]:
        vault = make_vault(KeyPlace(self.data, self.url, self.passphrase), clock_from(""))
        found = [isinstance(one, bytes) for one in vault.open_many(rows)]
        vault.close()
        return found


@pytest.fixture(params=KINDS)
def holder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> KeyHolder:
    """With PostgreSQL the keys lie in a database of their own there."""
    url = ""
    if request.param == "postgres":
        url = fresh_url("postgres", request.getfixturevalue("postgres_dsn"), tmp_path)
        monkeypatch.setenv("DOUGONG_KEYS", url)
    (tmp_path / "data").mkdir()
    made = KeyHolder(tmp_path, url, lambda: "".join(capsys.readouterr()))
    made.read()
    return made


@pytest.mark.one_database
def test_before_anything_is_sealed_there_are_no_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = KeyHolder(tmp_path, "", lambda: "".join(capsys.readouterr()))
    assert "还没有密钥" in one.run("keys", "status", code=1, language="zh")
    assert "first sealed field" in one.run("keys", "rotate", code=1)
    assert not one.data.exists()


def test_the_status_says_what_there_is_and_what_is_missing(holder: KeyHolder) -> None:
    holder.seal()
    for language, certified, copy in (
        ("zh", "未经密评模块", "没有密钥副本"),
        ("en", "not a certified", "no copy of the keys"),
    ):
        said = holder.run("keys", "status", language=language)
        assert certified in said
        assert copy in said
    told = holder.json("keys", "status")
    assert (told["subjects"], told["data_keys"], told["kek"], told["root"]) == (2, 2, 1, "file")
    assert told["certified"] is False


def test_keys_are_renewed_and_rows_stay_readable(holder: KeyHolder) -> None:
    rows = holder.seal()
    assert holder.json("keys", "rotate") == {"kek": 2, "wrapped": 2, "subjects": 0}
    assert holder.json("keys", "rotate", "--subjects") == {"kek": 3, "wrapped": 2, "subjects": 2}
    assert holder.json("keys", "status")["former"] == 2
    assert holder.opened(rows) == [True, True]
    assert "后台改写" in holder.run("keys", "rotate", "--subjects", language="zh")


@pytest.mark.one_database
def test_the_root_key_is_renewed_and_turned_into_a_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = KeyHolder(tmp_path, "", lambda: "".join(capsys.readouterr()))
    rows = holder.seal()
    before = (holder.data / "root.key").read_bytes()
    assert "dougong backup --keys" in holder.run("keys", "rotate-root")
    assert (holder.data / "root.key").read_bytes() != before
    assert holder.opened(rows) == [True, True]
    monkeypatch.setenv("DOUGONG_NEW_ROOT_PASSPHRASE", "too short")
    assert "16" in holder.run("keys", "rotate-root", "--passphrase", code=1)
    monkeypatch.setenv("DOUGONG_NEW_ROOT_PASSPHRASE", "a passphrase of sufficient length")
    assert "DOUGONG_ROOT_PASSPHRASE" in holder.run("keys", "rotate-root", "--passphrase", language="zh")
    assert not (holder.data / "root.key").exists()
    assert "root key is not there" in holder.run("keys", "status", code=1)
    holder.passphrase = "a passphrase of sufficient length"
    monkeypatch.setenv("DOUGONG_ROOT_PASSPHRASE", holder.passphrase)
    assert holder.json("keys", "status")["root"] == "passphrase"
    assert holder.opened(rows) == [True, True]
    holder.json("keys", "rotate-root")
    holder.passphrase = ""
    assert holder.opened(rows) == [True, True]


@pytest.mark.one_database
def test_an_installation_comes_back_from_data_keys_and_their_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three things in three places: the backup, the keys of the installation, the copy of what they wrap."""
    monkeypatch.delenv("DOUGONG_DATABASE", raising=False)
    holder = KeyHolder(tmp_path, "", lambda: "".join(capsys.readouterr()))
    assert main(["new", "my_app", "--folder", str(holder.folder)]) == 0
    holder.read()
    holder.run("apply")
    rows = holder.seal()
    places = {name: str(holder.folder / name) for name in ("all.zip", "root.json", "copy.keys")}
    holder.run("backup", places["all.zip"], "--keys", places["root.json"])
    assert "✗ keys: 2 data keys, root key: file, no copy" in holder.run("doctor", code=1)
    holder.run("keys", "backup", code=1)
    assert "没有根密钥" in holder.run("keys", "backup", places["copy.keys"], language="zh")
    assert "✓ keys: 2 data keys, root key: file, copied" in holder.run("doctor")
    assert "there already" in holder.run("keys", "backup", places["copy.keys"], code=1)
    kept = {path.name for path in holder.data.iterdir()}
    assert {"keys.db", "root.key"} <= kept
    moved = KeyHolder(holder.folder / "again", "", holder.read)
    moved.folder.mkdir()
    moved.run("restore", places["all.zip"], "--keys", places["root.json"])
    assert "no keys here" in moved.run("keys", "status", code=1)
    assert "清除台账" in moved.run("keys", "restore", places["copy.keys"], language="zh")
    assert moved.opened(rows) == [True, True]
    assert "destroy" in moved.run("keys", "restore", places["copy.keys"], code=1)
    assert "no file that dougong keys backup wrote" in KeyHolder(holder.folder / "third", "", holder.read).run(
        "keys", "restore", str(moved.data / "keys.db"), code=1
    )


def test_an_old_copy_is_taken_only_when_it_is_said(holder: KeyHolder, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = holder.seal()
    copy = str(holder.folder / "copy.keys")
    holder.run("keys", "backup", copy)
    monkeypatch.setenv("DOUGONG_KEYS", "")
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    moved = KeyHolder(holder.folder / "again", "", holder.read)
    moved.data.mkdir(parents=True)
    (moved.data / "root.key").write_bytes((holder.data / "root.key").read_bytes())
    monkeypatch.setenv("DOUGONG_NOW", later)
    assert "--old" in moved.run("keys", "restore", copy, code=1)
    ledger = begun_ledger(moved.data)
    told = moved.json("keys", "restore", copy, "--old")
    assert told["destroyed_again"] == 1
    assert moved.opened(rows) == [one.subject != CUSTOMER for one in rows], "erased by the ledger beside the folder"
    assert ledger.exists()


def begun_ledger(data: Path) -> Path:
    """A ledger of erasures that names one subject."""
    path = ledger_path(data, "")
    path.write_text(json.dumps({"ledger": "a", "at": 0, "previous": FIRST}) + "\n", "utf-8")
    told = {"request": 1, "entity": CUSTOMER.entity, "record": CUSTOMER.record, "digest": "d"}
    record(read_ledger(path, None), INTENT, told)
    return path


@pytest.mark.one_database
def test_keys_may_not_lie_with_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    monkeypatch.setenv("DOUGONG_DATABASE", url)
    monkeypatch.setenv("DOUGONG_KEYS", url)
    one = KeyHolder(tmp_path, url, lambda: "".join(capsys.readouterr()))
    assert "DOUGONG_KEYS" in one.run("keys", "status", code=1)
    assert "分开" in one.run("keys", "status", code=1, language="zh")
