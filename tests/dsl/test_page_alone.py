"""A page compiled alone is the page that compiling everything gives; what cannot be told alone is not told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dsl.compiler import Compiler
from engine.dsl.item_check import ITEM_KINDS
from engine.dsl.pack_reader import PackFile, parse_document
from engine.installation.served import SHIPPED, WIDGETS, packs_under
from engine.model.app import AppModel
from engine.widgets.registry import read_widgets

PAGE = "b2b_sales/dashboards/audit_desk.yaml"


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    made = Compiler(packs_under(SHIPPED), read_widgets(WIDGETS))
    assert made.compile().model is not None
    yield made


def alone(compiler: Compiler, file: str, text: str) -> AppModel | None:
    pack, kind, name = file.split("/")
    place = PackFile(SHIPPED / file, file, kind, name.removesuffix(".yaml"), pack)
    return compiler.with_page(parse_document(place, text.encode(), "a text of a test")[0])


def pages() -> list[Path]:
    return sorted(path for kind in ITEM_KINDS for path in SHIPPED.glob(f"*/{kind}/*.yaml"))


def test_every_shipped_page_is_the_same_alone(compiler: Compiler) -> None:
    whole = compiler.compile().model
    assert whole is not None
    for path in pages():
        file = path.relative_to(SHIPPED).as_posix()
        made = alone(compiler, file, path.read_text("utf-8"))
        assert made is not None, file
        assert (made.pages, made.forms) == (whole.pages, whole.forms), file


def test_a_change_is_seen_as_compiling_everything_sees_it(compiler: Compiler) -> None:
    before = (SHIPPED / PAGE).read_text("utf-8")
    text = before.replace(
        "items:\n", "items:\n  - {id: fresh, widget: kpi, metric: payment_amount, visible_when: 'true', span: 3}\n", 1
    )
    quick = alone(compiler, PAGE, text)
    compiler.unsaved = {SHIPPED / PAGE: text.encode()}
    try:
        whole = compiler.compile().model
    finally:
        compiler.unsaved = {}
        compiler.compile()
    assert quick is not None
    assert whole is not None
    assert quick.pages["audit_desk"] == whole.pages["audit_desk"]
    assert quick.pages["audit_desk"].items[0].id == "fresh"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("metric: contract_amount", "metric: no_such_metric"),
        ("widget: kpi", "widget: kpie"),
        ("id: k_paid", "id: k_contract"),
        ("roles: [auditor]", "roles: [nobody_at_all]"),
        ('where: "discount > 0.2', 'where: "discont > 0.2'),
        ("columns: [code,", "columns: [no_field,"),
        ("items:", "items: ["),
    ],
)
def test_what_has_a_mistake_is_left_to_the_whole(compiler: Compiler, before: str, after: str) -> None:
    text = (SHIPPED / PAGE).read_text("utf-8")
    assert before in text
    assert alone(compiler, PAGE, text.replace(before, after, 1)) is None


def test_nothing_is_told_before_anything_was_compiled() -> None:
    fresh = Compiler(packs_under(SHIPPED), read_widgets(WIDGETS))
    assert alone(fresh, PAGE, (SHIPPED / PAGE).read_text("utf-8")) is None
