"""`dougong versions` and `dougong rollback`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.installation.served import SHIPPED
from tests.designer.publishing_world import ENTITY, shipped_world, world


def told(folder: Path, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    given = ["--data", str(folder / "data"), "--packs", str(folder / "packs"), "--language", "zh", *command]
    assert main(given) == 0
    return capsys.readouterr().out


@pytest.mark.one_database
def test_versions_are_listed_and_gone_back_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world(tmp_path, "") as here:
        old = here.live()
        here.publish(here.with_field())
    assert "新增 1 个字段" in told(tmp_path, capsys, "versions")
    listed = json.loads(told(tmp_path, capsys, "versions", "--json"))
    first = next(one["id"] for one in listed if one["sort"] == "first")
    shown = told(tmp_path, capsys, "rollback", first)
    assert "去掉字段「地点」(place)" in shown
    assert "什么都没有改动" in shown
    assert "已退回" in told(tmp_path, capsys, "rollback", first, "--yes", "--consent")
    with world(tmp_path, "") as here:
        assert here.live()[ENTITY] == old[ENTITY]


@pytest.mark.one_database
def test_a_version_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world(tmp_path, ""):
        pass
    given = ["--data", str(tmp_path / "data"), "--packs", str(tmp_path / "packs"), "rollback", "nonsense"]
    assert main(given) != 0
    assert "dougong versions" in "".join(capsys.readouterr())


@pytest.mark.one_database
def test_the_first_change_of_a_shipped_pack_makes_a_copy_that_backups_keep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped files stay as they are; the copy is served in their place, also after a restore."""
    data, copy, other = tmp_path / "data", tmp_path / "saved.zip", tmp_path / "other"
    file = "organisation/roles/auditor.yaml"
    with shipped_world(data) as here:
        text = here.live()[file]
        here.publish({file: text + "# theirs\n"})
        assert here.live()[file] == text + "# theirs\n"
    assert (data / "packs" / file).read_text("utf-8") == text + "# theirs\n"
    assert (SHIPPED / file).read_text("utf-8") == text
    assert main(["--data", str(data), "backup", str(copy)]) == 0
    assert main(["--data", str(other), "restore", str(copy)]) == 0
    assert (other / "packs" / file).read_text("utf-8") == text + "# theirs\n"
    assert sorted(path.name for path in (other / "packs").iterdir()) == ["organisation"]
    capsys.readouterr()
    main(["--data", str(other), "doctor"])
    assert "own packs: organisation" in capsys.readouterr().out
