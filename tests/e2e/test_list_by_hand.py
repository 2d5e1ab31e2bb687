"""A list by hand: a cell changed where it stands, many rows at once and back, a card carried over the board."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, Route, TimeoutError, expect

from tests.e2e.people import Person, Server

LIST = "/app/opportunity_list?v=mine"
BOARD = f"{LIST}&view=kanban"


def carry(page: Page, column: str, to: str) -> str:
    """Carry the first card of a column into another by the mouse; its key."""
    for _ in range(3):
        key = _lift(page, column, to)
        try:
            page.wait_for_selector(".board.dragging [data-drop]", timeout=3_000)
        except TimeoutError:  # the board was brought up to date just then
            page.mouse.up()
        else:
            break
    page.mouse.up()
    return key


def _lift(page: Page, column: str, to: str) -> str:
    expect(page.locator(".board")).to_have_js_property("inHand", True)
    card = page.locator(f"[data-column={column}] .board-card").first
    key = str(card.get_attribute("data-key"))
    here, there = card.bounding_box(), page.locator(f"[data-column={to}]").bounding_box()
    assert here is not None
    assert there is not None
    page.mouse.move(here["x"] + 40, here["y"] + 20)
    page.mouse.down()
    page.mouse.move(here["x"] + 80, here["y"] + 40, steps=3)
    page.mouse.move(there["x"] + 80, there["y"] + 120, steps=5)
    return key


def count_in(page: Page, column: str) -> int:
    return int(page.inner_text(f"[data-column={column}] .board-head .count"))


def change_cells(person: Person) -> None:
    """A wrong amount, a right one, one given up; a state, which is not changed in a table."""
    page = person.page
    assert person.open(LIST) == 200
    page.wait_for_selector("table[role=grid]")
    amounts = page.locator("td[data-edit=amount]")
    amounts.nth(0).dblclick()
    page.fill(".cell-form input.num", "很多")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-form .error")).to_be_visible()
    assert person.axe() == []
    page.fill(".cell-form input.num", "9123456")
    page.keyboard.press("Enter")
    expect(amounts.nth(0)).to_have_text("¥9,123,456.00")
    expect(amounts.nth(1)).to_be_focused()
    before = amounts.nth(1).inner_text()
    page.keyboard.press("7")
    expect(page.locator(".cell-form input.num")).to_have_value("7")
    page.keyboard.press("Escape")
    expect(amounts.nth(1)).to_have_text(before)
    expect(amounts.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/r/opportunity/"))


def type_ahead(person: Person) -> None:
    """What is typed before the control has come is in it, though the list is brought up to date meanwhile."""
    page = person.page
    waiting: list[Route] = []

    def hold(one: Route) -> None:
        waiting.append(one)

    assert person.open(LIST) == 200
    page.wait_for_selector("table[role=grid]")
    page.route("**/table/editing.js", hold)
    cell = page.locator("td[data-edit=amount]").first
    cell.click()
    page.keyboard.type("80")
    place = f"{person.base}/api/records/opportunity/{page.locator('tbody tr').nth(1).get_attribute('data-key')}"
    version = page.request.get(place).json()["data"]["version"]
    page.wait_for_selector("html[data-live]")
    answer = page.request.patch(place, data={"amount": "4711.00"}, headers={"if-match": f'"{version}"'})
    assert answer.status == 200, answer.text()
    expect(page.locator(".toast.fresh"), "the control: the list was read anew").to_be_visible()
    page.keyboard.type("5")
    waiting[0].continue_()
    page.unroute("**/table/editing.js")
    expect(cell.locator(".cell-form input.num")).to_have_value("805")
    page.keyboard.press("Escape")
    expect(cell).to_be_focused()


def change_many(person: Person) -> None:
    """Two rows chosen by keys, changed together, and changed back."""
    page = person.page
    assert person.open(LIST) == 200
    page.wait_for_selector("table[role=grid]")
    page.locator("tbody tr").nth(1).locator("td.num").first.click()
    for key in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".select-bar [data-count]")).to_have_text("2")
    page.click(".select-bar .btn")
    page.check("input[name=set][value=solution]")
    page.fill("[name='f.solution']", "一起做方案")
    assert person.axe() == []
    page.click("button[value=update]")
    expect(page.locator(".banner.success")).to_contain_text("已修改 2 条")
    page.click("button[value=undo]")
    expect(page.locator(".banner.success")).to_contain_text("2 条已改回原样")


def carry_cards(person: Person) -> None:
    """A column that takes no card, one that does or asks for more, and the list of moves by keys."""
    page = person.page
    assert person.open(BOARD) == 200
    total = count_in(page, "qualify") + count_in(page, "solution")
    shut = carry(page, "qualify", "negotiation")
    expect(page.locator(".toast.error").first).to_be_visible()
    expect(page.locator(f"[data-column=qualify] [data-key='{shut}']")).to_be_visible()
    key = carry(page, "qualify", "solution")
    done = page.locator(f"[data-column=solution] [data-key='{key}']")
    expect(done.or_(page.locator("dialog form.form-page")).first).to_be_visible()
    assert count_in(page, "qualify") + count_in(page, "solution") == total
    page.keyboard.press("Escape")
    expect(page.locator(".board")).to_have_js_property("inHand", True)
    page.locator("[data-column=qualify] .board-card .board-link").first.focus()
    page.keyboard.press("m")
    expect(page.locator("dialog .move-list button:not([disabled])").first).to_be_focused()
    assert person.axe() == []
    page.keyboard.press("Escape")


def test_cells_rows_and_cards_are_dealt_with_by_hand(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    carry_cards(person)
    change_cells(person)
    type_ahead(person)
    change_many(person)
    person.page.set_viewport_size({"width": 320, "height": 700})
    assert person.sideways() == 0
    refused = [one for one in person.errors if "status of 422" not in one]  # the console notes what the server refuses
    assert refused == []
    person.close()
