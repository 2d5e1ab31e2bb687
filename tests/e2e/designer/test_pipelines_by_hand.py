"""Pipelines by hand, with nodes that a distribution of its own brings to a real server: dragged in, joined, set, kept, missed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.designer.workshop import PACK
from tests.distributions import NODES, install
from tests.e2e.designer.drafted import data, text, until
from tests.e2e.designer.small_app import installed
from tests.e2e.people import Person, Server
from tests.e2e.serving import serving_only

FILE = f"{PACK}/pipelines/takings.yaml"
LONG = 90_000


@dataclass
class Tills:
    """An installation, and the site folder that its server process finds distributions in."""

    folder: Path

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @contextmanager
    def served(self) -> Iterator[Server]:
        packs = self.folder / "packs"
        with serving_only(self.folder / "data", str(packs), {"PYTHONPATH": str(self.site)}) as address:
            yield Server(address, packs)


@pytest.fixture
def tills(tmp_path: Path) -> Tills:
    """The smallest application with somebody who designs it, and a distribution of nodes installed beside the product."""
    installed(tmp_path)
    made = Tills(tmp_path)
    made.site.mkdir()
    install(NODES, made.site)
    return made


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.svelte-flow__node[data-node="{name}"]')


def port(page: Page, name: str, which: str, way: str) -> Locator:
    return page.locator(f'.svelte-flow__handle.{way}[data-nodeid="{name}"][data-handleid="{which}"]')


def drag(page: Page, start: Locator, end: Locator | tuple[float, float]) -> None:
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    assert box is not None
    at = end if isinstance(end, tuple) else _middle(end)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(at[0], at[1], steps=8)
    page.mouse.up()


def _middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def edges(page: Page) -> list[dict[str, str]]:
    return list(data(page, FILE).get("edges", []))


def test_a_node_of_an_installed_distribution_is_dragged_in_joined_set_kept_and_missed(
    browser: Browser, tills: Tills
) -> None:
    with tills.served() as server:
        person = Person(browser, server, "ann")
        page = person.page
        page.emulate_media(reduced_motion="reduce")
        assert person.open("/designer") == 200
        begun(page)
        dragged_in_and_set(page)
        refused_and_joined_by_keys(page)
        put_between_and_taken_out(page)
        assert person.axe_in_both_looks() == []
        kept = text(page, FILE)
        page.reload()
        expect(page.locator(".svelte-flow__node")).to_have_count(5, timeout=LONG)
        assert text(page, FILE) == kept
        assert person.errors == []
        person.close()
    shutil.rmtree(tills.site)
    tills.site.mkdir()
    with tills.served() as server:
        missed(browser, server, kept)


def begun(page: Page) -> None:
    """A new pipeline from the start page; its kinds are found by initials of pinyin."""
    page.get_by_role("button", name="新建管道").click(timeout=LONG)
    page.get_by_label("名称").fill("Takings")
    page.keyboard.press("Enter")
    page.locator('[data-chip="node till_rows"]').wait_for(timeout=LONG)
    page.get_by_placeholder("找节点").fill("syls")
    expect(page.locator("[data-chip]")).to_have_count(1)
    expect(page.locator("[data-chip]")).to_contain_text("收银流水")


def dragged_in_and_set(page: Page) -> None:
    """A source by drag, its table by a pick list; what is clicked comes behind it, set with a formula that is judged."""
    sheet = page.locator("[data-pipeline] .sheet")
    drag(page, page.locator('[data-chip="node till_rows"]'), _middle(sheet))
    expect(node(page, "till_rows")).to_be_visible(timeout=LONG)
    panel = page.locator("[data-graph-panel]")
    panel.get_by_label("哪张表").select_option("task")
    expect(node(page, "till_rows")).to_contain_text("事项", timeout=LONG)
    page.get_by_placeholder("找节点").fill("")
    page.locator('[data-chip="node round_up"]').click()
    expect(node(page, "round_up")).to_be_visible(timeout=LONG)
    assert edges(page) == [{"from": "till_rows", "to": "round_up"}]
    panel.get_by_label("凑整哪个字段").select_option("cost")
    panel.get_by_role("button", name="只凑合计").click()
    formula = panel.get_by_label("只凑哪些行")
    formula.click()
    page.keyboard.type("hourss > 2")
    expect(panel).to_contain_text("没有名为 hourss 的字段", timeout=LONG)
    for key in ("Escape", "Home", *["ArrowRight"] * len("hours"), "Delete"):
        page.keyboard.press(key)
    formula.blur()
    wanted = {"field": "cost", "way": "sum", "where": "hours > 2"}
    until(page, lambda: data(page, FILE)["nodes"][1].get("settings") == wanted)


def refused_and_joined_by_keys(page: Page) -> None:
    """Ports that do not fit refuse and say why; keys find the input that is free."""
    page.locator('[data-chip="node till_shape"]').click()
    expect(node(page, "till_shape")).to_be_visible(timeout=LONG)
    page.locator('[data-chip="node both_tills"]').click()
    expect(node(page, "both_tills")).to_be_visible(timeout=LONG)
    assert edges(page)[1:] == [{"from": "round_up", "to": "till_shape"}]
    page.get_by_role("button", name="看全图").click()
    drag(page, port(page, "till_shape", "features", "source"), port(page, "both_tills", "left", "target"))
    expect(page.locator(".said")).to_contain_text("「收银特征」给出特征，「两台合一」的「左边」要的是行", timeout=LONG)
    for number, start in enumerate(("till_rows", "round_up")):
        node(page, start).focus()
        page.keyboard.press("c")
        node(page, "both_tills").focus()
        page.keyboard.press("Enter")
        until(page, lambda number=number: len(edges(page)) == 3 + number)
    assert edges(page)[2:] == [
        {"from": "till_rows", "to": "both_tills"},
        {"from": "round_up", "to": "both_tills", "port": "right"},
    ]


def put_between_and_taken_out(page: Page) -> None:
    """A kind dropped on a line stands between; taken out, the way is whole again; a copy is a node of its own."""
    before = edges(page)
    drag(page, page.locator('[data-chip="node round_up"]'), page.locator('[data-insert="edge 1"]'))
    expect(node(page, "round_up_2")).to_be_visible(timeout=LONG)
    assert [(one["from"], one["to"]) for one in edges(page)][1::3] == [
        ("round_up", "round_up_2"),
        ("round_up_2", "till_shape"),
    ]
    node(page, "round_up_2").focus()
    page.keyboard.press("Delete")
    expect(node(page, "round_up_2")).to_have_count(0, timeout=LONG)
    assert sorted(edges(page), key=str) == sorted(before, key=str)
    node(page, "round_up").click()
    page.keyboard.press("ControlOrMeta+c")
    node(page, "both_tills").click()
    page.keyboard.press("ControlOrMeta+v")
    expect(node(page, "round_up_2")).to_be_visible(timeout=LONG)
    assert data(page, FILE)["nodes"][-1]["settings"] == data(page, FILE)["nodes"][1]["settings"]


def missed(browser: Browser, server: Server, kept: str) -> None:
    """The distribution is gone: its nodes are drawn as unknown, the text is kept, and the pipeline says what is the matter."""
    person = Person(browser, server, "ann", anew=True)
    page = person.page
    assert person.open(f"/designer/pipeline/{FILE}") == 200
    expect(node(page, "round_up")).to_contain_text("没有安装的节点种类「round_up」", timeout=LONG)
    expect(page.locator(".svelte-flow__edge")).to_have_count(5)
    assert page.locator('[data-chip="node round_up"]').count() == 0
    node(page, "round_up").click()
    expect(page.locator("[data-graph-panel]")).to_contain_text("没有节点种类「round_up」", timeout=LONG)
    expect(page.locator("[data-graph-panel]")).to_contain_text("hours > 2")
    assert text(page, FILE) == kept
    person.close()
