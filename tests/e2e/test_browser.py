"""The product in Chromium, as people use it: every role's pages, forms, phones and desks, with and without script."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import cycle

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.web.administration.areas import GROUPS
from tests.e2e.people import LOOKS, Person, Server

ROLES = {
    "shen_yue": "store manager",
    "bai_he": "associate",
    "guo_yan": "area manager",
    "fang_ling": "headquarters",
    "li_wei": "sales",
    "deng_ke": "unit lead",
    "wu_tong": "solution engineer",
    "ma_teng": "delivery manager",
    "he_jing": "service",
    "jin_wen": "finance",
    "yan_zheng": "auditor",
    "mu_qing": "privacy officer",
    "lin_hai": "administrator",
}


def test_every_role_lands_on_its_home_and_every_page_of_the_navigations_opens(browser: Browser, server: Server) -> None:
    """Every page is opened for every role over HTTP; here once each, by a role, width, language and look in turn."""
    opened: set[str] = set()
    looks = cycle([(1440, "zh", False), (390, "en", True), (390, "zh", False), (1440, "en", True), (834, "zh", True)])
    problems: list[str] = []
    for account in ROLES:
        width, language, dark = next(looks)
        person = Person(browser, server, account, width, dark)
        person.language(language)
        assert person.open("/") == 200
        paths = sorted(
            set(
                person.page.evaluate("[...document.querySelectorAll('.side-nav a')].map((a) => a.getAttribute('href'))")
            )
        )
        for path in (one for one in paths if one not in opened):
            opened.add(path)
            status = person.open(path)
            if status != 200 or person.sideways() > 0 or person.errors:
                problems.append(
                    f"{account} {path} {width}px {language}: {status} sideways {person.sideways()} {person.errors[:2]}"
                )
            person.errors.clear()
        person.close()
    assert problems == []


ADMINISTRATION = ("/admin/users/invite", "/admin/roles?role=sales", "/admin/roles?entity=opportunity")
JUDGED = {
    "shen_yue": ("/app/store_home", "/app/sale_list", "/r/sale/new", "/account"),
    "li_wei": ("/app/sales_desk", "/app/opportunity_list", "/r/opportunity/new", "/search?q=a"),
    "lin_hai": ("/admin", *(one.url for group in GROUPS for one in group.areas), *ADMINISTRATION),
    "yan_zheng": ("/account/security", "/account/second-factor"),
}
"""Pages that are judged by the rules of accessibility, by who opens them."""
FORMS = {
    "deng_ke": ("opportunity", "customer", "contract", "quote", "lead", "activity", "contact", "renewal"),
    "shen_yue": ("sale", "promotion", "trading_day", "inspection", "shift"),
    "jin_wen": ("payment", "invoice", "receivable"),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_records_and_their_forms_fit_a_phone(browser: Browser, server: Server, language: str) -> None:
    problems: list[str] = []
    for account, entities in FORMS.items():
        person = Person(browser, server, account, 390)
        person.language(language)
        paths = ["/inbox"]
        for entity in entities:
            rows = person.page.request.get(f"{server.base}/api/records/{entity}?limit=1").json()["data"]
            paths += [f"/r/{entity}/{rows[0]['id']}", f"/r/{entity}/{rows[0]['id']}/edit"]
        for path in paths:
            status = person.open(path)
            if status not in {200, 403} or person.sideways() > 0:
                problems.append(f"{account} {path}: {status} sideways {person.sideways()}")
        person.close()
    assert problems == []


@pytest.mark.parametrize("account", JUDGED)
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_pass_the_accessibility_rules(browser: Browser, server: Server, width: int, account: str) -> None:
    person, found = Person(browser, server, account, width), []
    for path in JUDGED[account]:
        person.open(path)
        found += [f"{path} {one}" for one in person.axe_in_both_looks()]
    if account == "li_wei":
        person.open("/app/opportunity_list")
        person.page.click("table.table a.row-link >> nth=0")
        person.page.wait_for_url(re.compile(r"/r/opportunity/"))
        found += [f"record {one}" for one in person.axe_in_both_looks()]
    assert found == []
    person.close()


@pytest.mark.parametrize("look", LOOKS)
def test_words_that_cannot_be_read_in_one_look_are_found(browser: Browser, server: Server, look: str) -> None:
    """The control: the look is really another, and its colours are judged."""
    person = Person(browser, server, "shen_yue")
    person.open("/account")
    person.page.evaluate(
        """(look) => {
            const dim = new CSSStyleSheet();
            dim.replaceSync(`@media (prefers-color-scheme: ${look}) { main * { color: #888 !important; background: #777 !important } }`);
            document.adoptedStyleSheets.push(dim);
        }""",
        look,
    )
    found = person.axe_in_both_looks()
    assert found
    assert all(one.startswith(f"{look} color-contrast") for one in found)
    person.close()


def test_a_sale_is_entered_with_lines_while_the_totals_follow(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "shen_yue")
    person.open("/r/sale/new")
    page = person.page
    page.click("button.lines-add")
    page.wait_for_function("() => document.querySelectorAll('tr[data-row]').length === 2")
    page.wait_for_selector(".line-copy:visible")
    prices = page.locator("input[name$='.price']:visible")
    assert prices.count() == 2
    page.locator("input[name$='.quantity']:visible").nth(0).fill("2")
    prices.nth(0).fill("12.50")
    page.wait_for_function(
        "() => [...document.querySelectorAll('output[data-formula]')].some((o) => o.textContent.includes('25.00'))"
    )
    page.locator("[name='c.lines.0.quantity']").press("Enter")
    assert page.evaluate("document.activeElement.name") == "c.lines.1.quantity"
    page.evaluate(
        """() => {
            const block = new DataTransfer();
            block.setData("text/plain", "3\\t2.00\\n4\\t5.00");
            const event = { clipboardData: block, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));
        }"""
    )
    page.wait_for_function("() => document.querySelector('[data-total=amount]').textContent === '51.00'")
    page.locator("tr[data-row='1'] .tools label").click()
    page.wait_for_function("() => document.querySelector('[data-total=amount]').textContent === '45.00'")
    page.click(".toast button >> nth=-1")
    page.wait_for_function("() => document.querySelector('[data-total=amount]').textContent === '51.00'")
    assert person.errors == []
    person.close()


def test_minutes_are_written_with_formatting_and_a_lead_filled_in_from_a_card(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei", 390)
    page = person.page
    person.open("/r/meeting_minutes/new")
    editor = page.locator(".rich:has([name='f.summary']) .rich-editor")
    editor.click()
    page.keyboard.type("- 按")
    page.keyboard.press("Control+b")
    page.keyboard.type("新价")
    typing = person.context.new_cdp_session(page)
    typing.send("Input.imeSetComposition", {"text": "zou", "selectionStart": 3, "selectionEnd": 3})
    typing.send("Input.insertText", {"text": "走"})
    page.wait_for_function("() => document.querySelector(\"[name='f.summary']\").value === '- 按新价走'")
    sent = page.locator("[name='f.summary@html']").input_value()
    assert "<ul><li>按<b>新价走</b></li></ul>" in sent
    person.open("/r/lead/new")
    page.click(".card-capture summary")
    area = page.locator("[name='@card.text']")
    area.fill("王小明 采购经理\n苏州某某精密机械有限公司\n手机 139 1234 5678")
    area.evaluate("(area) => area.dispatchEvent(new ClipboardEvent('paste', { bubbles: true }))")
    page.click("[name='@card'][value=take]")
    page.wait_for_function("() => document.querySelector(\"[name='f.phone']\").value === '13912345678'")
    assert page.input_value("[name='f.person']") == "王小明"
    assert person.errors == []
    person.close()


def test_a_form_that_is_refused_shows_why_and_keeps_what_was_typed(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei", 390)
    person.open("/r/opportunity/new")
    page = person.page
    page.fill("[name='f.name']", "压装线改造")
    page.fill("[name='f.amount']", "很多")
    page.click("form.form-page button.primary")
    page.wait_for_selector("[aria-invalid='true']")
    assert page.input_value("[name='f.name']") == "压装线改造"
    assert page.input_value("[name='f.amount']") == "很多"
    person.close()


def by_hand_scanner(browser: Browser, server: Server) -> None:
    """A code that is typed and ended with Enter chooses a product."""
    person = Person(browser, server, "shen_yue")
    page = person.page
    person.open("/r/stock_movement/new")
    page.click("#f-product-find")
    page.keyboard.insert_text("SP9004")
    page.keyboard.press("Enter")  # as a hand scanner does: it sends no form
    page.wait_for_function("() => document.getElementById('f-product-find').value.includes('热水袋')")
    assert page.url == f"{server.base}/r/stock_movement/new"
    page.get_by_role("button", name="扫码").click()
    page.locator(".toast", has_text="不能用相机扫码").wait_for()
    assert person.errors == []
    person.close()


def leave_the_sheet_of(page: Page, row: str) -> None:
    """On a phone a row opens over its list: the way back and the button lead to the list, and further back to what was before."""
    page.set_viewport_size({"width": 390, "height": 844})
    over = page.locator("dialog.peek[open]")
    for leave in (page.go_back, lambda: over.locator("[data-close]").click()):
        page.locator("main [data-opens] a").get_by_text(row).first.click()
        over.get_by_role("heading", name=row).first.wait_for()
        leave()
        over.wait_for(state="detached")
        page.wait_for_function("(row) => document.activeElement.textContent === row && !history.state?.sheet", arg=row)
    page.locator("main [data-opens] a").get_by_text(row).first.click()
    over.locator("[data-whole]").click()
    page.wait_for_url("**/r/lead/*")
    page.go_back()
    page.wait_for_url("**/app/lead_list?v=all")
    page.go_back()
    page.wait_for_url("**/r/contract/new")


def test_a_row_is_made_over_a_form_and_another_looked_at_beside_its_list(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    page = person.page
    person.open("/r/opportunity/new")
    page.fill("#f-name", "二期产线")
    page.click("#f-customer-find")
    page.locator("#f-customer-find").press_sequentially("海川机电新厂")
    page.get_by_role("option", name="新建客户「海川机电新厂」").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    over = page.get_by_role("dialog", name="新建客户")
    assert over.locator("[name='f.name']").input_value() == "海川机电新厂"
    over.locator("[name='f.industry']").select_option(index=1)
    over.get_by_role("button", name="保存客户").click()
    over.wait_for(state="detached")
    expect(page.locator("#f-customer-find")).to_have_value("海川机电新厂")
    expect(page.locator("#f-customer-find")).to_be_focused()
    assert page.input_value("#f-name") == "二期产线"
    person.open("/r/contract/new")
    page.fill("#f-name", "一期合同")
    page.locator("#f-customer-find").press_sequentially("海川机电新厂")
    page.get_by_role("option", name="海川机电新厂", exact=True).click()
    page.fill("#f-amount", "1200")
    page.keyboard.press("Enter")
    page.locator(".form-step[data-current]", has_text="条款与付款").wait_for()
    page.get_by_role("button", name="上一步").click()
    page.locator(".form-step[data-current]", has_text="合同概况").wait_for()
    assert (page.input_value("#f-name"), page.url) == ("一期合同", f"{server.base}/r/contract/new")
    person.open("/app/lead_list?v=all")
    rows = page.locator("a.row-link")
    first, second = (rows.nth(at).inner_text() for at in (0, 1))
    rows.nth(0).click()
    beside = page.locator("dialog.peek[open]")
    beside.get_by_role("heading", name=first).first.wait_for()
    page.keyboard.press("ArrowDown")
    beside.get_by_role("heading", name=second).first.wait_for()
    assert page.locator("tr[data-peeked] a.row-link").inner_text() == second
    assert person.sideways() == 0
    assert person.axe() == []
    page.keyboard.press("Escape")
    beside.wait_for(state="detached")
    expect(page.locator("main [data-opens] a").get_by_text(second).first).to_be_focused()
    leave_the_sheet_of(page, second)
    assert person.errors == []
    person.close()
    by_hand_scanner(browser, server)


def test_search_and_a_saved_view_narrow_a_list(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    person.open("/app/opportunity_list")
    page = person.page
    page.locator("nav.views a").nth(2).click()
    page.wait_for_selector("nav.views a:nth-of-type(3)[aria-current]")
    page.fill("main input[type=search]", "没有这样的商机名")
    page.press("main input[type=search]", "Enter")
    page.wait_for_selector(".state")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "search"
    assert person.errors == []
    person.close()


def test_language_and_theme_are_switched_in_the_menu(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    person.open("/")
    page = person.page
    page.click("summary.who")
    page.click("button[name='language'][value='en']")
    page.wait_for_selector("html[lang='en']")
    page.click("summary.who")
    page.click("button[name='theme'][value='dark']")
    page.wait_for_selector("html[data-theme='dark']")
    person.close()


def test_without_script_a_record_is_entered_with_another_line(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "shen_yue", script=False)
    person.open("/r/sale/new")
    before = person.page.locator("tr[data-row]").count()
    person.page.click("button.lines-add")
    assert person.page.locator("tr[data-row]").count() == before + 1
    assert person.page.locator("form.form-page").count() == 1
    person.close()


def test_a_first_load_stays_light(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei", 390)
    sizes: dict[str, int] = {}
    client = person.context.new_cdp_session(person.page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    requests: dict[str, str] = {}
    client.on(
        "Network.responseReceived", lambda event: requests.__setitem__(event["requestId"], event["response"]["url"])
    )
    client.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(requests.get(event["requestId"], ""), int(event["encodedDataLength"])),
    )
    person.open("/app/opportunity_list")
    person.page.wait_for_load_state("networkidle")
    weight = sum(size for url, size in sizes.items() if url.endswith((".css", ".js")) or "/app/" in url)
    assert weight <= 40 * 1024, sizes
    person.close()


def test_a_field_added_to_the_text_is_on_the_form_and_a_typo_keeps_the_old_application(
    browser: Browser, server: Server
) -> None:
    person = Person(browser, server, "li_wei")
    file = server.packs / "b2b_sales" / "entities" / "opportunity.yaml"
    text = file.read_text("utf-8")
    added = text.replace(
        "\nfields:\n", "\nfields:\n  trial_field: {type: text, label: {zh: 试加字段, en: Trial field}}\n", 1
    )
    try:
        file.write_text(added, "utf-8")
        _until(
            lambda: (
                person.open("/r/opportunity/new") == 200 and person.page.locator("[name='f.trial_field']").count() == 1
            )
        )
        file.write_text(added.replace("type: text, label: {zh: 试加字段", "typ: text, lable: {zh: 试加字段"), "utf-8")
        _until(
            lambda: (
                person.open("/app/opportunity_list") == 200 and person.page.locator(".diagnostics-panel").count() == 1
            )
        )
        shown = person.page.locator(".diagnostics-panel").text_content() or ""
        assert "opportunity.yaml" in shown
        assert "typ" in shown
        assert "lable" in shown
    finally:
        file.write_text(text, "utf-8")
    _until(
        lambda: person.open("/app/opportunity_list") == 200 and person.page.locator(".diagnostics-panel").count() == 0
    )
    _until(
        lambda: person.open("/r/opportunity/new") == 200 and person.page.locator("[name='f.trial_field']").count() == 0
    )
    person.close()


def _until(holds: Callable[[], bool]) -> None:
    """Wait for a page to show what a saved file says; the reload runs beside."""
    for _ in range(60):
        if holds():
            return
        time.sleep(0.2)
    pytest.fail("the change did not arrive")
