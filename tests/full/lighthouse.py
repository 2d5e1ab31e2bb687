"""Lighthouse, as a phone on a slow network: six pages of each pack, each of its four groups of questions.

It comes from npm by the lock file beside this module into `build/`, and is run by the Node that the browser driver brings.
A machine with other work to do shows too little of what a page can: of each page the median of `ROUNDS` looks counts.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import playwright
from playwright.sync_api import Browser, sync_playwright

from bench.report import Row
from tests.chromium import WHOLE
from tests.e2e.people import Person, Server
from tests.e2e.serving import serving, shipped

ROOT = Path(__file__).parents[2]
LOCKED = Path(__file__).parent / "npm"
NODE = Path(playwright.__file__).parent / "driver" / "node"
MADE = ROOT / "build" / "lighthouse"
GROUPS = ("performance", "accessibility", "best-practices", "seo")
LEAST, ROUNDS = 95.0, 3
TRIES = 3
"""A look whose browser did not come up is begun again."""
PAGES = {
    "store_sales": (
        ("shen_yue", "/app/store_home"),
        ("shen_yue", "/app/sale_list"),
        ("shen_yue", "/r/sale/new"),
        ("shen_yue", "/app/promotion_list"),
        ("fang_ling", "/app/headquarters_home"),
        ("ye_qing", "/app/associate_home"),
    ),
    "b2b_sales": (
        ("li_wei", "/app/sales_desk"),
        ("li_wei", "/app/opportunity_list"),
        ("li_wei", "/r/opportunity/new"),
        ("zhao_rui", "/app/unit_desk"),
        ("zhao_rui", "/app/pipeline_board"),
        ("zhao_rui", "/inbox"),
    ),
}


def measured() -> list[Row]:
    """Of each pack and group, the page with the fewest points of a hundred."""
    program = installed()
    with (
        tempfile.TemporaryDirectory(prefix="dougong-lighthouse-") as name,
        serving(Path(name) / "data", shipped(ROOT / "packs"), "full") as base,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=WHOLE, args=["--no-sandbox"])
        return [row for pack in PAGES for row in of_pack(program, browser, Server(base, ROOT / "packs"), pack)]


def installed() -> Path:
    """Lighthouse as the lock file names it; what runs it."""
    MADE.mkdir(parents=True, exist_ok=True)
    for one in LOCKED.iterdir():
        shutil.copy(one, MADE)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=MADE, check=True)
    return MADE / "node_modules" / "lighthouse" / "cli" / "index.js"


def of_pack(program: Path, browser: Browser, server: Server, pack: str) -> list[Row]:
    """The four groups of one pack."""
    found = {page: of_page(program, browser, server, *page) for page in PAGES[pack]}
    rows = []
    for group in GROUPS:
        page = min(found, key=lambda one, group=group: found[one][group])
        what = f"Lighthouse as a phone, {group}, the least of {len(found)} pages of {pack}: {page[1]}"
        rows.append(Row(f"LIGHTHOUSE-{pack}-{group}".upper(), what, LEAST, found[page][group], "of 100", at_least=True))
    return rows


def of_page(program: Path, browser: Browser, server: Server, account: str, path: str) -> dict[str, float]:
    """The points of one page by group, as somebody who is signed in sees it."""
    person = Person(browser, server, account, 390)
    cookies = "; ".join(f"{one.get('name')}={one.get('value')}" for one in person.context.cookies())
    person.close()
    looks = [look(program, server.base + path, cookies) for _ in range(ROUNDS)]
    points = {group: statistics.median(one[group] for one in looks) for group in GROUPS}
    print(f"   {path} ({account}): {', '.join(f'{group} {points[group]:.0f}' for group in GROUPS)}", flush=True)
    return points


def look(program: Path, address: str, cookies: str) -> dict[str, float]:
    """The points of one look; a page that could not be looked at raises."""
    with tempfile.TemporaryDirectory(prefix="dougong-lighthouse-") as name:
        headers, told = Path(name) / "headers.json", Path(name) / "told.json"
        headers.write_text(json.dumps({"Cookie": cookies}), "utf-8")
        command = [
            *(str(NODE), str(program), address, "--quiet", "--output=json", f"--output-path={told}"),
            *(f"--extra-headers={headers}", f"--only-categories={','.join(GROUPS)}"),
            "--chrome-flags=--headless=new --no-sandbox",
        ]
        environment = {"CHROME_PATH": WHOLE, "PATH": "/usr/bin:/bin", "HOME": name, "TMPDIR": name}
        for left in reversed(range(TRIES)):
            if subprocess.run(command, env=environment, check=not left).returncode == 0:
                break
        groups = json.loads(told.read_text("utf-8"))["categories"]
    return {group: 100 * float(groups[group]["score"]) for group in GROUPS}
