"""Looks: every element of the showroom is drawn as it was when somebody last looked at it and kept it.

Each is pictured at half its size, on a phone in light and on a desk in dark, and compared with the kept picture by what its
squares of `SQUARE` pixels look like on the whole: another edge of a letter is nothing, another colour, size or place is told.
`python -m tests.full.looks` keeps today's looks. Another font draws everything anew, so the machine must have the fonts of
the kept ones: a few words take the same room.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bench.report import Row
from engine.runtime.identifiers import encode_id
from tests.chromium import CHROMIUM, FLAGS
from tests.e2e.people import Person, Server
from tests.e2e.serving import serving
from tests.widgets.showroom import PACK, make_showroom

KEPT = Path(__file__).parent / "looks"
ROOM = KEPT / "room.json"
LOOKS = {"phone": (390, False), "desk": (1440, True)}
LOOKERS = {"figures": "many"}
"""Who looks at a page: with few rows a chart shows little, with many a list is long."""
PAGES = {name: f"/app/{name}" for name in ("figures", "standing", "thing_list", "thing_board", "thing_calendar")}
ELEMENTS = "main [class*='span-']:not([class*='span-'] [class*='span-']), main form.form-page"
MEASURE = """() => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "16px " + getComputedStyle(document.body).fontFamily;
    return ["门店销售额 ¥", "Sales of stores 0123456789"].map((words) => Math.round(pen.measureText(words).width * 10));
}"""
SQUARE, FAR = 6, 40
"""The side of a square in pixels of a picture; how far a colour of 255 steps may be from the kept one."""
SHARE = 0.01
"""The squares of an element that may look other than before."""
COMPARE = """async ([one, other, square, far]) => {
    const read = async (data) => {
        const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
        const canvas = new OffscreenCanvas(picture.width, picture.height), pen = canvas.getContext("2d");
        pen.drawImage(picture, 0, 0);
        return pen.getImageData(0, 0, picture.width, picture.height);
    };
    const [a, b] = await Promise.all([read(one), read(other)]);
    if (Math.abs(a.width - b.width) > 2 || Math.abs(a.height - b.height) > 2) return 1;
    const mean = (image, x, y, channel) => {
        let sum = 0;
        for (let at = 0; at < square * square; at += 1) sum += image.data[4 * ((y + Math.floor(at / square)) * image.width + x + at % square) + channel];
        return sum / (square * square);
    };
    const width = Math.min(a.width, b.width), height = Math.min(a.height, b.height);
    let all = 0, other_ones = 0;
    for (let y = 0; y + square <= height; y += square) for (let x = 0; x + square <= width; x += square) {
        all += 1;
        other_ones += [0, 1, 2].some((channel) => Math.abs(mean(a, x, y, channel) - mean(b, x, y, channel)) > far);
    }
    return all ? other_ones / all : 0;
}"""


def measured() -> list[Row]:
    """How many elements look other than kept; those that came or went count. One whose words move is found to have changed."""
    with showroom() as (browser, server, pages):
        page = browser.new_page()
        room, kept = page.evaluate(MEASURE), json.loads(ROOM.read_text("utf-8"))
        assert room == kept, f"the fonts are others: words take {room}, of the kept looks {kept}"
        told = sorted(differing(page, dict(pictures(browser, server, pages))))
        assert share_of_others(page, *before_and_after_a_move(browser, server)) > SHARE
    for one in told:
        print(f"   {one}")
    return [Row("LOOKS", "Elements of the showroom that look other than kept", 0, len(told), "")]


def keep() -> None:
    """Keep today's looks instead of those before."""
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    with showroom() as (browser, server, pages):
        ROOM.write_text(json.dumps(browser.new_page().evaluate(MEASURE)) + "\n", "utf-8")
        for name, picture in pictures(browser, server, pages):
            (KEPT / f"{name}.png").write_bytes(picture)


@contextmanager
def showroom() -> Iterator[tuple[Browser, Server, Mapping[str, str]]]:
    """A browser, the showroom served at the day of the tests, and its pages by their names."""
    with tempfile.TemporaryDirectory(prefix="dougong-looks-") as name:
        folder = Path(name) / "data"
        ids = make_showroom(folder, "")
        with serving(folder, str(PACK)) as base, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            pages = {**PAGES, "form": "/r/visit/new", "record": f"/r/thing/{encode_id(ids['one_thing'])}"}
            yield browser, Server(base, PACK), pages


def differing(page: Page, today: Mapping[str, bytes]) -> Iterator[str]:
    """Each element that looks other than kept, with the share of its squares."""
    kept = {one.stem: one.read_bytes() for one in KEPT.glob("*.png")}
    yield from (f"{name}: not kept yet" for name in today.keys() - kept.keys())
    yield from (f"{name}: gone" for name in kept.keys() - today.keys())
    for name in today.keys() & kept.keys():
        share = share_of_others(page, today[name], kept[name])
        if share > SHARE:
            yield f"{name}: {share:.1%}"


def share_of_others(page: Page, one: bytes, other: bytes) -> float:
    """The squares of a picture that look other than those of another; 1 when it has another size."""
    both = [base64.b64encode(picture).decode() for picture in (one, other)]
    return float(page.evaluate(COMPARE, [*both, SQUARE, FAR]))


def before_and_after_a_move(browser: Browser, server: Server) -> tuple[bytes, bytes]:
    """An element as it is, and with its words 12 pixels further."""
    person = Person(browser, server, "many", scale=0.5)
    person.open(PAGES["figures"])
    element = person.page.locator(ELEMENTS).first
    before = element.screenshot()
    element.evaluate("(one) => { one.style.textIndent = '12px'; }")
    after = element.screenshot()
    person.close()
    return before, after


def pictures(browser: Browser, server: Server, pages: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The elements of all pages in all looks, by names that are files' names."""
    for look, (width, dark) in LOOKS.items():
        people = {name: Person(browser, server, name, width, dark, scale=0.5) for name in ("one", "many")}
        for name, path in pages.items():
            page = people[LOOKERS.get(name, "one")].page
            page.goto(server.base + path, wait_until="networkidle")
            seen = Counter[str]()
            for element in page.locator(ELEMENTS).all():
                if element.is_visible():
                    kind = called(element)
                    seen[kind] += 1
                    yield f"{name}-{kind}-{seen[kind]}-{look}", element.screenshot()
        for person in people.values():
            person.close()


def called(element: Locator) -> str:
    """What an element is, from its classes: a name that lasts longer than its words."""
    names = [one for one in (element.get_attribute("class") or "").split() if not one.startswith("span-")]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names[:3]) or "plain")


if __name__ == "__main__":
    keep()
