"""What start, upgrade and doctor tell of newer editions of changed packs; merging by command; what is held back for a copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.installation.served import DoesNotCompile
from tests.designer.studio_site import API
from tests.designer.upgrade_site import PACK, Product, editions, product, published

PAGE = f"{PACK}/pages/task.yaml"
LIST = "pages/task_list.yaml"
NOTES = {
    "pack.yaml": "label: {zh: 备注, en: Notes}\nversion: 0.1.0\nlanguages: [zh, en]\nrequires: [tasks]\nicon: box\n",
    "metrics/all_hours.yaml": (
        "label: {zh: 全部工时, en: All hours}\nentity: task\nmeasure: sum(hours)\ntime: due_on\nroles: [worker]\n"
    ),
}


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Product:
    """A product whose pack was changed in an installation."""
    shop = made(product(tmp_path, ""))
    monkeypatch.setenv("DOUGONG_SHIPPED", str(shop.shipped))
    return shop


def made(shop: Product) -> Product:
    with shop.running():
        shop.person().does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        published(shop.person())
    return shop


def told(shop: Product, capsys: pytest.CaptureFixture[str], *command: str, code: int = 0) -> str:
    given = ["--data", str(shop.folder / "data"), "--language", "zh", *command]
    assert main(given) == code
    said = capsys.readouterr()
    return said.out if "--json" in command else said.out + said.err


@pytest.mark.one_database
def test_upgrade_and_doctor_tell_of_it_and_upgrade_merges_it(
    changed: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "新版本" not in told(changed, capsys, "upgrade")
    changed.ships({LIST: changed.shipped_text(LIST).replace("icon: check", "icon: flag")})
    words = "「我的应用」有新版本：1 处更新，0 处冲突"
    assert words in told(changed, capsys, "upgrade")
    assert "newer editions: My app has come in a new edition: 1 update, 0 conflicts" in told(changed, capsys, "doctor")
    assert "--by" in told(changed, capsys, "upgrade", "--merge", PACK, code=1)
    assert "没有账号「nobody」" in told(changed, capsys, "upgrade", "--merge", PACK, "--by", "nobody", code=1)
    merged = told(changed, capsys, "upgrade", "--merge", PACK, "--by", "ann")
    assert "合并「我的应用」的新版本" in merged
    assert words not in merged
    assert "没有要合并的新版本" in told(changed, capsys, "upgrade", "--merge", PACK, "--by", "ann", code=1)
    assert "icon: check" in (changed.copy / LIST).read_text("utf-8"), "never straight live"
    with changed.running():
        ann = changed.person()
        assert "icon: flag" in ann.text(f"{PACK}/{LIST}")
        ann.undo()
        assert "icon: check" in ann.text(f"{PACK}/{LIST}")
    listed = json.loads(told(changed, capsys, "upgrade", "--json"))
    assert [(one["pack"], one["updates"], one["conflicts"]) for one in listed["editions"]] == [(PACK, 1, 0)]


@pytest.mark.one_database
def test_backups_keep_the_base(changed: Product, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed.ships({LIST: changed.shipped_text(LIST).replace("icon: check", "icon: flag")})
    copy, other = tmp_path / "saved.zip", tmp_path / "other"
    assert main(["--data", str(changed.folder / "data"), "backup", str(copy)]) == 0
    assert main(["--data", str(other), "restore", str(copy)]) == 0
    restored = Product(tmp_path / "again", "")
    restored.folder.mkdir()
    other.rename(restored.folder / "data")
    changed.shipped.rename(restored.shipped)
    with restored.running():
        (found,) = editions(restored.person())
        assert (found["known"], found["places"], found["conflicts"]) == (True, 1, 0)


def test_a_release_whose_packs_need_the_newer_edition_serves_the_older_ones_until_it_is_merged(
    tmp_path: Path, database_url: str
) -> None:
    """The copy has a field under its old name that another shipped pack calls by the new one."""
    shop = product(tmp_path, database_url)
    shop.ships(NOTES, "notes")
    made(shop)
    renamed = {
        file: shop.shipped_text(file).replace("hours", "effort").replace("effort_in_a_week", "hours_in_a_week")
        for file in ("pages/task.yaml", "forms/task.yaml", "entities/task.yaml", "tests/task_status.yaml")
    }
    renamed["workflows/task_status.yaml"] = shop.shipped_text("workflows/task_status.yaml").replace("hours", "effort")
    renamed["entities/task.yaml"] = renamed["entities/task.yaml"].replace("effort: {", "effort: {renamed_from: hours, ")
    shop.ships(renamed)
    shop.ships(
        {"metrics/all_hours.yaml": NOTES["metrics/all_hours.yaml"].replace("sum(hours)", "sum(effort)")},
        "notes",
    )
    with shop.running():
        ann = shop.person()
        assert shop.installation is not None
        assert "hours" in shop.installation.models.current().entities["task"].fields
        assert [one["pack"] for one in editions(ann)] == ["notes", PACK]
        ann.does({"do": "take_newer", "pack": PACK})
        assert editions(ann) == [], "what is called anew is called so in the other pack too"
        assert ann.client.get(f"{API}/conflicts").json()["conflicts"] == []
        published(ann)
        assert "effort" in shop.installation.models.current().entities["task"].fields
        assert editions(ann) == []
    with shop.running():
        assert editions(shop.person()) == []


@pytest.mark.one_database
def test_an_installation_that_does_not_compile_for_another_reason_says_so(changed: Product) -> None:
    changed.ships({"pages/task.yaml": "kind: nonsense\n"})
    changed.saves({LIST: "kind: nonsense\n"})
    with pytest.raises(DoesNotCompile), changed.running():
        pass
