"""The loader in a real browser under the product's security headers: swapping, forms, islands, keys, and all of it without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.web.assets import Asset, collect_assets, shortened_script
from engine.web.responses import SECURITY_HEADERS
from engine.web.shell import Link, LinkGroup, Shell
from engine.widgets.render import WIDGETS_FOLDER, make_environment, translator
from engine.widgets.shared import STYLE_BUNDLE, STYLE_SHEETS
from tests.chromium import CHROMIUM, FLAGS

TEMPLATES = Path(__file__).parents[2] / "engine" / "web" / "templates"
SHEETS = {"/styled": ("shared/inbox.css",)}
ISLAND = b"export default (el, api) => { el.textContent = 'alive ' + api.language; return () => { document.body.dataset.gone = '1'; }; };"
ASSETS = collect_assets(WIDGETS_FOLDER, {STYLE_BUNDLE: STYLE_SHEETS})
FORM = """<form method="post" action="/save"><label for="name">Name</label>
<input class="input" id="name" name="name" {}><button class="btn primary">Save</button></form>"""
BODIES = {
    "/one": '<a id="on" href="/two">on</a><p data-island="/island.js"></p>',
    "/from": '<a id="on" href="/styled">on</a>',
    "/styled": '<ul class="inbox-list"></ul>',
    "/two": '<form method="get" action="/found"><input name="q" aria-label="q"><input name="none" aria-label="none"></form>',
    "/form": FORM.format(""),
    "/table": '<div class="table-box" tabindex="0"><table class="table" id="t"><thead><tr><th class="check"><input type="checkbox" data-select-all aria-label="all"></th><th>n</th></tr></thead><tbody>'
    + "".join(
        f'<tr><td class="check"><input type="checkbox" aria-label="{n}"></td><td><a href="/one?row={n}">{n}</a></td></tr>'
        for n in range(3)
    )
    + '</tbody></table></div><div class="select-bar" data-for="t" hidden><span data-count></span></div>',
}


def document(path: str, body: str, title: str) -> str:
    shell = Shell(
        apps=(),
        groups=(LinkGroup("", (Link("/one", "one", "home", path == "/one"),)),),
        tabs=(),
        user="Ann",
        roles=(),
        posts=(),
        administrator=False,
        administration=False,
        area=False,
        demo=False,
        viewing_as=None,
        viewable_roles=(),
        diagnostics=(),
    )
    environment = make_environment(ASSETS.url, TEMPLATES)
    template = environment.from_string(
        '{% extends "shell/base.html" %}{% block content %}{{ body | safe }}{% endblock %}'
    )
    values = {
        "language": "en",
        "theme": "light",
        "figures": "us",
        "t": translator("en"),
        "path": path,
        "sheets": SHEETS.get(path, ()),
    }
    return template.render(**values, shell=shell, title=title, body=body)


class Pages(BaseHTTPRequestHandler):
    """Answers as the product does: whole pages, 422 with the form again, 303 after a good one."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in ASSETS.files:
            self.answer(200, ASSETS.files[url.path])
        elif url.path == "/island.js":
            self.answer(200, Asset(ISLAND, b"", "text/javascript"))
        else:
            body = BODIES.get(url.path, f'<p id="query">{url.query}</p><template data-toast>Saved</template>')
            self.page(200, url.path, body)

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        if sent.get("name"):
            self.send_response(303)
            self.send_header("location", "/done")
            self.end_headers()
        else:
            self.page(
                422, "/form", FORM.format('aria-invalid="true"') + '<p class="error" role="alert">Give a name</p>'
            )

    def page(self, status: int, path: str, body: str) -> None:
        self.answer(status, Asset(document(path, body, f"Page {path}").encode(), b"", "text/html; charset=utf-8"))

    def answer(self, status: int, asset: Asset) -> None:
        self.send_response(status)
        self.send_header("content-type", asset.content_type)
        self.send_header("content-length", str(len(asset.content)))
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(asset.content)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here; set DOUGONG_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    said: list[str] = []
    opened.on(
        "console",
        lambda message: said.append(message.text) if message.type == "error" and "422" not in message.text else None,
    )
    yield opened
    opened.close()
    assert said == []


def test_a_link_swaps_the_page_and_back_returns(page: Page, address: str) -> None:
    page.goto(f"{address}/one")
    expect(page.locator("[data-island]")).to_have_text("alive en")
    page.evaluate("window.kept = 1")
    page.click("#on")
    expect(page).to_have_title(re.compile("Page /two"))
    assert page.evaluate(
        "[window.kept, document.body.dataset.gone, location.pathname, document.activeElement.tagName]"
    ) == [1, "1", "/two", "H1"]
    assert page.locator(".side-link[aria-current=page]").count() == 0
    page.go_back()
    expect(page.locator("[data-island]")).to_have_text("alive en")
    assert page.evaluate("window.kept") == 1


def test_a_page_with_a_sheet_of_its_own_is_never_seen_without_it(page: Page, address: str) -> None:
    page.goto(f"{address}/from")
    page.evaluate("""new MutationObserver(() => {
        const list = document.querySelector(".inbox-list");
        if (list) window.first ??= getComputedStyle(list).display;
    }).observe(document.body, { childList: true, subtree: true })""")
    page.click("#on")
    expect(page.locator(".inbox-list")).to_be_attached()
    assert page.evaluate("window.first") == "grid"
    page.go_back()
    page.click("#on")
    expect(page.locator(".inbox-list")).to_be_attached()
    assert page.evaluate("document.querySelectorAll('link[rel=stylesheet]').length") == 2


def test_a_search_form_goes_to_its_address_without_blanks(page: Page, address: str) -> None:
    page.goto(f"{address}/two")
    page.fill("input[name=q]", "商机 a&b")
    page.press("input[name=q]", "Enter")
    expect(page.locator("#query")).to_have_text("q=%E5%95%86%E6%9C%BA+a%26b")


def test_a_refused_form_comes_back_with_the_focus_on_what_is_wrong(page: Page, address: str) -> None:
    page.goto(f"{address}/form")
    page.click(".btn.primary")
    expect(page.locator(".error")).to_have_text("Give a name")
    expect(page.locator("#name")).to_be_focused()
    expect(page).to_have_url(f"{address}/form")
    page.fill("#name", "Ann")
    page.press("#name", "Enter")
    expect(page).to_have_url(f"{address}/done")
    expect(page.locator(".toast")).to_have_text("Saved")


def test_keys_walk_choose_and_open_rows(page: Page, address: str) -> None:
    page.goto(f"{address}/table")
    page.focus(".table-box")
    for key in ("ArrowDown", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.locator("tbody tr").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".select-bar [data-count]")).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/one?row=1")


def test_ctrl_k_searches_and_the_theme_changes_at_once(page: Page, address: str) -> None:
    page.goto(f"{address}/one")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    page.click("summary.who")
    page.click("[data-theme-choice=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert "dougong_theme=dark" in page.evaluate("document.cookie")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_the_folded_navigation_survives_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/one")
    page.click(".side-foot label")
    page.reload()
    assert page.locator(".side").bounding_box() == pytest.approx({"x": 0, "y": 0, "width": 56, "height": 800})


def test_everything_works_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/one")
    page.click("#on")
    expect(page).to_have_url(f"{address}/two")
    page.click("summary.who")
    expect(page.get_by_text("Sign out")).to_be_visible()
    page.goto(f"{address}/form")
    page.click(".btn.primary")
    expect(page.locator(".error")).to_have_text("Give a name")
    context.close()


def test_what_every_page_loads_is_small() -> None:
    sizes = {
        name: len(ASSETS.files[ASSETS.url(f"shared/{name}")].compressed)
        for name in ("app.css", "app.js", "behaviour.js", "changes.js")
    }
    assert sizes["app.css"] <= 16 * 1024
    assert sizes["app.js"] + sizes["behaviour.js"] + sizes["changes.js"] <= 8 * 1024


def test_scripts_are_sent_without_their_remarks_and_nothing_within_a_text_is_one() -> None:
    for path in sorted(WIDGETS_FOLDER.rglob("*.js")):
        written = path.read_bytes()
        sent = shortened_script(written)
        assert re.search(rb"^\s*//", sent, re.MULTILINE) is None, path
        kept, begun = sent.split(b"\n"), 0
        for line in written.split(b"\n"):
            if kept[begun : begun + 1] == [line]:
                begun += 1
            else:
                assert line.lstrip().startswith((b"//", b"/*")), (path, line)
                assert b"\n".join(kept[:begun]).count(b"`") % 2 == 0, (path, line)
        assert begun == len(kept), path
