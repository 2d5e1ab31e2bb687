"""Somebody at a browser: signed in, every page watched for errors, sideways scrolling, and the rules of accessibility."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that another look of the same elements may break."""
SHOWN = "[...document.querySelectorAll('body *')].map((one) => one.checkVisibility({visibilityProperty: true})).join()"
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PASSWORD = "dougong-demo"


@dataclass(frozen=True)
class Server:
    """A running installation with demo data, on packs of its own that tests may edit; who has signed in, by account."""

    base: str
    packs: Path
    signed_in: dict[str, StorageState] = field(default_factory=dict)


class Person:
    """Somebody at a browser: a context signed in, its pages watched for errors.

    Who has signed in before goes on in that session, with another browser, unless it must be one of its own.
    """

    def __init__(
        self,
        browser: Browser,
        server: Server,
        account: str,
        width: int = 1440,
        dark: bool = False,
        script: bool = True,
        touch: bool = False,
        anew: bool = False,
        scale: float = 1.0,
    ) -> None:
        self.base = server.base
        session = None if anew else server.signed_in.get(account)
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            has_touch=touch,
            device_scale_factor=scale,
            storage_state=session,
        )
        self.errors: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if session is None:
            self._sign_in(account)
            if not anew:
                server.signed_in[account] = self.context.storage_state()

    def _heard(self, message: ConsoleMessage) -> None:
        """An error of the page with its address: a refused request names none itself."""
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location['url']}")

    def _sign_in(self, account: str) -> None:
        self.page.goto(f"{self.base}/sign-in")
        self.page.fill("#name", account)
        self.page.fill("#password", PASSWORD)
        self.page.click("form button.primary")
        self.page.wait_for_url(re.compile(r"/app/"))

    def open(self, path: str) -> int:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        return answer.status

    def language(self, name: str) -> None:
        self.context.add_cookies([{"name": "dougong_language", "value": name, "url": self.base}])

    def sideways(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def axe(self) -> list[str]:
        """The rules that the page breaks at rest: what fades in is judged as it will stand."""
        self.page.emulate_media(reduced_motion="reduce")
        self.page.evaluate(AXE)
        return self._broken_rules(RULES)

    def axe_in_both_looks(self) -> list[str]:
        """The same page, light and dark, at rest. A look is a matter of the style sheets alone: where it shows the same
        elements, the rules about colours are all that it may break.
        """
        self.page.evaluate(AXE)
        found: list[str] = []
        seen = ""
        for look in LOOKS:
            self.page.emulate_media(color_scheme=look, reduced_motion="reduce")
            shown = str(self.page.evaluate(SHOWN))
            found += [f"{look} {one}" for one in self._broken_rules(OF_COLOURS if shown == seen else RULES)]
            seen = shown
        return found

    def _broken_rules(self, rules: list[str]) -> list[str]:
        """What breaks a rule, and nothing about what keeps it: that is most of the work. `rules` are names or tags; no
        rule that is asked for reads style sheets, so that they are not loaded for it.
        """
        options = f"{{runOnly: {rules}, resultTypes: ['violations'], selectors: false, preload: {{assets: ['media']}}}}"
        found = self.page.evaluate(
            f"axe.run(document, {options})"
            ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(' | ')))"
        )
        return [str(one) for one in found]

    def close(self) -> None:
        self.context.close()
