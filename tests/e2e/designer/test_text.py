"""The text view by hand: typing, completion, meaning, definition, problems, undo, others at the same file, beside the canvas."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.designer.text_desk import GUARDED, SHOWN, desk
from tests.e2e.people import Server

LEAD = "b2b_sales/entities/lead.yaml"
PRODUCT = "b2b_sales/entities/product.yaml"
LIST = "b2b_sales/pages/lead_list.yaml"
DEALS = "b2b_sales/pages/opportunity_list.yaml"


def test_what_is_typed_is_in_the_draft_after_a_pause(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD) as one:
        before = one.text
        one.behind("label:")
        one.page.keyboard.type("  # 试一试😀")
        one.saved("# 试一试😀")
        assert one.text == before.replace("\n", "  # 试一试😀\n", 1)
        assert one.errors == []


def test_what_is_typed_is_not_lost_when_the_page_is_left_at_once(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD) as one:
        one.behind("label:")
        one.page.keyboard.insert_text("  # 走之前")
        one.person.open("/app")
        one.saved("# 走之前")


def test_undo_in_the_text_is_the_texts_own(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD) as one:
        before = one.text
        one.behind("label:")
        one.page.keyboard.type("  # one")
        one.saved("# one")
        one.page.keyboard.press("Control+z")
        one.saved("# one", there=False)
        assert one.text == before
        one.page.keyboard.press("Control+y")
        one.saved("# one")
        expect(one.page.locator(f"{SHOWN} .cm-content")).to_be_focused()


def test_keys_and_names_are_offered_and_taken(browser: Browser, server: Server) -> None:
    with desk(browser, server, LIST) as one:
        one.behind("icon:")
        one.page.keyboard.press("Enter")
        one.page.keyboard.type("descr", delay=30)
        offered = one.page.locator(".cm-tooltip-autocomplete li")
        expect(offered.first).to_contain_text("description")
        one.page.wait_for_timeout(GUARDED)
        one.page.keyboard.press("Enter")
        one.page.keyboard.type("一览")
        one.saved("\ndescription: 一览\n")


def test_a_mistake_is_told_at_its_place_with_its_fix(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD) as one:
        one.behind("label:")
        one.page.keyboard.press("Enter")
        one.page.keyboard.type("colects: customer")
        wrong = one.page.locator(f"{SHOWN} .cm-lintRange-error").first
        expect(wrong).to_have_text("colects")
        one.saved("colects")
        wrong.hover()
        told = one.page.locator(".cm-tooltip .cm-diagnostic").first
        expect(told).to_contain_text("不认识键「colects」")
        told.locator(".cm-diagnosticAction").click()
        one.saved("collects: customer")


def test_a_problem_is_told_soon_after_a_pause(browser: Browser, server: Server) -> None:
    """Measured in the page, from the last letter on: the pause that typing needs, and the answer."""
    with desk(browser, server, LEAD) as one:
        took = []
        for number in range(3):
            one.behind("label:")
            one.page.keyboard.press("Enter")
            one.page.keyboard.insert_text(f"zz_{number}: 1")
            took.append(
                one.page.evaluate(
                    """async (shown) => {
                        const root = document.querySelector(shown).shadowRoot, start = performance.now();
                        while (!root.querySelector('.cm-lintRange-error')) await new Promise((next) => setTimeout(next, 5));
                        return performance.now() - start;
                    }""",
                    SHOWN,
                )
            )
            one.page.keyboard.press("Shift+Home")
            one.page.keyboard.press("Backspace")
            one.page.keyboard.press("Backspace")
            expect(one.page.locator(f"{SHOWN} .cm-lintRange-error")).to_have_count(0)
        print("problem told after ms:", [round(each) for each in took])
        assert min(took) < 1500


def test_a_word_leads_to_its_definition_in_another_file(browser: Browser, server: Server) -> None:
    with desk(browser, server, LIST) as one:
        line = one.line("columns:")
        line.hover(position={"x": 110, "y": 8})
        meaning = one.page.locator(".cm-meaning")
        expect(meaning).to_be_visible()
        meaning.get_by_role("button", name="转到定义").click()
        one.page.wait_for_url("**/designer/text/b2b_sales/entities/**")
        expect(one.page.locator(f"{SHOWN} .cm-activeLine")).to_be_visible()
        assert one.errors == []


def test_words_are_found_in_all_files(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD) as one:
        one.page.get_by_role("button", name="在全部文件中查找").click()
        one.page.get_by_role("searchbox", name="在全部文件中查找").fill("weighted")
        places = one.page.locator("aside .places button")
        expect(places.first).to_be_visible()
        one.page.locator("aside .places h3", has_text="opportunity.yaml").first.locator("+ ul button").first.click()
        one.page.wait_for_url("**/designer/text/b2b_sales/**/*.yaml")
        expect(one.page.locator(f"{SHOWN} .cm-activeLine")).to_contain_text("weighted")


def test_what_others_write_comes_without_moving_the_caret(browser: Browser, server: Server) -> None:
    with desk(browser, server, PRODUCT) as one, desk(browser, server, PRODUCT) as other:
        one.behind("label:")
        one.page.keyboard.type("  # mine")
        one.saved("# mine")
        text = other.text
        read = other.asked(f"files/{PRODUCT}")
        command = {
            "do": "text",
            "file": PRODUCT,
            "edits": [{"start": 0, "end": 0, "text": "# theirs\n"}],
            "hash": read["hash"],
        }
        other.asked("commands", {"command": command})
        one.page.keyboard.type(" more")
        one.saved("# mine more")
        assert one.text == "# theirs\n" + text.replace("# mine", "# mine more")
        expect(one.line("# theirs")).to_be_visible()
        expect(one.page.locator(f"{SHOWN} .cm-activeLine").first).to_contain_text("# mine more")
        other.restore(text)
        other.file, original = PRODUCT, text.replace("  # mine", "")
        one.restore(original)


def test_the_same_line_written_by_two_shows_three_columns(browser: Browser, server: Server) -> None:
    with desk(browser, server, PRODUCT) as one:
        before = one.text
        first = before.split("\n", 1)[0]
        one.behind(first[:12])
        read = one.asked(f"files/{PRODUCT}")
        command = {
            "do": "text",
            "file": PRODUCT,
            "edits": [{"start": 0, "end": len(first), "text": first + "  # theirs"}],
            "hash": read["hash"],
        }
        one.page.keyboard.type("  # mine")
        one.asked("commands", {"command": command})
        choice = one.page.get_by_role("alert")
        expect(choice).to_contain_text("# theirs")
        expect(choice).to_contain_text("# mine")
        choice.locator(".btn.primary").click()
        one.saved("# mine")
        assert one.text == before.replace(first, first + "  # mine", 1)


def test_text_and_canvas_follow_each_other(browser: Browser, server: Server) -> None:
    with desk(browser, server, DEALS) as one:
        assert one.person.open(f"/designer/page/{DEALS}") == 200
        one.page.wait_for_selector(".glass[data-painted]")
        one.page.get_by_role("button", name="并排显示文本").evaluate("(one) => one.click()")
        one.ready()
        one.line("id: rows").click()
        expect(one.page.locator(".chosen").first).to_be_visible()
        one.page.get_by_role("button", name="大纲").click()
        one.page.locator("aside [role=treeitem]", has_text="看板").first.click()
        expect(one.page.locator(f"{SHOWN} .cm-activeLine")).to_contain_text("kanban")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_text_view_keeps_the_rules_of_accessibility(browser: Browser, server: Server, language: str) -> None:
    with desk(browser, server, LEAD, language=language) as one:
        one.behind("label:")
        one.page.keyboard.press("Enter")
        one.page.keyboard.type("naturalkey: [phone]")
        expect(one.page.locator(f"{SHOWN} .cm-lintRange-error").first).to_be_visible()
        assert one.person.axe_in_both_looks() == []
        assert one.errors == []


def test_on_a_phone_texts_are_read(browser: Browser, server: Server) -> None:
    with desk(browser, server, LEAD, width=390) as one:
        expect(one.page.locator(".note").first).to_contain_text("手机上只能阅读文本")
        assert one.page.locator(f"{SHOWN} .cm-content").get_attribute("contenteditable") == "false"
        assert one.person.sideways() == 0
        assert one.person.axe() == []
