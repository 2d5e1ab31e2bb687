"""A rename changes every reference: the renamed application compiles, and nothing of the old name is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.dsl.compiler import Compilation, compile_packs
from engine.dsl.edits import Renaming
from engine.dsl.refactor import rename
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
WHOLE = ROOT / "tests/fixtures/dsl/rename/shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WHOLE, tmp_path / "shop"))


def apply(renaming: Renaming, folder: Path) -> None:
    for file in renaming.edits:
        location = folder / file
        location.write_text(renaming.applied(file, location.read_text("utf-8")), "utf-8")
    for old, new in renaming.moves:
        (folder / old).rename(folder / new)


def renamed(shop: Path, target: str, new: str) -> Compilation:
    before = compile_packs([shop], WIDGETS)
    assert [one.as_text() for one in before.diagnostics] == []
    renaming = rename(before.documents, WIDGETS, target, new)
    assert isinstance(renaming, Renaming), renaming
    apply(renaming, shop.parent)
    return compile_packs([shop], WIDGETS)


@pytest.mark.parametrize(
    ("target", "new"),
    [
        ("product.name", "title"),
        ("product.tier", "class_of_product"),
        ("order.customer", "buyer"),
        ("order_line.quantity", "pieces"),
        ("order_line.amount", "line_total"),
        ("order_line.order", "purchase"),
        ("order.total", "grand_total"),
        ("order.status", "stage"),
        ("order.placed_on", "ordered_on"),
        ("customer", "client"),
        ("order", "purchase"),
        ("order_line", "purchase_line"),
    ],
)
def test_everything_follows_a_rename(shop: Path, target: str, new: str) -> None:
    after = renamed(shop, target, new)
    assert [one.as_text() for one in after.diagnostics] == []
    assert after.model is not None
    entity, _, field = target.partition(".")
    if field:
        assert field not in after.model.entities[entity].fields
        assert after.model.entities[entity].fields[new].renamed_from == (field,)
    else:
        assert entity not in after.model.entities
        assert after.model.entities[new].renamed_from == (entity,)


def test_a_rename_there_and_back_leaves_the_text_as_it_was_but_for_the_former_name(shop: Path) -> None:
    before = {file: file.read_text("utf-8") for file in sorted(shop.rglob("*.yaml"))}
    renamed(shop, "order_line.quantity", "pieces")
    again = compile_packs([shop], WIDGETS)
    back = rename(again.documents, WIDGETS, "order_line.pieces", "quantity")
    assert isinstance(back, Renaming)
    apply(back, shop.parent)
    for file, text in before.items():
        assert file.read_text("utf-8").replace(", renamed_from: pieces", "") == text


@pytest.mark.parametrize(
    ("target", "new", "code"),
    [
        ("ordr", "purchase", "E301"),
        ("order.totl", "sum", "E302"),
        ("order.total", "Gesamt", "E214"),
        ("order.total", "version", "E126"),
        ("order", "user", "E126"),
        ("order.total", "status", "E128"),
        ("order", "customer", "E128"),
        ("order.total", "lines", "E128"),
    ],
)
def test_a_rename_that_cannot_be_is_refused(target: str, new: str, code: str) -> None:
    result = rename(compile_packs([WHOLE], WIDGETS).documents, WIDGETS, target, new)
    assert not isinstance(result, Renaming)
    assert [one.code for one in result] == [code]


@pytest.mark.parametrize(
    ("target", "new", "code"),
    [
        ("entities/order", "purchase", "E326"),
        ("alerts/late", "later", "E326"),
        ("units/store.seats.head", "boss", "E326"),
        ("roles/nobody", "somebody", "E327"),
        ("forms/order", "order_form", "E328"),
        ("roles/clerk", "Clerk", "E214"),
        ("pages/order", "sales", "E128"),
        ("workflows/order_status.states.gone", "left", "E309"),
    ],
)
def test_what_cannot_be_renamed_is_told_in_words(shop: Path, target: str, new: str, code: str) -> None:
    """A page and a dashboard bear no one name; an entity's own form keeps its name while there are others."""
    form = (shop / "forms/order.yaml").read_text("utf-8")
    (shop / "forms/order_short.yaml").write_text(form, "utf-8")
    found = rename(compile_packs([shop], WIDGETS).documents, WIDGETS, target, new)
    assert not isinstance(found, Renaming)
    assert [one.code for one in found] == [code]
    assert all(one.message.text(language) and one.hint for one in found for language in ("zh", "en"))
