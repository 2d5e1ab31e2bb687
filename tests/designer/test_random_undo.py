"""Random sequences of commands over HTTP: every undo gives back the bytes, every redo the change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from designer.draft import acting
from tests.conftest import KINDS, unmade_url
from tests.designer.random_commands import FILE, command_for, data_of
from tests.designer.random_texts import Maker
from tests.designer.studio_site import Designer
from tests.designer.workshop import Workshop, workshop

SEQUENCES, LENGTH = 12, 6


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with workshop(tmp_path, unmade_url(request.param, dsn, tmp_path)) as opened:
        opened.person("ann").does({"do": "create", "file": "shop/pack.yaml", "text": "label: Shop\n"})
        yield opened


def whole(one: Designer) -> str:
    return str(one.file(FILE)["hash"])


def sequence(ann: Designer, seed: int) -> None:
    random = Random(seed)
    maker = Maker(random)
    ann.does({"do": "create", "file": FILE, "text": maker.text(maker.data())})
    known = [whole(ann)]
    for _ in range(LENGTH):
        text = ann.text(FILE)
        body = ann.does(command_for(random, maker, data_of(text)))
        if body["files"]:
            known.append(whole(ann))
    for before in reversed(known[:-1]):
        ann.undo()
        assert whole(ann) == before, seed
    for after in known[1:]:
        ann.redo()
        assert whole(ann) == after, seed
    ann.does({"do": "delete", "file": FILE})


def test_every_undo_gives_back_the_bytes(shop: Workshop) -> None:
    ann = shop.person("ann")
    for seed in range(SEQUENCES):
        sequence(ann, seed)


def test_an_undo_that_gives_back_something_else_is_found(shop: Workshop, request: pytest.FixtureRequest) -> None:
    right = acting._kept
    request.addfinalizer(lambda: setattr(acting, "_kept", right))
    acting._kept = lambda desk, known: (right(desk, known) or "") + "\n"  # type: ignore[assignment]
    with pytest.raises(AssertionError):
        sequence(shop.person("ann"), 1)
