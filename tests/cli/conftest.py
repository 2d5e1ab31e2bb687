"""Fixtures of commands: a desk to train at, on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from tests.cli.model_desk import BOSS, Desk
from tests.conftest import KINDS, fresh_url


@pytest.fixture(params=KINDS)
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, tmp_path)
    monkeypatch.setenv("DOUGONG_DATABASE", url if request.param == "postgres" else "")
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", "a-first-password")
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    (tmp_path / "my_app/roles/boss.yaml").write_text(BOSS, "utf-8")
    capsys.readouterr()
    return Desk(tmp_path, lambda: "".join(capsys.readouterr()))
