"""Where a restore may go, what becomes of keys, and what stands when it or a backup is killed on the way."""

from __future__ import annotations

import base64
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from runtime.backup.backup_world import NOW, Place, context_of, digests, ids, place, tiny
from runtime.backup.dying import deaths

from engine.application import bring_up_to_date, open_installation
from engine.cli import main
from engine.installation.backing_up import default_target
from engine.installation.verifying import verify
from engine.runtime.audit import newest
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.backup.keys import read_keys
from engine.runtime.backup.problems import BackupImpossible, NotEmpty, RestoreUnfinished, WrongKeys
from engine.runtime.backup.progress import silent
from engine.runtime.backup.reading import opened_archive
from engine.runtime.database.errors import DatabaseUnavailable
from engine.runtime.database.open import open_database
from engine.runtime.database.sqlite_files import DatabaseInUse
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.schema.executor import revert
from engine.runtime.stores import UNFINISHED
from tests.conftest import KINDS, FixedClock, fresh_url

LOG = ("dougong_audit", "dougong_audit_head", "dougong_audit_signed")


@pytest.fixture
def source(tmp_path: Path, database_url: str) -> Place:
    (tmp_path / "source").mkdir()
    return tiny(tmp_path / "source", database_url)


def empty(source: Place, name: str, url: str = "") -> Place:
    """A place with nothing in it, for the same packs."""
    return place(source.folder.parent / name, url, source.folder / "my_app")


def test_what_is_not_empty_is_left_alone(source: Place, tmp_path: Path) -> None:
    made = source.backup(keys="keys")
    before = digests(made.manifest)
    with pytest.raises(NotEmpty, match="--data"):
        source.restore(made.path, made.keys)
    assert digests(source.backup("again.zip").manifest) == before
    other = empty(source, "other")
    other.data.mkdir(parents=True)
    (other.data / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(NotEmpty, match=r"notes\.txt"):
        other.restore(made.path)
    assert [one.name for one in other.data.iterdir()] == ["notes.txt"]


def test_a_database_in_use_by_somebody_else_is_left_alone(
    source: Place, database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """With an empty data folder, the database alone refuses."""
    made = source.backup()
    url = source.settings.database_url
    other = empty(source, "other", url)
    if database_kind == "sqlite":
        other = Place(other.settings.__class__(data=other.data, database=url), other.folder)
    with pytest.raises(NotEmpty, match="database holds something"):
        other.restore(made.path)
    assert not (other.data / UNFINISHED).exists()


def test_an_installation_that_was_only_looked_at_is_empty(
    source: Place, database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = request.getfixturevalue("postgres_dsn") if database_kind == "postgres" else None
    target = empty(source, "target", fresh_url(database_kind, dsn, tmp_path))
    monkeypatch.setenv("DOUGONG_DATABASE", target.settings.database)
    monkeypatch.setenv("DOUGONG_PACKS", target.settings.packs)
    assert main(["--data", str(target.data), "plan"]) == 0
    made = source.backup(keys="keys")
    target.restore(made.path, made.keys)
    assert main(["--data", str(target.data), "doctor"]) == 0


@pytest.mark.one_database
def test_a_running_installation_refuses_a_restore_and_gives_a_backup(tmp_path: Path) -> None:
    source = tiny(tmp_path)
    with source.opened():
        made = source.backup()
    other = empty(source, "other")
    with other.opened(), pytest.raises(DatabaseInUse):
        other.restore(made.path)


def test_keys_stay_apart(source: Place) -> None:
    key = (source.data / "cursor.key").read_bytes()
    with source.opened() as installation:
        session = installation.database.read(lambda session: select(session, "dougong_session", ("token",)))
    assert session
    for name in ("backup", "backup.zip", "backup.tar"):
        made = source.backup(name, keys=f"{name}.keys")
        with opened_archive(made.path) as archive:
            names = sorted(archive.sizes)
            content = b"".join(b"".join(archive.lines(one)) for one in names)
        assert not [one for one in names if "key" in one.rpartition("/")[2]]
        for written in (key, key.hex().encode(), base64.b64encode(key)):
            assert written not in content
        assert made.keys is not None
        assert read_keys(made.keys) == {"cursor.key": key}
        assert stat.S_IMODE(made.keys.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.path.stat().st_mode) & 0o077 == 0
        assert base64.b64encode(key) in made.keys.read_bytes(), "the control: this is how a key would look"


def test_new_keys_end_what_hung_on_the_old_ones(source: Place, request: pytest.FixtureRequest) -> None:
    made = source.backup()
    target = empty(source, "target")
    assert target.restore(made.path).new_keys
    with target.opened() as installation:
        database, key = installation.database, installation.workplace.key
        assert key != (source.data / "cursor.key").read_bytes()
        assert database.read(lambda session: first_broken(session, key)) is None
        act = database.read(lambda session: newest(session, limit=1))[0].act
        assert "keys=new chain=held" in act.subject
        assert database.read(lambda session: ids(session, "dougong_token"))
        assert database.read(lambda session: select(session, "dougong_session", ("token",))) == []
    after, before = digests(target.backup().manifest), digests(made.manifest)
    assert {name for name in before if before[name] != after[name]} == {"dougong_session", *LOG}


def test_the_same_keys_keep_everything(source: Place) -> None:
    made = source.backup(keys="keys")
    target = empty(source, "target")
    assert not target.restore(made.path, made.keys).new_keys
    assert digests(target.backup().manifest, *LOG) == digests(made.manifest, *LOG)
    with target.opened() as installation:
        context_of(installation, "li")


def test_keys_of_another_installation_are_refused(source: Place, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = tiny(tmp_path / "stranger").backup(keys="keys")
    made = source.backup()
    target = empty(source, "target")
    with pytest.raises(WrongKeys, match="did not seal"):
        target.restore(made.path, stranger.keys)
    for text in ("", "{}", '{"keys": {"cursor.key": "?"}}', '{"keys": {"../x": "aa=="}}', "[" * 9999):
        (tmp_path / "bad").write_text(text, "utf-8")
        with pytest.raises(WrongKeys, match="no file that dougong backup --keys wrote"):
            target.restore(made.path, tmp_path / "bad")
    assert not target.data.exists()


def test_a_backup_takes_no_place_that_is_taken(source: Place) -> None:
    made = source.backup("once.zip", keys="keys")
    content = made.path.read_bytes()
    for name in ("once.zip", "my_app"):
        with pytest.raises(BackupImpossible, match="there already"):
            source.backup(name)
    with pytest.raises(BackupImpossible, match="there already"):
        source.backup("twice.zip", keys="keys")
    assert made.path.read_bytes() == content
    assert not (source.folder / "twice.zip").exists()
    assert default_target(source.settings, FixedClock(NOW)) == source.data / "backups" / "dougong-20260302T010000Z.zip"


def test_where_nothing_is_installed_there_is_nothing_to_back_up(
    database_url: str, database_kind: str, tmp_path: Path
) -> None:
    nothing = place(tmp_path, database_url)
    with pytest.raises((BackupImpossible, DatabaseUnavailable)):
        nothing.backup()
    assert not (tmp_path / "backup.zip").exists()
    assert not list(tmp_path.glob(".*"))


NOTE = {
    "entities/note.yaml": "label: {zh: 便签, en: Note}\ntitle: name\nfields:\n"
    "  name: {type: text, label: {zh: 名称, en: Name}, search: 3}\n"
    "  pinned: {type: boolean, label: {zh: 置顶, en: Pinned}}\n",
    "access/note.yaml": "grants:\n  - {id: all, roles: [worker], actions: [read, create, update, delete]}\n",
}
DUE_ON = (
    ("entities/task.yaml", "  due_on: {type: date, label: {zh: 截止日期, en: Due on}}\n"),
    ("forms/task.yaml", "      - {id: due_on, widget: field, field: due_on, span: 6}\n"),
    ("metrics/open_cost.yaml", "time: due_on\n"),
    ("pages/task.yaml", ", due_on"),
    ("pages/task_list.yaml", "due_on, "),
    ("pages/task_list.yaml", "    sort: [due_on]\n"),
)


def test_what_was_retired_comes_back_and_can_be_reverted(
    source: Place, database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Tombstones are part of a backup, also from one database to the other: a retired column, a table, its search tokens."""
    pack = source.folder / "my_app"
    for name, text in NOTE.items():
        (pack / name).write_text(text, "utf-8")
    with source.opened(timedelta(hours=1)) as installation:
        bring_up_to_date(installation)
        li, values = context_of(installation, "li"), {"name": "便签一", "pinned": True}
        installation.workplace.write(li, lambda work: create(work, "note", values))
    for name in NOTE:
        (pack / name).unlink()
    for name, old in DUE_ON:
        text = (pack / name).read_text("utf-8")
        assert old in text
        (pack / name).write_text(text.replace(old, ""), "utf-8")
    with source.opened(timedelta(hours=2)) as installation:
        assert bring_up_to_date(installation, consent=True)
    made = source.backup()
    verify(made.path, None, silent)
    dsn = request.getfixturevalue("postgres_dsn") if "postgres" in KINDS else None
    other = fresh_url("postgres", dsn, tmp_path) if database_kind == "sqlite" and "postgres" in KINDS else ""
    for name, url in (("same", fresh_url(database_kind, dsn, tmp_path)), ("other", other)):
        target = empty(source, name, url)
        target.restore(made.path)
        database = open_database(target.settings.database_url)
        revert(database)
        assert database.read(lambda session: select(session, "note", ("name",))) == [("便签一",)]
        assert database.read(lambda session: select(session, "note__search", ("record",)))
        days = database.read(lambda session: select(session, "task", ("due_on",)))
        assert {str(row[0]) for row in days} == {"2026-03-05"}
        database.close()


def test_files_that_are_not_there_are_told(source: Place) -> None:
    next(one for one in source.data.glob("files/task/*/*")).unlink()
    (source.data / "inbox" / "link").symlink_to("/etc/passwd")
    made = source.backup()
    assert [one.rpartition("/")[0].rpartition("/")[0] for one in made.manifest.missing] == ["files/task"]
    assert made.manifest.left_out == ("inbox/link",)
    target = empty(source, "target")
    assert target.restore(made.path).manifest.missing == made.manifest.missing


@pytest.mark.one_database
def test_a_backup_that_is_killed_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    source = tiny(tmp_path)
    for name, every, stride in (("killed.zip", 5, 1), ("killed.tar", 5, 1), ("killed", 1000, 19)):
        seen = 0
        for step, _ in deaths("backup", lambda step: source, source.folder / name, every, stride):
            if (source.folder / name).exists():
                assert verify(source.folder / name, None, silent), "it was killed when all was done"
                break
            seen = step
        assert (source.folder / name).exists()
        assert seen > 4
    left = [one.name for one in source.folder.iterdir() if one.name.startswith(".")]
    assert left
    assert all(one.endswith(".part") for one in left)


@pytest.mark.one_database
def test_a_restore_that_is_killed_is_not_served_and_ends_well_when_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tiny(tmp_path)
    made = source.backup(keys="keys")
    refused = 0
    for step, target in deaths("restore", lambda step: empty(source, f"target{step}"), made.path):
        begun = (target.data / UNFINISHED).exists()
        if begun:
            with pytest.raises(RestoreUnfinished, match="dougong restore again"):
                open_installation(target.settings)
            with pytest.raises(RestoreUnfinished):
                target.backup()
            refused += 1
        try:
            target.restore(made.path)
        except NotEmpty:
            assert not begun
            assert step > refused > 5, "it had ended just before"
        assert not (target.data / UNFINISHED).exists()
        assert digests(target.backup().manifest, "dougong_session", *LOG) == digests(
            made.manifest, "dougong_session", *LOG
        )
        assert main(["--data", str(target.data), "--packs", target.settings.packs, "doctor"]) == 0
    assert refused > 5


@pytest.mark.one_database
def test_another_backup_does_not_finish_a_half_restore(tmp_path: Path) -> None:
    source = tiny(tmp_path)
    made = source.backup()
    target = empty(source, "target")
    target.data.mkdir(parents=True)
    (target.data / UNFINISHED).write_text("0" * 64, "ascii")
    with pytest.raises(NotEmpty, match="another backup"):
        target.restore(made.path)
    assert main(["--language", "en", "--data", str(target.data), "doctor"]) == 1
