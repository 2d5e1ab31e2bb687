"""The model kept between starts: the same model, only for the same texts, and never anything but a model."""

from __future__ import annotations

import hmac
import pickle
import shutil
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from queue import Queue
from threading import Event

import pytest

from engine.installation.kept_model import FILE, Shelf, fingerprint
from engine.installation.reload import Reloader
from engine.installation.served import SHIPPED, ServedModel, compiled_packs, packs_under
from engine.model.app import AppModel
from engine.runtime.nodes.registry import node_specs
from tests.cli.new_app import new_app
from tests.web.site import shipped

KEY = b"key of the installation"


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED / "organisation", tmp_path / "packs" / "organisation")
    return tmp_path / "packs"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "data").mkdir()
    return Shelf(tmp_path / "data", KEY)


def marked(model: AppModel) -> AppModel:
    """The model with a mark that no compiler gives it."""
    return replace(model, fingerprint="kept")


def test_the_kept_model_is_the_compiled_one(shelf: Shelf) -> None:
    model = shipped().current()
    shelf.keep(b"1" * 32, model)
    kept = shelf.load(b"1" * 32)
    assert kept == model
    assert kept is not None
    assert kept.suites == model.suites and kept.demos == model.demos


def test_a_start_serves_what_an_earlier_one_has_kept(shelf: Shelf, packs: Path) -> None:
    first = compiled_packs(str(packs), shelf)
    shelf.keep(first.fingerprint(), marked(first.current()))
    assert compiled_packs(str(packs), shelf).current().fingerprint == "kept"


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed"])
def test_a_changed_text_is_compiled(shelf: Shelf, packs: Path, change: str) -> None:
    first = compiled_packs(str(packs), shelf)
    shelf.keep(first.fingerprint(), marked(first.current()))
    pages = sorted((packs / "organisation" / "pages").glob("*.yaml"))
    suites = sorted((packs / "organisation" / "tests").glob("*.yaml"))
    if change == "edited":
        pages[0].write_text(pages[0].read_text("utf-8") + "# read again\n", "utf-8")
    elif change == "added":
        shutil.copy(suites[0], suites[0].with_name("another.yaml"))
    elif change == "removed":
        suites[0].unlink()
    else:
        suites[0].rename(suites[0].with_name("another.yaml"))
    assert compiled_packs(str(packs), shelf).current().fingerprint != "kept"


@pytest.mark.parametrize(
    ("kinds", "name", "change"),
    [
        ("nodes", "filter", {"settings_schema": {"type": "object", "required": ["more"]}}),
        ("nodes", "filter", {"inputs": ()}),
        ("connectors", "csv", {"remote": True}),
    ],
)
def test_packs_that_are_judged_otherwise_are_compiled(
    shelf: Shelf, packs: Path, kinds: str, name: str, change: dict[str, object]
) -> None:
    """A newer edition of the product or of a distribution declares a kind of node or a connector otherwise."""
    first = compiled_packs(str(packs), shelf)
    shelf.keep(first.fingerprint(), marked(first.current()))
    newer = ServedModel(packs_under(packs), shelf)
    known = getattr(newer.compiler, kinds)
    setattr(newer.compiler, kinds, {**known, name: replace(known[name], **change)})
    newer.open()
    assert newer.current().fingerprint != "kept"


def test_the_order_in_which_a_process_has_purposes_makes_no_difference() -> None:
    """Texts have another hash in every process, so that sets of them stand in another order."""
    words = [str(number) for number in range(99)]
    one, other = next(
        (frozenset(pair), frozenset(pair[::-1]))
        for pair in combinations(words, 2)
        if list(frozenset(pair)) != list(frozenset(pair[::-1]))
    )
    spec = node_specs()["filter"]
    made = {fingerprint((), {"filter": replace(spec, purposes=purposes)}, {}) for purposes in (one, other)}
    assert len(made) == 1
    assert fingerprint((), {"filter": replace(spec, purposes=frozenset())}, {}) not in made


def test_a_text_that_changes_while_it_is_compiled_is_not_kept(shelf: Shelf, packs: Path) -> None:
    models = ServedModel(packs_under(packs), shelf)
    models.keep(shipped().current(), b"0" * 32)
    assert not (shelf.folder / FILE).exists()


def test_a_file_of_another_key_or_with_another_byte_is_not_read(shelf: Shelf) -> None:
    shelf.keep(b"1" * 32, shipped().current())
    path = shelf.folder / FILE
    content = path.read_bytes()
    assert Shelf(shelf.folder, b"another key").load(b"1" * 32) is None
    for place in (0, 33, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert shelf.load(b"1" * 32) is None
    path.write_bytes(b"")
    assert shelf.load(b"1" * 32) is None


@pytest.mark.one_database
def test_a_model_that_cannot_be_kept_ends_no_reloading(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeping is for the next start: whatever goes wrong in it, the next save is served."""
    place, tried, said = new_app(tmp_path, "kept_app", database_url), Event(), Queue[str]()
    entity = tmp_path / "kept_app" / "entities" / "task.yaml"
    text = entity.read_text("utf-8")

    def broken(model: AppModel, before: bytes) -> None:
        tried.set()
        raise RuntimeError

    monkeypatch.setattr("engine.installation.reload.IDLE", 50)
    monkeypatch.setattr(place.models, "keep", broken)
    reloader = Reloader(place.models, place.workplace, place.clock, place.settings.zone, said.put)
    reloader.start()
    try:
        for name in ("One", "Two"):
            entity.write_text(text.replace("en: Name}", f"en: {name}}}", 1), "utf-8")
            assert "task" in said.get(timeout=20)
            assert tried.wait(20)
    finally:
        reloader.stop()
        reloader._thread.join(20)


class _Forged:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return Path.mkdir, (self.folder,)


def test_not_even_a_well_sealed_file_can_call_anything(shelf: Shelf) -> None:
    witness = shelf.folder / "called"
    rest = b"1" * 32 + pickle.dumps(_Forged(witness))
    seal = hmac.digest(hmac.digest(KEY, FILE.encode(), "sha256"), rest, "sha256")
    (shelf.folder / FILE).write_bytes(seal + rest)
    assert shelf.load(b"1" * 32) is None
    assert not witness.exists()
    pickle.loads(rest[32:])
    assert witness.exists(), "the forged file does call something where nothing guards it"


def test_the_file_is_for_its_owner_alone(shelf: Shelf) -> None:
    shelf.keep(b"1" * 32, shipped().current())
    assert (shelf.folder / FILE).stat().st_mode & 0o077 == 0
