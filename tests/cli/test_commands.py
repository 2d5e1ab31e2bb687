"""The command line: every command's outcome, exit code, JSON, and words for what went wrong; never a trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli import main
from engine.runtime.database.open import open_database
from engine.runtime.identifiers import encode_id
from engine.runtime.rows import select
from tests.conftest import KINDS, fresh_url

COMMANDS = [
    "start",
    "serve",
    "new",
    "check",
    "format",
    "rename",
    "lsp",
    "export-schema",
    "test",
    "map",
    "docs",
    "plan",
    "apply",
    "revert",
    "import",
    "export",
    "explain",
    "user",
    "doctor",
    "sync",
    "backup",
    "restore",
    "verify-backup",
    "wipe-demo",
    "upgrade",
    "promote",
    "uninstall",
]

MAP = """label: {zh: 链, en: Chain}
entity: task
nodes:
  - {id: look, node: step, label: {zh: 看, en: Look}, actor: worker, fields: [hours]}
  - {id: ask, node: step, label: {zh: 问, en: Ask}, actor: worker, human: true, source: {zh: 同事, en: A colleague}}
  - {id: finish, node: step, label: {zh: 完成, en: Finish}, transition: finish, final: true}
edges:
  - {from: look, to: ask}
  - {from: ask, to: finish}
"""


@dataclass
class Terminal:
    """A tiny application's folder and database, and what a command says of them."""

    folder: Path
    read: Callable[[], tuple[str, str]]

    @property
    def pack(self) -> Path:
        return self.folder / "my_app"

    def run(self, *words: str, code: int = 0) -> str:
        """A command on this application; its output after its exit code was what it should be."""
        found = main(["--packs", str(self.pack), "--data", str(self.folder / "data"), "--language", "en", *words])
        out, err = self.read()
        assert found == code, f"{words} ended with {found}\n{out}{err}"
        assert "Traceback" not in out + err
        return out + err

    def json(self, *words: str, code: int = 0) -> object:
        return json.loads(self.run(*words, "--json", code=code))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.pack / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(params=KINDS)
def terminal(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Terminal:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, tmp_path)
    monkeypatch.setenv("DOUGONG_DATABASE", url if request.param == "postgres" else "")
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", "a-first-password")
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    capsys.readouterr()
    return Terminal(tmp_path, lambda: tuple(capsys.readouterr()))  # type: ignore[arg-type, return-value]


@pytest.mark.one_database
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: dougong" in capsys.readouterr().out


@pytest.mark.one_database
@pytest.mark.parametrize("words", [["nothing"], ["check", "--nothing"], ["user"], ["import", "task"], []])
def test_misuse_ends_with_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: dougong" in capsys.readouterr().err


def test_a_new_application_is_clean_tested_planned_and_applied(terminal: Terminal) -> None:
    assert terminal.json("check") == []
    assert "1 passed, 0 failed" in terminal.run("test")
    operations = terminal.json("plan")
    assert isinstance(operations, list)
    assert operations
    assert "CREATE TABLE" in terminal.run("plan", "--sql")
    assert all(one["rows"] == 0 and one["seconds"] > 0 for one in operations)
    assert " s in all" in terminal.run("plan")
    assert terminal.json("apply") == {"applied": len(operations)}
    assert terminal.json("plan") == []


def test_all_mistakes_are_told_at_once_with_place_and_suggestion(terminal: Terminal) -> None:
    terminal.edit("entities/task.yaml", "required: true", "requird: true")
    terminal.edit("entities/task.yaml", "rate * hours", "rat * hours")
    found = terminal.json("check", code=1)
    assert isinstance(found, list)
    assert {one["file"] for one in found} >= {"my_app/entities/task.yaml"}
    assert len([one for one in found if one["severity"] == "error"]) >= 2
    assert all(one.keys() >= {"code", "severity", "file", "line", "column", "message", "hint"} for one in found)
    assert "required" in str(found)
    assert "rate" in terminal.run("check", code=1)
    terminal.run("plan", code=1)
    terminal.run("test", code=1)


@pytest.mark.one_database
def test_a_folder_of_packs_is_checked_whole(terminal: Terminal) -> None:
    assert "0 errors" in terminal.run("check", str(terminal.folder))
    assert "does not exist" in terminal.run("check", str(terminal.folder / "nothing"), code=1)


@pytest.mark.one_database
def test_tests_are_named_by_folder_or_by_suite_and_by_nothing_else(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "1 passed, 0 failed" in terminal.run("test", "task_status")
    assert "did you mean" in terminal.run("test", "task_statsu", code=1)
    assert main(["--language", "en", "test", str(terminal.pack)]) == 0
    assert "1 passed, 0 failed" in capsys.readouterr().out


@pytest.mark.one_database
def test_a_new_application_is_in_canonical_form(terminal: Terminal) -> None:
    assert terminal.json("format", "--check", str(terminal.pack)) == {"changed": [], "refused": 0}


@pytest.mark.one_database
def test_formatting_is_done_once(terminal: Terminal) -> None:
    terminal.edit("entities/task.yaml", "icon: check\n", "icon:     check\n")
    terminal.run("format", "--check", str(terminal.pack), code=1)
    assert "entities/task.yaml" in terminal.run("format", str(terminal.pack))
    assert terminal.json("format", "--check", str(terminal.pack)) == {"changed": [], "refused": 0}
    terminal.run("format", str(terminal.folder / "nothing.yaml"), code=1)
    (terminal.folder / "latin.yaml").write_bytes(b"label: \xff")
    assert "UTF-8" in terminal.run("format", str(terminal.folder / "latin.yaml"), code=1)


def test_a_rename_keeps_the_data_and_can_be_undone(terminal: Terminal) -> None:
    terminal.run("apply")
    files = terminal.json("rename", "task.hours", "effort")
    assert isinstance(files, dict)
    assert len(files["files"]) >= 3
    assert terminal.json("check") == []
    assert "1 passed, 0 failed" in terminal.run("test")
    assert "effort" in terminal.run("plan", "--sql")
    terminal.run("apply")
    terminal.run("revert")
    assert "did you mean" in terminal.run("rename", "task.effrt", "x", code=1)


def test_a_step_that_takes_data_needs_consent_and_comes_back(terminal: Terminal) -> None:
    terminal.run("apply")
    terminal.run("user", "create", "li", "--name", "Li", "--role", "worker")
    sheet = terminal.folder / "tasks.csv"
    sheet.write_text("name,due_on,rate\nCall,2026-03-02,12.50\nWrite,2026-03-03,1\n", "utf-8")
    terminal.run("import", "task", str(sheet), "--user", "li")
    terminal.edit("entities/task.yaml", "  due_on: {type: date, label: {zh: 截止日期, en: Due on}}\n", "")
    for file, old, new in (
        ("forms/task.yaml", "      - {id: due_on, widget: field, field: due_on, span: 6}\n", ""),
        ("metrics/open_cost.yaml", "time: due_on\n", ""),
        ("pages/task.yaml", ", due_on]", "]"),
        ("pages/task_list.yaml", "due_on, ", ""),
        ("pages/task_list.yaml", "    sort: [due_on]\n", ""),
    ):
        terminal.edit(file, old, new)
    terminal.run("check")
    assert "--consent" in terminal.run("apply", code=1)
    terminal.run("apply", "--consent")
    terminal.run("revert")
    assert "due_on" in terminal.run("plan", "--sql")


def test_rows_come_in_and_go_out_by_file(terminal: Terminal) -> None:
    terminal.run("apply")
    terminal.run("user", "create", "li", "--name", "Li", "--role", "worker")
    sheet = terminal.folder / "tasks.csv"
    sheet.write_text("名称,单价,工时\n打电话,12.50,2\n坏行,abc,1\n=1+1,1,1\n", "utf-8")
    found = terminal.json("import", "task", str(sheet), "--user", "li", "--dry-run", code=1)
    assert isinstance(found, dict)
    assert [one["line"] for one in found["problems"]] == [3]
    terminal.run("import", "task", str(sheet), "--user", "li", code=1)
    out = terminal.folder / "out.csv"
    terminal.run("export", "task", str(out), "--user", "li")
    text = out.read_text("utf-8-sig")
    assert "25.00" in text
    assert "'=1+1" in text
    terminal.run("export", "task", str(terminal.folder / "out.xlsx"), "--user", "li")
    assert (terminal.folder / "out.xlsx").read_bytes()[:2] == b"PK"
    for words in (
        ("import", "nothing", str(sheet), "--user", "li"),
        ("import", "task", str(terminal.folder / "nothing.csv"), "--user", "li"),
        ("export", "task", str(terminal.folder / "no/such/folder.csv"), "--user", "li"),
        ("export", "task", str(out), "--user", "nobody"),
    ):
        assert terminal.run(*words, code=1).strip()


def test_accounts_are_made_and_closed(terminal: Terminal) -> None:
    terminal.run("apply")
    terminal.run("user", "create", "li", "--name", "Li", "--role", "worker")
    assert "li" in terminal.run("user", "create", "li", "--name", "Li", code=1)
    assert "No such role" in terminal.run("user", "create", "wu", "--role", "boss", code=1)
    listed = terminal.json("user", "list")
    assert isinstance(listed, list)
    assert [(one["account"], one["roles"]) for one in listed] == [("li", ["worker"])]
    token = terminal.json("user", "token", "li", "--name", "ci")
    assert isinstance(token, dict)
    assert token["token"].startswith("dg_")
    terminal.run("user", "disable", "li")
    terminal.run("user", "password", "li")
    assert "no account" in terminal.run("user", "password", "nobody", code=1)


def first_record(terminal: Terminal) -> str:
    """The id of the task that was made first."""
    url = os.environ["DOUGONG_DATABASE"] or f"sqlite:///{next((terminal.folder / 'data').glob('*.sqlite3'))}"
    database = open_database(url)
    try:
        return encode_id(int(str(database.read(lambda session: select(session, "task", ("id",), order=("id",)))[0][0])))
    finally:
        database.close()


def test_explanations_name_file_and_line(terminal: Terminal) -> None:
    terminal.run("apply")
    terminal.run("user", "create", "li", "--name", "Li", "--role", "worker")
    sheet = terminal.folder / "tasks.csv"
    sheet.write_text("name,rate,hours\nCall,12.50,2\n", "utf-8")
    terminal.run("import", "task", str(sheet), "--user", "li")
    assert "round(rate * hours, 2)" in terminal.run("explain", "value", "--entity", "task", "--field", "cost")
    here = ("--entity", "task", "--record", first_record(terminal), "--user", "li")
    value = terminal.json("explain", "value", "--field", "cost", *here)
    assert isinstance(value, dict)
    assert (value["value"], value["place"].rpartition(":")[0]) == ("25.00", "my_app/entities/task.yaml")
    assert [part["value"] for part in value["tree"]["parts"]] == ["12.50", "2.00"]
    assert "my_app/access/task.yaml:" in terminal.run("explain", "access", *here)
    moved = terminal.run("explain", "transition", "--transition", "finish", *here)
    assert "guard [hours > 0]" in moved
    assert "my_app/workflows/task_status.yaml:" in moved
    figure = terminal.run("explain", "metric", "--metric", "open_cost", "--user", "li")
    assert 'sum(cost) where status = "open" = 25.00' in figure
    assert "--user" in terminal.run("explain", "metric", "--metric", "open_cost", code=1)
    released = terminal.json("explain", "releases")
    assert isinstance(released, list)
    assert all(set(one) == {"kind", "name", "place", "roles", "reads"} for one in released)
    assert all(one["name"] in terminal.run("explain", "releases") for one in released)
    assert "--user" in terminal.run("explain", "access", code=1)
    assert terminal.run("explain", "value", "--entity", "task", "--field", "name", code=1)


@pytest.mark.one_database
def test_a_map_is_listed_and_becomes_a_flow_once(terminal: Terminal) -> None:
    (terminal.pack / "maps").mkdir()
    (terminal.pack / "maps" / "chain.yaml").write_text(MAP, "utf-8")
    flow = terminal.pack / "workflows" / "chain_flow.yaml"
    found = terminal.json("map", "list")
    assert isinstance(found, list)
    told = [(one["name"], one["bound"], one["steps"], one["not_bound"]) for one in found]
    assert told == [("chain", 2, 3, ["ask"])]
    assert "chain  Chain  2/3 (66 %)" in terminal.run("map", "list")
    shown = terminal.json("map", "to-flow", "chain", "--show")
    assert isinstance(shown, dict)
    assert (shown["file"], shown["errors"]) == (None, [])
    assert not flow.exists()
    assert "chain_flow.yaml written" in terminal.run("map", "to-flow", "chain")
    assert flow.read_text("utf-8") == shown["text"]
    terminal.run("check")
    assert "choose a name with --flow" in terminal.run("map", "to-flow", "chain", code=1)
    assert "two_words written" not in terminal.run("map", "to-flow", "chain", "--flow", "Two words", code=1)
    assert "known: chain" in terminal.run("map", "to-flow", "other", code=1)


def test_schemas_settings_and_health_are_told(terminal: Terminal) -> None:
    folder = terminal.folder / "schemas"
    found = terminal.json("export-schema", str(folder))
    assert isinstance(found, dict)
    assert json.loads((folder / "entities.schema.json").read_text("utf-8"))["$id"]
    terminal.run("apply")
    health = terminal.json("doctor")
    assert isinstance(health, dict)
    assert "DOUGONG_DATABASE" in health["settings"]
    assert all(one["well"] for one in health["checks"])


@pytest.mark.one_database
def test_a_folder_that_cannot_be_written_is_said_in_words(terminal: Terminal) -> None:
    (terminal.folder / "data").write_text("a file stands in the way", "utf-8")
    assert "data" in terminal.run("apply", code=1)


@pytest.mark.one_database
def test_a_definition_that_cannot_be_read_is_said_in_words(terminal: Terminal) -> None:
    (terminal.pack / "entities/task.yaml").unlink()
    (terminal.pack / "entities/task.yaml").mkdir()
    assert "task.yaml" in terminal.run("check", code=1)


@pytest.mark.one_database
def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "--help"], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert done.returncode == 0
    assert "rename" in done.stdout
