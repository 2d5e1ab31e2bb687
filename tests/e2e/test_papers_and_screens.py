"""In Chromium: a dashboard on a wall has no scroll bar, follows a change and says that it lost its server; a quote prints whole."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import Person, Server

WALLS = ((1920, 1080), (3840, 2160))
OVER = """() => {
  const tiles = [...document.querySelectorAll(".screen-tile")], root = document.documentElement;
  return {
    page: [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight],
    cut: tiles.filter((one) => one.firstElementChild.getBoundingClientRect().height > one.clientHeight + 2).length,
    outside: tiles.filter((one) => one.getBoundingClientRect().bottom > innerHeight + 1).length,
    tiles: tiles.length,
    height: Math.max(...tiles.map((one) => one.getBoundingClientRect().bottom)) / innerHeight,
  };
}"""


def test_a_wall_shows_a_dashboard_whole_and_a_quote_prints_with_head_lines_and_total(
    browser: Browser, server: Server
) -> None:
    lead = Person(browser, server, "zhao_rui")
    page = lead.page
    for width, height in WALLS:
        page.set_viewport_size({"width": width, "height": height})
        for sheet in range(2):
            page.goto(f"{server.base}/app/pipeline_board/screen?at={sheet}")
            page.wait_for_selector("html[data-screen-live]", state="attached")
            found = page.evaluate(OVER)
            assert found["page"] == [0, 0] and found["cut"] == 0 and found["outside"] == 0, (width, sheet, found)
            assert found["tiles"] and found["height"] > 0.95
    in_a_hand(page, f"{server.base}/app/pipeline_board/screen")
    page.context.set_offline(True)
    expect(page.locator(".screen-lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".screen-lost")).to_be_hidden()
    rows = page.request.get(f"{server.base}/api/records/quote?sort=-line_count&limit=1").json()["data"]
    prints_whole(page, f"{server.base}/r/quote/{rows[0]['id']}/documents/quotation")
    lead.close()


def in_a_hand(page: Page, address: str) -> None:
    """On a phone tiles keep the size of any page, one below another, and the next sheet is a tap away."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_selector("html[data-screen-live]", state="attached")
    found = page.evaluate(OVER)
    assert found["page"][0] == 0 and found["cut"] == 0 and found["tiles"], found
    sizes = page.eval_on_selector_all(".screen-fit", "all => all.map((one) => getComputedStyle(one).zoom)")
    assert set(sizes) == {"1"}, sizes
    page.locator(".screen-turn").click()
    page.wait_for_url("**/screen?at=1")


def prints_whole(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 794, "height": 1123})
    page.goto(address)
    page.emulate_media(media="print")
    for seen in (".paper-title h1", ".paper-table thead", ".paper-sums", ".paper-totals .paper-strong td"):
        expect(page.locator(seen).first).to_be_visible()
    for gone in (".side", ".top", ".page-head", ".tabbar"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
    page.emulate_media(media="screen")
