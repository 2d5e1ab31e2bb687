"""`dougong backup`, `restore`, `verify-backup` as an administrator types them: outcomes, exit codes, JSON, words."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.console import Console
from engine.cli.progress import progress
from tests.conftest import KINDS, fresh_url


@dataclass
class Administrator:
    """Somebody at a terminal, with a tiny application in use."""

    folder: Path
    read: Callable[[], str]
    fresh: Callable[[], None]

    def run(self, *words: str, code: int = 0, data: str = "data", language: str = "en") -> str:
        where = ["--packs", str(self.folder / "my_app"), "--data", str(self.folder / data), "--language", language]
        found = main([*where, *words])
        said = self.read()
        assert found == code, f"{words} ended with {found}\n{said}"
        assert "Traceback" not in said
        return said

    def json(self, *words: str, code: int = 0, data: str = "data") -> dict[str, object]:
        found: dict[str, object] = json.loads(self.run(*words, "--json", code=code, data=data))
        return found


@pytest.fixture(params=KINDS)
def administrator(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Administrator:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None

    def fresh() -> None:
        url = fresh_url(request.param, dsn, tmp_path)
        monkeypatch.setenv("DOUGONG_DATABASE", url if request.param == "postgres" else "")

    fresh()
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", "a-first-password")
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    made = Administrator(tmp_path, lambda: "".join(capsys.readouterr()), fresh)
    made.read()
    made.run("apply")
    made.run("user", "create", "li", "--name", "Li", "--role", "worker")
    return made


def test_a_backup_is_made_verified_and_restored(administrator: Administrator) -> None:
    keys = administrator.folder / "keys.json"
    made = administrator.json("backup", "--keys", str(keys))
    path = str(made["backup"])
    assert re.search(r"data/backups/dougong-\d{8}T\d{6}Z\.zip$", path)
    assert (made["left_out"], made["missing"], made["keys"]) == ([], [], str(keys))
    assert administrator.json("verify-backup", path, "--keys", str(keys))["whole"] is True
    assert "is whole" in administrator.run("verify-backup", path)
    assert administrator.json("doctor")["checks"], "the folder of backups is one of ours"
    administrator.fresh()
    restored = administrator.json("restore", path, "--keys", str(keys), data="new")
    assert (restored["new_keys"], restored["same_definitions"], restored["rows"]) == (False, True, made["rows"])
    assert all(one["well"] for one in administrator.json("doctor", data="new")["checks"])  # type: ignore[attr-defined]
    assert "li" in administrator.run("user", "list", data="new")


def test_what_a_restore_ends_is_said(administrator: Administrator) -> None:
    administrator.run("backup", str(administrator.folder / "b.tar"))
    administrator.fresh()
    said = administrator.run("restore", str(administrator.folder / "b.tar"), data="new")
    for words in ("keys are new", "signs in again", "API tokens", "revoked"):
        assert words in said
    assert "--data" in administrator.run("restore", str(administrator.folder / "b.tar"), data="new", code=1)


def test_definitions_come_back_too(administrator: Administrator) -> None:
    """After the loss of a whole machine, the customer's packs are in the backup as well."""
    administrator.run("backup", str(administrator.folder / "b"))
    shutil.move(administrator.folder / "my_app", administrator.folder / "lost")
    shutil.copytree(administrator.folder / "lost", administrator.folder / "my_app")
    task = administrator.folder / "my_app/entities/task.yaml"
    task.write_text(task.read_text("utf-8").replace("max_length: 120", "max_length: 121"), "utf-8")
    administrator.fresh()
    packs = administrator.folder / "packs"
    said = administrator.run("restore", str(administrator.folder / "b"), "--definitions", str(packs), data="new")
    assert "dougong plan" in said
    for path in (administrator.folder / "lost").rglob("*.yaml"):
        assert (packs / "my_app" / path.relative_to(administrator.folder / "lost")).read_bytes() == path.read_bytes()
    administrator.fresh()
    again = ("restore", str(administrator.folder / "b"), "--definitions", str(packs))
    assert "no empty folder" in administrator.run(*again, data="newer", code=1)


@pytest.mark.one_database
def test_mistakes_are_said_in_words_of_both_languages(administrator: Administrator) -> None:
    missing = str(administrator.folder / "nothing.zip")
    for command in ("restore", "verify-backup"):
        assert "There is no file" in administrator.run(command, missing, code=2)
        assert "没有文件" in administrator.run(command, missing, code=2, language="zh")
    (administrator.folder / "text.zip").write_text("hello", "utf-8")
    assert "不是备份" in administrator.run(
        "verify-backup", str(administrator.folder / "text.zip"), code=1, language="zh"
    )
    administrator.fresh()
    said = administrator.run("backup", missing, code=1, data="nowhere")
    assert "no database file" in said or "Nothing is installed here" in said
    assert administrator.run("backup", str(administrator.folder / "no/such/folder.zip"), code=1).strip()
    assert administrator.json("restore", missing, code=2)["error"]


@pytest.mark.one_database
def test_progress_is_shown_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress(Console(json=False, language="en")) as tell:
        tell("tables/task.jsonl", 10, 40)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress(Console(json=True, language="en")) as tell:
        tell("tables/task.jsonl", 10, 40)
    assert capsys.readouterr().err == ""
    with progress(Console(json=False, language="en")) as tell:
        tell("tables/task.jsonl\x1b[2J", 10, 40)
    shown = capsys.readouterr().err
    assert " 25% tables/task.jsonl" in shown
    assert "\x1b[2J" not in shown
