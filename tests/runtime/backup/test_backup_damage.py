"""Damaged and hostile backups: each is refused in words, by verifying and by restoring, and nothing is written anywhere."""

from __future__ import annotations

import json
import random
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from runtime.backup.backup_world import Place, place, tiny
from runtime.backup.forging import forged, listed, refit, tarred, zipped

from engine.cli import main
from engine.runtime.audit import newest
from engine.runtime.backup.manifest import MANIFEST

pytestmark = pytest.mark.one_database


@dataclass
class Desk:
    """A tiny installation with its backup in every form, and what commands say of a backup."""

    place: Place
    keys: Path
    folder: Path
    zip: Path
    tar: Path
    read: Callable[[], str] = str
    fresh: Path = Path()

    def verify(self, path: Path, *words: str) -> tuple[int, str]:
        code = main(["--language", "en", "verify-backup", str(path), *words])
        said = self.read()
        assert "Traceback" not in said
        return code, said

    def refuses(self, path: Path, *words: str) -> str:
        """What is said of a backup that neither command takes; where it should have gone there is nothing."""
        code, said = self.verify(path, *words)
        assert code == 1, said
        data = self.fresh / "data"
        assert main(["--language", "en", "--data", str(data), "restore", str(path), *words]) == 1
        self.read()
        assert not data.exists() or {one.name for one in data.iterdir()} <= {"dougong.sqlite3", "dougong.sqlite3.lock"}
        shutil.rmtree(data, ignore_errors=True)
        return said

    def copy(self) -> Path:
        return Path(shutil.copytree(self.folder, self.fresh / "copy"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    place = tiny(tmp_path_factory.mktemp("damage"))
    first = place.backup("whole", keys="keys")
    assert first.keys is not None
    return Desk(place, first.keys, first.path, place.backup("whole.zip").path, place.backup("whole.tar").path)


@pytest.fixture
def desk(made: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made.read, made.fresh = lambda: "".join(capsys.readouterr()), tmp_path
    made.read()
    return made


def flipped(path: Path, position: int) -> Path:
    content = bytearray(path.read_bytes())
    content[position] ^= 0x10
    path.write_bytes(bytes(content))
    return path


def test_a_whole_backup_is_well_in_every_form(desk: Desk) -> None:
    """The control of all tests here."""
    for path in (desk.folder, desk.zip, desk.tar):
        assert desk.verify(path)[0] == 0
        code, said = desk.verify(path, "--keys", str(desk.keys), "--json")
        found = json.loads(said)
        assert (code, found["whole"], found["seals_checked"]) == (0, True, True)
        assert found["rows"] > 10
    same = forged(desk.folder, desk.fresh / "same", {})
    assert desk.verify(zipped(same, desk.fresh / "same.zip"))[0] == 0, "what the tests forge is otherwise fit"
    assert desk.verify(tarred(same, desk.fresh / "same.tar"))[0] == 0


def test_a_flipped_byte_of_any_entry_is_named(desk: Desk) -> None:
    for path in sorted(one for one in desk.folder.rglob("*") if one.is_file() and one.stat().st_size):
        name = path.relative_to(desk.folder).as_posix()
        copy = desk.copy()
        flipped(copy / name, path.stat().st_size // 2)
        code, said = desk.verify(copy)
        assert code == 1, name
        assert ("manifest" if name == MANIFEST else name) in said
        shutil.rmtree(copy)
    flipped(desk.copy() / "tables/task.jsonl", 5)
    assert "tables/task.jsonl" in desk.refuses(desk.fresh / "copy")


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_flipped_byte_anywhere_is_refused_or_without_effect(desk: Desk, ending: str) -> None:
    """Archives have bytes of their own (times, rights) that say nothing of the content."""
    source = desk.zip if ending == "zip" else desk.tar
    chance = random.Random(7)
    size, refused = source.stat().st_size, 0
    whole = json.loads(desk.verify(source, "--json")[1])["digest"]
    for _ in range(120):
        copy = flipped(Path(shutil.copy(source, desk.fresh / f"copy.{ending}")), chance.randrange(size))
        code, said = desk.verify(copy, "--json")
        assert code == 1 or json.loads(said)["digest"] == whole
        refused += code
    assert refused > 30


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_truncated_archive_is_refused(desk: Desk, ending: str) -> None:
    source = desk.zip if ending == "zip" else desk.tar
    content = source.read_bytes()
    short = desk.fresh / f"short.{ending}"
    for length in [0, 1, 3, 100, *range(1000, len(content), len(content) // 25), len(content) - 1]:
        short.write_bytes(content[:length])
        code, said = desk.verify(short)
        assert code == 1
        assert "cut short" in said or "no backup" in said or "manifest" in said
    assert "cannot be read" in desk.refuses(short)


def test_what_is_missing_or_too_much_is_named(desk: Desk) -> None:
    copy = desk.copy()
    (copy / "tables/task.jsonl").unlink()
    next(copy.glob("files/task/*/*")).unlink()
    (copy / "tables/other.jsonl").write_bytes(b"")
    said = desk.refuses(copy)
    assert "tables/task.jsonl is missing" in said
    assert "files/task/" in said
    assert "tables/other.jsonl is not in the manifest" in said
    (copy / MANIFEST).unlink()
    assert "no manifest" in desk.refuses(copy)


def test_a_changed_manifest_is_refused(desk: Desk) -> None:
    copy = desk.copy()
    text = (copy / MANIFEST).read_text("utf-8")
    for changed in (
        text.replace('"rows": 3,', '"rows": 4,', 1),
        text.replace("2026-03-02", "2027-03-02", 1),
        text.replace('"name": "task"', '"name": "tusk"', 1),
        text.replace('"format": 1', '"format": 0', 1),
        text.replace('"seal"', '"zeal"', 1),
        text[:-30],
        "[" * 100_000,
        "{}",
        "null",
    ):
        assert changed != text
        (copy / MANIFEST).write_text(changed, "utf-8")
        assert "manifest" in desk.refuses(copy)
    (copy / MANIFEST).write_text(text.replace('"format": 1', '"format": 2', 1), "utf-8")
    assert "upgrade dougong" in desk.refuses(copy)


def test_a_manifest_written_anew_is_seen_with_the_keys(desk: Desk) -> None:
    def later(manifest: dict[str, object]) -> None:
        manifest["instant"] = "2027-03-02T01:00:00+00:00"

    copy = refit(desk.copy(), later)
    assert desk.verify(copy)[0] == 0, "without the key nobody can tell"
    assert "did not seal" in desk.refuses(copy, "--keys", str(desk.keys))


@pytest.mark.parametrize(
    ("entry", "edit", "said"),
    [
        ("tables/task.jsonl", lambda text: text + b"[1,2]\n", "no row of task"),
        ("tables/task.jsonl", lambda text: text.replace(b"[", b"[[", 1), "no row of task"),
        ("tables/task.jsonl", lambda text: b"[" * 50_000 + b"\n", "no row of task"),
        ("tables/task.jsonl", lambda text: text.splitlines(True)[0] + text, "break constraint"),
        ("tables/task.jsonl", lambda text: b"".join(reversed(text.splitlines(True))), "Table task reads back"),
        ("tables/dougong_user.jsonl", lambda text: b"", "point at rows that are not there"),
        ("tables/dougong_schema.jsonl", lambda text: text.replace(b'"task"', b'"tosk"', 1), ""),
    ],
    ids=["short", "nested", "deep", "twice", "order", "dangling", "schema"],
)  # fmt: skip
def test_rows_that_cannot_be_are_refused_though_the_digests_fit(
    desk: Desk, entry: str, edit: Callable[[bytes], bytes], said: str
) -> None:
    assert said in desk.refuses(forged(desk.folder, desk.fresh / "forged", {entry: edit}))


@pytest.mark.parametrize(
    ("entry", "old", "new", "position"),
    [("audit", b"[1,", b"[0,", 1), ("audit", b"[3,", b"[7,", 3), ("audit_head", b"[1,3,", b"[1,2,", 4)],
)
def test_a_broken_log_is_found_and_holds_up_no_restore(
    desk: Desk, entry: str, old: bytes, new: bytes, position: int
) -> None:
    """An installation whose log is broken must be restorable; it says so itself."""
    name = f"tables/dougong_{entry}.jsonl"
    copy = forged(desk.folder, desk.fresh / "forged", {name: lambda text: text.replace(old, new, 1)})
    assert f"audit log is broken from entry {position}" in desk.verify(copy)[1]
    target = place(desk.fresh / "new", packs=desk.place.folder / "my_app")
    assert target.restore(copy).log_broken == str(position)
    with target.opened() as installation:
        act = installation.database.read(lambda session: newest(session, limit=1))[0].act
    assert (act.action, f"chain=broken:{position}" in act.subject) == ("restore", True)


def test_a_log_entry_rewritten_is_seen_with_the_keys(desk: Desk) -> None:
    edit = {"tables/dougong_audit.jsonl": lambda text: text.replace(b"file=1", b"file=7")}
    copy = forged(desk.folder, desk.fresh / "forged", edit)
    whole = json.loads((copy / MANIFEST).read_text("utf-8"))
    (copy / MANIFEST).write_text(json.dumps({**whole, "seal": ""}), "utf-8")
    assert "audit log is broken from entry 2" in desk.verify(copy, "--keys", str(desk.keys))[1]


def test_an_attachment_that_is_another_is_refused(desk: Desk) -> None:
    name = next(one for one in desk.folder.rglob("files/task/*/*")).relative_to(desk.folder).as_posix()
    copy = forged(desk.folder, desk.fresh / "forged", {name: lambda content: b"another contract"})
    assert "does not hold what its name says" in desk.verify(copy)[1]


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "files/../../evil", "files/./evil", "files//evil", "C:/evil", "files/a\\..\\evil", "evil", "files/", "tables/..", "backups/evil", "cursor.key"]
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(desk: Desk, name: str) -> None:
    also = {"name": name, "size": 4, "sha256": "0" * 64}
    copy = refit(desk.copy(), lambda manifest: manifest["files"].append(also))  # type: ignore[attr-defined]
    info = tarfile.TarInfo(name)
    for path in (zipped(copy, desk.fresh / "evil.zip", (name, b"evil")), tarred(copy, desk.fresh / "evil.tar", info)):
        said = desk.refuses(path)
        assert "no place in a backup" in said or "no plain file" in said
    assert not list(desk.fresh.parent.rglob("evil"))


def test_links_devices_and_entries_given_twice_are_refused(desk: Desk) -> None:
    copy = desk.copy()
    link = tarfile.TarInfo("files/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device = tarfile.TarInfo("files/device")
    device.type = tarfile.CHRTYPE
    for info in (link, device):
        assert "no plain file" in desk.refuses(tarred(copy, desk.fresh / "odd.tar", info))
    info = zipfile.ZipInfo("files/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "no plain file" in desk.refuses(zipped(copy, desk.fresh / "odd.zip", (info, b"/etc/passwd")))
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped(copy, desk.fresh / "twice.zip", ("tables/task.jsonl", b""))
    assert "there twice" in desk.refuses(desk.fresh / "twice.zip")
    again = tarfile.TarInfo("tables/task.jsonl")
    assert "there twice" in desk.refuses(tarred(copy, desk.fresh / "twice.tar", again))
    (copy / "files/link").symlink_to("/etc/passwd")
    assert "no plain file" in desk.refuses(copy)


def test_a_bomb_is_refused_before_it_is_unpacked(desk: Desk) -> None:
    honest = listed(desk.copy(), "inbox/bomb", b"\0" * 150_000_000)
    bomb = zipped(honest, desk.fresh / "bomb.zip")
    assert bomb.stat().st_size < 300_000
    assert "times its own" in desk.refuses(bomb)
    (honest / "inbox/bomb").write_bytes(b"\0" * 10)
    assert "inbox/bomb has 10 bytes" in desk.refuses(zipped(honest, desk.fresh / "liar.zip"))


def test_what_does_not_fit_on_the_disk_is_refused(desk: Desk) -> None:
    copy = desk.copy()
    big = copy / "inbox/big"
    with big.open("wb") as file:
        file.truncate(1 << 42)
    size = {"name": "inbox/big", "size": 1 << 42, "sha256": "0" * 64}
    refit(copy, lambda manifest: manifest["files"].append(size))  # type: ignore[attr-defined]
    assert "MB left" in desk.refuses(copy)


def test_what_is_no_backup_is_said_to_be_none(desk: Desk) -> None:
    (desk.fresh / "text.zip").write_text("hello", "utf-8")
    (desk.fresh / "empty").mkdir()
    with zipfile.ZipFile(desk.fresh / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name in ("text.zip", "empty", "other.zip"):
        assert desk.refuses(desk.fresh / name).strip()
    assert desk.verify(desk.fresh / "nothing.zip")[0] == 2
    code, said = desk.verify(desk.fresh / "nothing.zip", "--json")
    assert (code, json.loads(said)["error"]["code"]) == (2, "backup_damaged")
    assert json.loads(desk.verify(desk.fresh / "empty", "--json")[1])["whole"] is False
