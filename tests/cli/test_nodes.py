"""Commands hold a node while they make identifiers, so that two of them, or one and a server, never make the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from engine.application import Installation
from engine.cli.opening import opened, writing
from engine.runtime.identifiers import NODES, SEQUENCE_BITS
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from tests.conftest import fresh_url

Opening = Callable[[Settings], AbstractContextManager[Installation]]
NOW = "2026-03-02T09:00:00+08:00"


def settings_of(folder: Path, url: str) -> Settings:
    pack = folder / "pack" / "tiny"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text("label: {zh: 小, en: Tiny}\nversion: 1.0.0\n", "utf-8")
    database = url if url.startswith("postgres") else ""
    return Settings(data=folder / "data", packs=str(pack), database=database, now=NOW)


def nodes_of(installation: Installation) -> set[int]:
    """The nodes of a few identifiers that the installation makes."""
    return {installation.ids.next() >> SEQUENCE_BITS & NODES - 1 for _ in range(3)}


def test_a_command_gives_its_node_back(tmp_path: Path, database_url: str) -> None:
    settings = settings_of(tmp_path, database_url)
    with writing(settings) as installation:
        assert nodes_of(installation) == {1}
        held = installation.database.read(lambda session: select(session, "dougong_node", ("id", "holder")))
        assert len(held) == 1
        assert held[0][1]
    with writing(settings) as installation:
        assert nodes_of(installation) == {1}


@pytest.mark.parametrize(("opening", "alike"), [(writing, False), (opened, True)])
def test_two_commands_at_once_share_no_node(
    tmp_path: Path, postgres_server: str, opening: Opening, alike: bool
) -> None:
    """On PostgreSQL, since a SQLite database has one process. The control opens without a lease: both are node 0."""
    settings = settings_of(tmp_path, fresh_url("postgres", postgres_server, tmp_path))
    with opening(settings) as one, opening(settings) as other:
        assert bool(nodes_of(one) & nodes_of(other)) is alike
