"""upgrade, promote and uninstall by command on both databases: shown first, carried out when agreed to, undone when they fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.application import Installation, open_installation
from engine.cli import main
from engine.installation.migration import declared_schema, migration_stamp
from engine.runtime.audit import newest
from engine.runtime.release import RELEASE
from engine.runtime.removed_packs import REMOVED
from engine.runtime.retention import prune
from engine.runtime.rows import count, select, update
from engine.runtime.schema.executor import apply, plan_for
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tables import Schema
from engine.runtime.schema.tombstones import tombstones
from engine.runtime.settings import Settings
from engine.runtime.sources.refusals import REFUSAL
from engine.runtime.sources.standing import STANDING
from tests.conftest import KINDS, fresh_url

VISIT = {
    "pack.yaml": "label: {zh: 拜访, en: Visits}\nversion: 0.1.0\nlanguages: [zh, en]\nrequires: [my_app]\n",
    "entities/visit.yaml": (
        "label: {zh: 拜访, en: Visit}\ntitle: note\nfields:\n"
        "  note: {type: text, max_length: 60, label: {zh: 记录, en: Note}, required: true, search: 3}\n"
        "  task: {type: relation, to: task, label: {zh: 事项, en: Task}, on_delete: refuse}\n"
    ),
    "access/visit.yaml": "grants:\n  - {id: all, roles: [worker], actions: [read, create, update, export]}\n",
}
TOLD = """label: {zh: 口述, en: Told}
kind: csv
entity: visit
roles: [worker]
key: [note]
fields: {note: note}
"""
NEW_FIELD = "  place: {type: text, label: {zh: 地点, en: Place}}\n"


@dataclass
class Terminal:
    """Two small packs in a folder of their own and an installation that serves them."""

    folder: Path
    url: str
    read: Callable[[], tuple[str, str]]

    @property
    def packs(self) -> Path:
        return self.folder / "packs"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, *words: str, code: int = 0, language: str = "en") -> str:
        places = ["--packs", str(self.packs), "--data", str(self.data), "--language", language]
        found = main([*places, *words])
        out, err = self.read()
        assert found == code, f"{words} ended with {found}\n{out}{err}"
        assert "Traceback" not in out + err
        return out + err

    def json(self, *words: str, code: int = 0) -> dict[str, object]:
        found = json.loads(self.run(*words, "--json", code=code))
        assert isinstance(found, dict)
        return found

    def opened(self) -> Installation:
        return open_installation(Settings(data=self.data, database=self.url, packs=str(self.packs)))

    def rows(self, entity: str) -> list[str]:
        """The rows that `worker` may export, as lines."""
        out = self.folder / f"{entity}.csv"
        self.run("export", entity, str(out), "--user", "worker")
        return sorted(out.read_text("utf-8-sig").splitlines()[1:])


@pytest.fixture(params=KINDS)
def terminal(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, tmp_path) if request.param == "postgres" else ""
    monkeypatch.setenv("DOUGONG_DATABASE", url)
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", "a-first-password")
    (tmp_path / "packs").mkdir()
    assert main(["new", "my_app", "--folder", str(tmp_path / "packs")]) == 0
    for name, text in VISIT.items():
        path = tmp_path / "packs" / "visits" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    capsys.readouterr()
    return Terminal(tmp_path, url, lambda: tuple(capsys.readouterr()))  # type: ignore[arg-type, return-value]


def filled(terminal: Terminal) -> None:
    """Applied, with a worker and some rows of both entities."""
    terminal.run("apply")
    terminal.run("user", "create", "worker", "--name", "Worker", "--role", "worker")
    for entity, text in (("task", "name,hours\nCall Acme,2\nCall 华为,3\n"), ("visit", "note\nfirst 云图\nsecond\n")):
        sheet = terminal.folder / f"{entity}_in.csv"
        sheet.write_text(text, "utf-8")
        terminal.run("import", entity, str(sheet), "--user", "worker")


def older(terminal: Terminal) -> None:
    """The database of an older release: without tables that came later, with definitions of then, with a row."""
    later = {RELEASE, REMOVED, "dougong_setting", "dougong_moment", "dougong_measure"}
    installation = terminal.opened()
    model = installation.models.current()
    schema = declared_schema(model)
    tables = {name: table for name, table in schema.tables.items() if name not in later}
    stamp = migration_stamp(model, installation.ids, installation.clock)
    plan = plan_for(installation.database, Schema(tables), stamp)
    apply(installation.database, plan, stamp)
    installation.database.close()


def test_an_older_database_is_upgraded_as_a_plan(terminal: Terminal) -> None:
    older(terminal)
    entity = terminal.packs / "visits/entities/visit.yaml"
    entity.write_text(entity.read_text("utf-8") + NEW_FIELD, "utf-8")
    told = terminal.run("upgrade")
    assert "Upgrade from an earlier release to 0.1.0" in told
    assert "Last backup: never" in told
    shown = terminal.json("upgrade")
    assert "+ Create table dougong_setting" in str(shown["own"])
    assert "place" in str(shown["definitions"])
    assert shown["upgraded"] is False
    again = terminal.json("upgrade")
    assert len(again["own"]) == len(shown["own"])  # type: ignore[arg-type]
    assert "已升级" in terminal.run("upgrade", "--yes", language="zh")
    assert "nothing to do" in terminal.run("upgrade")
    assert "The database is as the definitions say" in terminal.run("plan")


def test_an_upgrade_that_retires_data_needs_consent_and_can_be_reverted(terminal: Terminal) -> None:
    filled(terminal)
    entity = terminal.packs / "visits/entities/visit.yaml"
    text = entity.read_text("utf-8")
    entity.write_text("".join(line for line in text.splitlines(True) if "to: task" not in line), "utf-8")
    assert "consent" in terminal.run("upgrade", "--yes", code=1)
    assert terminal.json("upgrade", "--yes", "--consent")["upgraded"] is True
    entity.write_text(text, "utf-8")
    terminal.run("revert")
    assert "nothing to do" in terminal.run("upgrade")
    assert len(terminal.rows("visit")) == 2


def test_retired_data_is_listed_put_back_and_deleted_for_good_by_its_name(terminal: Terminal) -> None:
    filled(terminal)
    assert "Nothing is retired" in terminal.run("retired")
    entity = terminal.packs / "visits/entities/visit.yaml"
    text = entity.read_text("utf-8")
    entity.write_text(text + NEW_FIELD, "utf-8")
    terminal.run("apply")
    sheet = terminal.folder / "places.csv"
    sheet.write_text("note,place\nthird,云图\n", "utf-8")
    terminal.run("import", "visit", str(sheet), "--user", "worker")
    entity.write_text(text, "utf-8")
    terminal.run("apply", "--consent")
    assert terminal.run("retired").startswith("visit.place  20")
    assert "Nothing retired is called visit.spot" in terminal.run("retired", "--restore", "visit.spot", code=1)
    assert "declare it again first" in terminal.run("retired", "--restore", "visit.place", code=1)
    entity.write_text(text + NEW_FIELD, "utf-8")
    terminal.run("apply")
    assert "1 rows got their values back" in terminal.run("retired", "--restore", "visit.place")
    assert "云图" in str(terminal.rows("visit"))
    assert "--yes deletes it for good" in terminal.run("retired", "--purge", "visit.place")
    assert "已彻底删除 visit.place" in terminal.run("retired", "--purge", "visit.place", "--yes", language="zh")
    assert "Nothing is retired" in terminal.run("retired")
    installation = terminal.opened()
    done = installation.database.read(newest)[0].act
    installation.database.close()
    assert (done.action, done.subject, done.address) == ("purge", "visit.place", "console")
    terminal.run("revert")
    assert "purged" in terminal.run("revert", code=1)


def test_retired_data_goes_by_itself_when_its_days_are_over_and_stays_without_a_setting(terminal: Terminal) -> None:
    filled(terminal)
    entity = terminal.packs / "visits/entities/visit.yaml"
    text = entity.read_text("utf-8")
    entity.write_text("".join(line for line in text.splitlines(True) if "to: task" not in line), "utf-8")
    terminal.run("apply", "--consent")
    installation = terminal.opened()
    database, model, later = installation.database, installation.models.current(), installation.clock.now()
    later += timedelta(days=31)
    prune(database, model, installation.settings, later)
    assert [one.name for one in database.write(tombstones)] == ["task"]
    kept = replace(installation.settings, retention_retired=60)
    prune(database, model, kept, later)
    assert [one.name for one in database.write(tombstones)] == ["task"]
    assert prune(database, model, replace(kept, retention_retired=30), later).rows["_gone_"] == 1
    assert database.write(tombstones) == ()
    database.close()


def test_a_newer_database_is_left_alone_in_words(terminal: Terminal) -> None:
    filled(terminal)
    installation = terminal.opened()
    installation.database.write(lambda session: update(session, RELEASE, {"version": "99.1.0"}, {"id": 1}))
    before = installation.database.read(table_names)
    installation.database.close()
    for words in (["upgrade"], ["upgrade", "--yes"], ["plan"], ["apply"]):
        told = terminal.run(*words, code=1)
        assert "99.1.0, which is newer than this one, 0.1.0" in told
    assert "数据库已由更新的版本 99.1.0 升级" in terminal.run("upgrade", code=1, language="zh")
    installation = terminal.opened()
    assert installation.database.read(table_names) == before
    assert installation.database.read(lambda session: select(session, RELEASE, ("version",))) == [("99.1.0",)]
    installation.database.close()


def elsewhere(terminal: Terminal) -> Path:
    """The packs of another installation, where visits have a place and a page is gone."""
    other = terminal.folder / "other"
    shutil.copytree(terminal.packs, other)
    entity = other / "visits/entities/visit.yaml"
    entity.write_text(entity.read_text("utf-8") + NEW_FIELD, "utf-8")
    return other


def test_definitions_are_promoted_as_a_plan_and_taken_back(terminal: Terminal) -> None:
    filled(terminal)
    other, entity = elsewhere(terminal), terminal.packs / "visits/entities/visit.yaml"
    before = entity.read_text("utf-8")
    told = terminal.run("promote", str(other), language="zh")
    assert "~ 实体「拜访」(visit)" in told
    assert "新增字段「地点」(place)" in told
    assert "什么都没有改动" in told
    assert "new field" in terminal.run("promote", str(other))
    assert entity.read_text("utf-8") == before
    done = terminal.json("promote", str(other), "--yes")
    assert done["promoted"] is True
    assert NEW_FIELD in entity.read_text("utf-8")
    assert "nothing to do" in terminal.run("promote", str(other))
    assert len(terminal.rows("visit")) == 2
    kept = Path(str(done["replaced"]))
    assert (kept / "visits/entities/visit.yaml").read_text("utf-8") == before
    assert "consent" in terminal.run("promote", str(kept), "--yes", code=1)
    assert terminal.json("promote", str(kept), "--yes", "--consent")["promoted"] is True
    assert entity.read_text("utf-8") == before
    installation = terminal.opened()
    acts = [one.act.action for one in installation.database.read(newest)]
    installation.database.close()
    assert acts.count("promote") == 2


def test_a_promotion_that_cannot_be_is_refused_and_changes_nothing(terminal: Terminal) -> None:
    filled(terminal)
    other, entity = elsewhere(terminal), terminal.packs / "visits/entities/visit.yaml"
    before = entity.read_text("utf-8")
    broken = other / "visits/entities/visit.yaml"
    broken.write_text(broken.read_text("utf-8").replace("to: task", "to: nothing"), "utf-8")
    assert "nothing" in terminal.run("promote", str(other), "--yes", code=1)
    assert "There is no pack" in terminal.run("promote", str(terminal.folder / "void"), "--yes", code=1)
    assert "own packs" in terminal.run("promote", str(terminal.packs), "--yes", code=1)
    broken.write_text(before.replace("required: true", "required: true, unique: true"), "utf-8")
    sheet = terminal.folder / "same.csv"
    sheet.write_text("note\nsecond\n", "utf-8")
    terminal.run("import", "visit", str(sheet), "--user", "worker")
    terminal.run("promote", str(other), "--yes", code=1)
    assert entity.read_text("utf-8") == before
    assert sorted(one.name for one in terminal.packs.iterdir()) == ["my_app", "visits"]
    assert len(terminal.rows("visit")) == 3


def test_a_pack_that_others_stand_on_is_not_removed(terminal: Terminal) -> None:
    filled(terminal)
    told = terminal.run("uninstall", "my_app", "--keep-data", "--yes", code=1)
    assert "Visits (visits)" in told
    assert "installed: my_app, visits" in terminal.run("uninstall", "nothing", "--keep-data", code=1)
    with pytest.raises(SystemExit):
        main(["uninstall", "visits"])


def test_a_pack_whose_data_is_kept_finds_it_when_it_returns(terminal: Terminal) -> None:
    filled(terminal)
    before = terminal.rows("visit")
    told = terminal.run("uninstall", "visits", "--keep-data", language="zh")
    assert "拜访 (visit):2 条记录" in told
    assert (terminal.packs / "visits").exists()
    gone = terminal.json("uninstall", "visits", "--keep-data", "--yes")
    assert gone["removed"] is True
    assert not (terminal.packs / "visits").exists()
    assert "visit" not in _tables(terminal)
    assert len(terminal.rows("task")) == 2
    shutil.move(str(gone["definitions"]), terminal.packs / "visits")
    terminal.run("apply")
    assert terminal.rows("visit") == before
    assert not [name for name in _tables(terminal) if name.startswith("_gone_visit_") or "visit__version_" in name]
    sheet = terminal.folder / "more.csv"
    sheet.write_text("note\nthird\n", "utf-8")
    terminal.run("import", "visit", str(sheet), "--user", "worker")
    assert len(terminal.rows("visit")) == 3


def test_a_pack_whose_data_is_erased_leaves_nothing(terminal: Terminal) -> None:
    layer = terminal.packs / "visits"
    (layer / "pack.yaml").write_text(VISIT["pack.yaml"] + "extends: my_app\n", "utf-8")
    (layer / "entities/task.yaml").write_text(f"fields:\n{NEW_FIELD}", "utf-8")
    filled(terminal)
    for place in ("静安寺", "徐家汇"):
        sheet = terminal.folder / "places.csv"
        sheet.write_text(f"name,place\nCall Acme,{place}\n", "utf-8")
        terminal.run("import", "task", str(sheet), "--key", "name", "--user", "worker")
    assert "静安寺" in _versions(terminal)
    (layer / "sources").mkdir()
    (layer / "sources/told.yaml").write_text(TOLD, "utf-8")
    sheet.write_text("note\n" + "长" * 70 + "\n", "utf-8")
    assert "refused" in terminal.run("sync", "told", "--file", str(sheet), code=1)
    assert _kept_of(terminal, REFUSAL) == _kept_of(terminal, STANDING) == 1
    gone = terminal.json("uninstall", "visits", "--erase-data", "--yes")
    assert _kept_of(terminal, REFUSAL) == _kept_of(terminal, STANDING) == 0
    assert not [name for name in _tables(terminal) if "visit" in name]
    installation = terminal.opened()
    assert (
        installation.database.read(lambda session: select(session, "dougong_event", ("id",), {"entity": "visit"})) == []
    )
    assert installation.database.read(lambda session: select(session, "dougong_event", ("id",), {"entity": "task"}))
    installation.database.close()
    shutil.move(str(gone["definitions"]), terminal.packs / "visits")
    terminal.run("apply")
    assert terminal.rows("visit") == []
    assert [word for word in ("静安寺", "徐家汇", "place") if word in _versions(terminal)] == []
    assert "Call Acme" in _versions(terminal)


def _kept_of(terminal: Terminal, table: str) -> int:
    """How much the kernel keeps of the sources of visits."""
    installation = terminal.opened()
    found = installation.database.read(lambda session: count(session, table, {"entity": "visit"}))
    installation.database.close()
    return found


def _versions(terminal: Terminal) -> str:
    """All that is kept of how tasks were."""
    installation = terminal.opened()
    columns = ("changed", "before", "after")
    found = installation.database.read(lambda session: select(session, "task__version", columns))
    installation.database.close()
    return str(found)


def _tables(terminal: Terminal) -> tuple[str, ...]:
    installation = terminal.opened()
    found = tuple(installation.database.read(table_names))
    installation.database.close()
    return found
