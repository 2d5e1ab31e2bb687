"""The diagram of the data model by hand: relations drawn by mouse, keys and touch, fields typed, entities made, renamed, removed; undo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.designer.drafted import data, text, undo_until, until
from tests.e2e.designer.drawing_board import API
from tests.e2e.hands import Hands
from tests.e2e.people import Person, Server

CONTACT = "b2b_sales/entities/contact.yaml"
MANY = 20
"""Fields of a contact."""
FAR = 60_000
"""Milliseconds: the far end of what is waited for."""
BOXES = """() => [...document.querySelectorAll('.svelte-flow__node')].map((one) => {
  const box = one.getBoundingClientRect(); return [one.dataset.id, box.left, box.top, box.right, box.bottom]; })"""


@contextmanager
def opened(
    browser: Browser, server: Server, width: int = 1440, touch: bool = False, language: str = "zh"
) -> Iterator[Person]:
    """The diagram of the largest application; what was done to contacts is taken back, byte for byte."""
    one = Person(browser, server, "lin_hai", width=width, touch=touch)
    one.language(language)
    try:
        assert one.open("/designer/model") == 200
        one.page.wait_for_selector(".relation", state="attached", timeout=FAR)
        original = text(one.page, CONTACT)
        yield one
        undo_until(one.page, CONTACT, original)
        assert one.errors == []
    finally:
        one.close()


def card(page: Page, name: str) -> Locator:
    return page.locator(f'[data-node="{name}"]')


def fields(page: Page) -> dict[str, dict[str, object]]:
    return dict(data(page, CONTACT)["fields"])


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def at_rest(page: Page, what: Locator) -> tuple[float, float]:
    """Its middle, once the sheet has come to rest."""
    seen = middle(what)
    for _ in range(100):
        page.wait_for_timeout(100)
        if seen == (seen := middle(what)):
            return seen
    raise AssertionError("the sheet does not come to rest")


def find(page: Page, words: str, name: str) -> None:
    page.get_by_placeholder("找实体").fill(words)
    page.keyboard.press("Enter")
    expect(card(page, name)).to_have_attribute("aria-pressed", "true", timeout=FAR)


def test_both_packs_are_drawn_apart_and_read_by_table_and_search(browser: Browser, server: Server) -> None:
    with opened(browser, server) as one:
        page = one.page
        assert one.axe_in_both_looks() == []
        for pack, count in (("store_sales", 22), ("", 58), ("b2b_sales", 29)):
            page.locator("select.pack").select_option(pack)
            expect(page.locator(".svelte-flow__node")).to_have_count(count, timeout=FAR)
            boxes = page.evaluate(BOXES)
            over = [
                (a[0], b[0])
                for at, a in enumerate(boxes)
                for b in boxes[at + 1 :]
                if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
            ]
            assert over == []
        find(page, "lxr", "contact")
        expect(page.locator("[data-edge-label='contact.customer']")).to_have_text("客户 · N:1")
        assert one.axe_in_both_looks() == []
        page.get_by_role("button", name="用表格看").click()
        expect(page.locator("[data-graph-table] tr[data-row='contact.customer']")).to_be_visible()
        assert one.axe_in_both_looks() == []


def test_a_relation_is_drawn_by_mouse_turned_and_taken_back(browser: Browser, server: Server) -> None:
    with opened(browser, server) as one:
        page, hands, before = one.page, Hands(), text(one.page, CONTACT)
        find(page, "lxr", "contact")
        at_rest(page, card(page, "contact"))
        page.mouse.move(*middle(card(page, "contact").locator(".begin")))
        page.mouse.down()
        page.mouse.move(*middle(card(page, "customer")), steps=8)
        page.mouse.up()
        hands.taps += 2
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("在联系人里叫什么")).to_be_focused(timeout=FAR)
        page.keyboard.type("推荐客户")
        page.keyboard.press("Enter")
        hands.taps += 1
        until(page, lambda: len(fields(page)) == MANY + 1)
        name = [*fields(page)][-1]
        assert fields(page)[name] == {
            "type": "relation",
            "to": "customer",
            "on_delete": "clear",
            "label": {"zh": "推荐客户", "en": fields(page)[name]["label"]["en"]},
        }
        print(f"a relation by mouse: {hands.taps} acts and its name")
        panel = page.locator("[data-graph-panel]")
        expect(panel).to_contain_text("指向 客户 · N:1", timeout=FAR)
        page.locator("header [aria-keyshortcuts='Control+Z']").click()
        until(page, lambda: text(page, CONTACT) == before)
        expect(page.locator(f'[data-edge="contact.{name}"]')).to_have_count(0, timeout=FAR)


def test_fields_and_relations_by_keys_alone(browser: Browser, server: Server) -> None:
    with opened(browser, server) as one:
        page = one.page
        find(page, "lxr", "contact")
        card(page, "contact").focus()
        page.keyboard.press("c")
        expect(page.get_by_role("status").filter(has_text="点要连到的节点")).to_be_visible()
        card(page, "product").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_label("在联系人里叫什么")).to_be_focused(timeout=FAR)
        page.keyboard.press("Enter")
        until(page, lambda: fields(page).get("product", {}).get("to") == "product")
        expect(page.locator(".said, [aria-live]").filter(has_text="已建立关联：联系人 指向 产品")).to_be_attached(
            timeout=FAR
        )
        card(page, "contact").focus()
        page.keyboard.press("Enter")
        typed = page.locator("[data-graph-panel]").get_by_label("输入字段名")
        expect(typed).to_be_focused(timeout=FAR)
        page.keyboard.type("年度礼品金额")
        page.keyboard.press("Enter")
        until(page, lambda: "money" in {one["type"] for one in fields(page).values()})
        added = [*fields(page)][-1]
        panel = page.locator("[data-graph-panel]")
        panel.get_by_role("button", name="年度礼品金额").click()
        panel.get_by_label("字段类型").select_option("decimal")
        until(page, lambda: fields(page)[added]["type"] == "decimal")
        expect(panel.locator(".sample")).to_have_text("12.50")
        panel.get_by_label("文本中的名字").fill("gift_budget")
        page.keyboard.press("Tab")
        until(page, lambda: "gift_budget" in fields(page))
        page.locator('[data-edge="contact.product"]').focus()
        page.keyboard.press("Enter")
        page.locator('[data-edge="contact.product"]').focus()
        page.keyboard.press("Delete")
        until(page, lambda: "product" not in fields(page))


def test_an_entity_is_made_with_its_pages_related_renamed_and_removed(browser: Browser, server: Server) -> None:
    with opened(browser, server) as one:
        page = one.page
        page.locator(".svelte-flow__pane").dblclick(position={"x": 12, "y": 300})
        dialog = page.get_by_role("dialog", name="新建实体")
        expect(dialog.get_by_label("一条记录叫什么")).to_be_focused(timeout=FAR)
        page.keyboard.type("拜访礼品")
        page.keyboard.press("Enter")
        made = page.locator(".svelte-flow__node").filter(has_text="拜访礼品")
        expect(made).to_be_visible(timeout=FAR)
        expect(made).to_have_attribute("aria-pressed", "true")
        name = str(made.get_attribute("data-node"))
        answer = page.request.get(f"{one.base}{API}/files/b2b_sales/forms/{name}.yaml")
        assert answer.ok
        panel = page.locator("[data-graph-panel]")
        panel.get_by_label("文本中的名字").fill("visit_gift")
        page.keyboard.press("Tab")
        expect(card(page, "visit_gift")).to_be_visible(timeout=FAR)
        until(page, lambda: "visit_gift" in text(page, f"b2b_sales/pages/{name}_list.yaml"))
        page.get_by_role("toolbar", name="选中的节点").get_by_role("button", name="删除").click()
        expect(page.locator(".said").filter(has_text="已删除")).to_contain_text("因此出错", timeout=FAR)
        expect(card(page, "visit_gift")).to_have_count(0, timeout=FAR)
        for _ in range(3):
            page.request.post(f"{one.base}{API}/undo")
        assert not page.request.get(f"{one.base}{API}/files/b2b_sales/forms/{name}.yaml").ok


def test_a_line_is_drawn_by_touch_on_a_phone(browser: Browser, server: Server) -> None:
    """Real touches: the sheet is moved by one finger on it, a line is drawn by one finger from the dot of a card."""
    with opened(browser, server, width=390, touch=True) as one:
        page = one.page
        assert one.sideways() == 0
        page.get_by_role("button", name="左侧面板").tap()
        page.get_by_role("complementary", name="左侧面板").get_by_role("button", name="联系人").tap()
        at_rest(page, card(page, "contact"))
        assert one.axe_in_both_looks() == []
        before = middle(card(page, "contact"))
        x, y = page.evaluate(FREE)
        drawn_by_finger(page, (x, y), (x - 80, y - 30))
        at_rest(page, card(page, "contact"))
        assert middle(card(page, "contact")) != before
        targets = page.evaluate(REACHED)
        assert targets, "no other card is within reach of the finger"
        drawn_by_finger(page, middle(card(page, "contact").locator(".begin")), middle(card(page, targets[0])))
        expect(page.get_by_role("dialog").get_by_label("在联系人里叫什么")).to_be_visible(timeout=FAR)
        page.get_by_role("button", name="建立关联").click()
        until(page, lambda: len(fields(page)) == MANY + 1)
        assert [*fields(page).values()][-1]["to"] == targets[0]


FREE = """() => {
  for (let y = 300; y < 700; y += 20)
    for (let x = 370; x > 60; x -= 10)
      if (document.elementFromPoint(x, y)?.classList.contains("svelte-flow__pane")) return [x, y];
  throw new Error("no place on the sheet is free");
}"""
"""A place of the sheet that no card covers."""
REACHED = """() => [...document.querySelectorAll("[data-node]")].filter((one) => {
  const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  return one.dataset.node !== "contact" && one.contains(document.elementFromPoint(x, y));
}).map((one) => one.dataset.node)"""
"""The other cards whose middle can be touched."""


def drawn_by_finger(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)
    steps = [(start[0] + (end[0] - start[0]) * at / 8, start[1] + (end[1] - start[1]) * at / 8) for at in range(9)]
    for at, (x, y) in enumerate(steps):
        kind = "touchMove" if at else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
