"""The store registry against a live installation: nothing is stored anywhere that is not declared."""

from __future__ import annotations

from pathlib import Path

from sqlglot import parse_one

from engine.application import Installation, open_installation
from engine.runtime.database.statements import compile_statement
from engine.runtime.schema.executor import revert
from engine.runtime.settings import Settings
from engine.runtime.stores import declared_stores, live_tables, undeclared
from tests.images import Images
from tests.web.site import EMPTY


def _made(folder: Path, url: str) -> None:
    EMPTY.place(folder, url)
    open_installation(Settings(data=folder, database=url)).database.close()


IMAGES = Images(_made)


def opened(tmp_path: Path, database_url: str) -> Installation:
    settings = Settings(data=tmp_path / "data", database=database_url if database_url.startswith("postgres") else "")
    IMAGES.place(settings.data, settings.database)
    return open_installation(settings)


def test_every_table_and_file_of_an_installation_is_declared(tmp_path: Path, database_url: str) -> None:
    installation = opened(tmp_path, database_url)
    model, folder = installation.models.current(), installation.settings.data
    assert installation.database.read(lambda session: undeclared(session, model, folder)) == ()
    installation.database.close()


def test_a_table_and_a_file_that_nobody_declares_are_found(tmp_path: Path, database_url: str) -> None:
    installation = opened(tmp_path, database_url)
    model, folder = installation.models.current(), installation.settings.data
    (folder / "dump.csv").write_text("x")
    stray = compile_statement(
        parse_one("CREATE TABLE stray (id BIGINT)", read="postgres"), installation.database.dialect
    )
    installation.database.write(lambda session: session.execute(stray))
    found = installation.database.read(lambda session: undeclared(session, model, folder))
    assert found == ("dump.csv", "stray")
    installation.database.close()


def test_what_a_reverted_migration_left_is_known(tmp_path: Path, database_url: str) -> None:
    installation = opened(tmp_path, database_url)
    model, folder = installation.models.current(), installation.settings.data
    revert(installation.database)
    live = installation.database.read(live_tables)
    assert any(name.startswith("_undone_") for name in live)
    assert installation.database.read(lambda session: undeclared(session, model, folder)) == ()
    installation.database.close()


def test_every_store_says_what_it_holds_and_how_a_subject_leaves_it(tmp_path: Path, database_url: str) -> None:
    installation = opened(tmp_path, database_url)
    stores = declared_stores(installation.models.current())
    assert len({store.name for store in stores}) == len(stores)
    assert all(store.holds and store.owner.startswith(("engine.", "designer")) for store in stores)
    installation.database.close()
