"""A map of places under the hand: two fingers spread on glass bring it closer, one finger is the page's."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Browser, Page

from tests.e2e.people import Person, Server

Finger = tuple[float, float]


def box_of(page: Page) -> list[float]:
    """The box that the map shows: south, west, north, east."""
    return [float(edge) for edge in (page.locator(".map-view").get_attribute("data-box") or "").split(",")]


def moved(page: Page, path: list[list[Finger]]) -> None:
    """Fingers put down at the first places, led along the path, and lifted."""
    client = page.context.new_cdp_session(page)
    for at, fingers in enumerate(path):
        touches = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(fingers)]
        client.send("Input.dispatchTouchEvent", {"type": "touchMove" if at else "touchStart", "touchPoints": touches})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_two_fingers_zoom_a_map_and_one_moves_none(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei", 390, touch=True)
    page = person.page
    person.open("/app/customer_list?v=all&view=map")
    sheet = page.locator(".map-plane")
    sheet.scroll_into_view_if_needed()
    page.wait_for_function("() => document.readyState === 'complete'")
    place, before = sheet.bounding_box(), box_of(page)
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    moved(page, [[(x - 20 - 4 * step, y), (x + 20 + 4 * step, y)] for step in range(16)])
    page.wait_for_url(lambda url: any(name.endswith(".box") for name in parse_qs(urlparse(url).query)))
    page.wait_for_function(f"() => document.querySelector('.map-view').dataset.box !== '{','.join(map(str, before))}'")
    after = box_of(page)
    assert after[3] - after[1] < (before[3] - before[1]) / 2, "the fingers ended four times as far apart"
    middle = (before[1] + before[3]) / 2
    assert abs((after[1] + after[3]) / 2 - middle) < (before[3] - before[1]) * 0.1, "about what lay between them"
    moved(page, [[(x, y - 6 * step)] for step in range(20)])
    still = page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => done(document.querySelector('[data-moves]').style.transform)))"
    )
    assert still == "", "one finger is the page's and moves no map"
    assert person.errors == []
    person.close()
