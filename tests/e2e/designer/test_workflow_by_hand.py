"""A workflow by hand: an approval flow in two clicks, steps by mouse, keys and touch, a line between states, a trial that lights its path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.designer.drafted import data, text, undo_until, until
from tests.e2e.designer.drawing_board import API
from tests.e2e.people import Person, Server

FLOW = "b2b_sales/workflows/quote_review.yaml"
LIFE = "b2b_sales/workflows/renewal_life.yaml"
FAR = 60_000
"""Milliseconds: the far end of what is waited for."""


def ids(page: Page, file: str, key: str) -> list[str]:
    return [str(one["id"]) for one in data(page, file)[key]]


@contextmanager
def opened(browser: Browser, server: Server, file: str, width: int = 1440, touch: bool = False) -> Iterator[Person]:
    """A workflow in its editor; what was done is taken back at the end."""
    one = Person(browser, server, "lin_hai", width=width, touch=touch)
    try:
        assert one.open(f"/designer/flow/{file}") == 200
        one.page.wait_for_selector(".svelte-flow__edge-path", state="attached")
        original = text(one.page, file)
        yield one
        undo_until(one.page, file, original)
        assert one.errors == []
    finally:
        one.close()


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def node(page: Page, name: str) -> Locator:
    return page.locator(f'[data-node="{name}"]')


def test_an_approval_flow_takes_two_clicks(browser: Browser, server: Server) -> None:
    one = Person(browser, server, "lin_hai", width=1440)
    page, entity = one.page, "b2b_sales/entities/product.yaml"
    assert one.open(f"/designer/entity/{entity}") == 200
    page.wait_for_selector("table tbody tr")
    before = text(page, entity)
    page.get_by_role("button", name="加审批流程").click()
    page.get_by_role("button", name="创建审批流程").click()
    expect(node(page, "decide")).to_be_visible(timeout=FAR)
    assert [one for one in page.request.get(f"{one.base}{API}/problems").json() if one["severity"] == "error"] == []
    assert ids(page, "b2b_sales/workflows/product_state.yaml", "states") == [
        "draft",
        "submitted",
        "approved",
        "rejected",
    ]
    undo_until(one.page, entity, before)
    assert page.request.get(f"{one.base}{API}/files/b2b_sales/workflows/product_state.yaml").status == 404
    one.close()


def test_steps_are_added_by_mouse_and_keys_moved_and_removed(browser: Browser, server: Server) -> None:
    with opened(browser, server, FLOW) as one:
        page = one.page
        first = page.locator("[data-insert^='line lead']")
        page.mouse.move(*middle(page.locator('[data-chip="node wait"]')))
        page.mouse.down()
        page.mouse.move(*middle(first), steps=6)
        page.mouse.up()
        expect(node(page, "wait")).to_be_visible(timeout=FAR)
        assert ids(page, FLOW, "steps")[:3] == ["lead", "wait", "tiers"]
        node(page, "approve").focus()
        page.keyboard.press("+")
        expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused(timeout=FAR)
        page.keyboard.type("通知")
        page.keyboard.press("Enter")
        expect(node(page, "notify")).to_be_visible(timeout=FAR)
        assert ids(page, FLOW, "steps")[-3:] == ["approve", "notify", "tell"]
        node(page, "notify").focus()
        page.keyboard.press("Alt+ArrowDown")
        until(page, lambda: ids(page, FLOW, "steps")[-1] == "notify")
        node(page, "approve").focus()
        page.keyboard.press("Delete")
        expect(page.locator(".said")).to_contain_text("已删除", timeout=FAR)
        expect(node(page, "approve")).to_have_count(0)


def test_a_line_between_states_is_drawn_by_mouse_and_by_keys(browser: Browser, server: Server) -> None:
    with opened(browser, server, LIFE) as one:
        page = one.page
        before = ids(page, LIFE, "transitions")
        states = [str(one["id"]) for one in data(page, LIFE)["states"] if not one.get("final")]
        source, target = states[0], states[-1]
        page.mouse.move(*middle(node(page, source).locator(".svelte-flow__handle.source")))
        page.mouse.down()
        page.mouse.move(*middle(node(page, target)), steps=8)
        page.mouse.move(*middle(node(page, target).locator(".svelte-flow__handle.target")), steps=3)
        page.mouse.up()
        until(page, lambda: len(ids(page, LIFE, "transitions")) > len(before))
        made = data(page, LIFE)["transitions"][-1]
        assert (made["from"], made["to"]) == ([source], target)
        node(page, source).focus()
        page.keyboard.press("c")
        expect(page.get_by_role("status").filter(has_text="点要连到的节点")).to_be_visible()
        node(page, target).focus()
        page.keyboard.press("Enter")
        until(page, lambda: len(ids(page, LIFE, "transitions")) > len(before) + 1)


def test_a_trial_lights_the_path_and_the_table_shows_the_same(browser: Browser, server: Server) -> None:
    with opened(browser, server, FLOW) as one:
        page = one.page
        page.locator(".corner").get_by_role("button", name="试跑").click()
        page.get_by_label("综合折扣").fill("0.25")
        page.get_by_role("complementary", name="属性").locator(".primary").click()
        expect(page.locator("[data-trial-outcome]")).to_be_visible(timeout=FAR)
        expect(node(page, "auditor")).to_have_attribute("data-lit", "past")
        expect(node(page, "finance")).to_have_attribute("data-lit", "no")
        expect(page.locator("[data-edge][data-lit='past']").first).to_be_attached()
        expect(page.locator("[data-trial-outcome] .guard")).to_have_count(2)
        assert one.axe_in_both_looks() == []
        page.get_by_role("button", name="用表格看").click()
        expect(page.locator("[data-graph-table] tr[data-row='auditor']")).to_have_attribute("data-lit", "past")
        assert one.axe_in_both_looks() == []


def test_a_step_is_dragged_by_touch_on_a_phone(browser: Browser, server: Server) -> None:
    with opened(browser, server, FLOW, width=390, touch=True) as one:
        page = one.page
        assert one.sideways() == 0
        node(page, "lead").tap()
        page.get_by_role("toolbar", name="选中的节点").get_by_role("button", name="在后面添加").tap()
        page.locator('[data-pick="task"]').tap()
        expect(node(page, "task")).to_be_attached(timeout=FAR)
        assert ids(page, FLOW, "steps")[:2] == ["lead", "task"]
        assert one.axe_in_both_looks() == []
