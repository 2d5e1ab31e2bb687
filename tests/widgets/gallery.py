"""Gallery for developers: every class and state of the pages as static HTML, and screenshots of it to look at.

Run `python tests/widgets/gallery.py FOLDER [page …]`; Chromium by DOUGONG_CHROMIUM or /usr/bin/chromium.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from gallery_samples import CHARTS, SPARK, shell_sample
from playwright.sync_api import Browser, Error, sync_playwright

from engine.web.assets import collect_assets
from engine.web.responses import SECURITY_HEADERS
from engine.widgets.render import WIDGETS_FOLDER, make_environment, translator
from engine.widgets.shared import STYLE_BUNDLE, STYLE_SHEETS

HERE = Path(__file__).parent
TEMPLATES = Path(__file__).parents[2] / "engine" / "web" / "templates"
PAGES = ("dashboard", "list", "record", "form", "parts", "signin", "error")
WIDTHS = (390, 834, 1440)
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a page."""

    page: str
    language: str
    theme: str
    width: int

    @property
    def name(self) -> str:
        return f"{self.page}-{self.language}-{self.theme}-{self.width}.png"


def write_gallery(folder: Path) -> None:
    """All pages in both languages and themes, and the assets they load."""
    assets = collect_assets(WIDGETS_FOLDER, {STYLE_BUNDLE: STYLE_SHEETS})
    for url, asset in assets.files.items():
        target = folder / url.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(asset.content)
    environment = make_environment(assets.url, HERE / "gallery_pages", TEMPLATES)
    for page in PAGES:
        for language in ("zh", "en"):
            for theme in ("light", "dark"):
                values = {
                    "language": language,
                    "theme": theme,
                    "figures": "cn" if language == "zh" else "us",
                    "t": translator(language),
                    "shell": shell_sample(language, page),
                    "charts": {name: draw(language) for name, draw in CHARTS.items()},
                    "spark": SPARK,
                    "path": f"/{page}",
                    "inbox": 3,
                }
                html = environment.get_template(f"{page}.html").render(**values)
                (folder / f"{page}-{language}-{theme}.html").write_text(html, encoding="utf-8")


class QuietFiles(SimpleHTTPRequestHandler):
    """The folder over HTTP with the product's security headers."""

    def end_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def serve(folder: Path) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: QuietFiles(*args, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def looks(pages: tuple[str, ...], everything: bool) -> Iterator[Look]:
    for page in pages:
        for width in WIDTHS:
            yield Look(page, "zh", "light", width)
        yield Look(page, "zh", "dark", 1440)
        yield Look(page, "en", "light", 1440)
        if everything:
            yield Look(page, "en", "dark", 390)
            yield Look(page, "zh", "dark", 390)


def photograph(browser: Browser, address: str, folder: Path, look: Look) -> list[str]:
    """Take one picture; what the console complained of comes back, and so does sideways scrolling."""
    page = browser.new_page(viewport={"width": look.width, "height": 900 if look.width > 600 else 844}, locale="zh-CN")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto(f"{address}/{look.page}-{look.language}-{look.theme}.html", wait_until="load")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said.append("scrolls sideways")
    page.screenshot(path=folder / look.name, full_page=look.width > 600)
    page.close()
    return [f"{look.name}: {one}" for one in said]


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    write_gallery(folder)
    server = serve(folder)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    chosen = tuple(arguments[1:]) or PAGES
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("DOUGONG_CHROMIUM", "/usr/bin/chromium"),
                args=["--no-sandbox", "--disable-gpu"],
            )
            complaints = [
                one
                for look in looks(chosen, "--all" in arguments)
                for one in photograph(browser, address, folder, look)
            ]
    except Error as problem:
        complaints = [str(problem)]
    server.shutdown()
    sys.stdout.write("\n".join(complaints) + "\n" if complaints else "no complaints\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
