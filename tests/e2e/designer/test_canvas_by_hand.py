"""The canvas by hand: mouse, touch and keyboard, each with what the file says afterwards, byte for byte."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.e2e.designer.drawing_board import GLASS, added, board
from tests.e2e.people import AXE, LOOKS, Server

DESK = "b2b_sales/dashboards/audit_desk.yaml"
FORM = "b2b_sales/forms/opportunity.yaml"
RECORD = "b2b_sales/pages/opportunity_record.yaml"
LIST = "b2b_sales/pages/opportunity_list.yaml"


def test_a_widget_lands_where_the_bar_was_and_the_file_gets_its_line_alone(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        before = one.text
        end = one.at("k_paid", 0.25)
        start = one.middle(one.chip("widget kpi"))
        one.page.mouse.move(start.x, start.y)
        one.page.mouse.down()
        one.page.mouse.move(end.x, end.y, steps=4)
        assert one.page.locator(".bar[data-after]").get_attribute("data-after") == "k_contract"
        with one.acting():
            one.page.mouse.up()
        lines = added(before, one.text)
        assert len(lines) == 1
        assert re.fullmatch(r"  - \{id: kpi, widget: kpi, metric: \w+, span: 3\}", lines[0])
        assert before.splitlines()[:12] == [line for line in one.text.splitlines() if line not in lines][:12]
        assert one.item("kpi").is_visible()
        assert one.person.errors == []


def test_no_pause_is_needed_before_letting_go(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        before = one.text
        with one.acting():
            one.drag_chip("widget kpi", one.at("t_contract", 0.8, 0.9), steps=1)
        (line,) = added(before, one.text)
        found = one.text.splitlines()
        assert "k_over" not in found[found.index(line) - 1]
        assert found[found.index(line) + 1] == "  - id: c_unit"


def test_what_is_typed_after_a_drop_is_its_label(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        with one.acting():
            one.drag_chip("widget kpi", one.at("k_paid", 0.25))
        with one.acting():
            one.page.keyboard.type("本月签约")
            one.page.keyboard.press("Enter")
        assert "label: {zh: 本月签约}" in one.text
        assert one.item("kpi").get_by_text("本月签约").is_visible()


def test_an_item_is_moved_and_its_comments_and_neighbours_stay(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        before = one.text
        with one.acting():
            one.drag(one.at("k_margin", 0.5, 0.2), one.at("k_contract", 0.1))
        after = one.text
        assert sorted(after.splitlines()) == sorted(before.splitlines())
        assert next(line for line in after.splitlines() if "widget: kpi" in line).strip().startswith("- {id: k_margin")


def test_a_field_goes_into_the_section_that_it_is_dropped_in(browser: Browser, server: Server) -> None:
    with board(browser, server, FORM) as one:
        before = one.text
        assert "field: stage" not in before
        target = one.at("f_competitor", 0.1)
        with one.acting():
            one.drag_chip("field last_activity_on", target)
        (line,) = added(before, one.text)
        assert line == "      - {id: last_activity_on, widget: field, field: last_activity_on, span: 6}"
        found = one.text.splitlines()
        assert "f_competitor" in found[found.index(line) + 1]


def test_it_is_all_done_by_keyboard_and_read_out(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        before = one.text
        page = one.page
        page.locator(f"{GLASS} input").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        spoken = page.locator("[data-spoken]")
        assert spoken.inner_text() == "回款金额"
        with one.acting():
            page.keyboard.press("Alt+ArrowUp")
        assert spoken.inner_text() == "回款金额 已移到第 1 位，共 9 项"
        with one.acting():
            page.keyboard.press("Alt+ArrowDown")
        assert one.text == before
        with one.acting():
            page.keyboard.press("Shift+Alt+ArrowRight")
        assert "{id: k_paid, widget: kpi, metric: payment_amount, compare: previous, span: 4}" in one.text
        with one.acting():
            page.keyboard.press("Control+d")
        assert "id: k_paid_2" in one.text
        with one.acting():
            page.keyboard.press("Delete")
        assert "id: k_paid_2" not in one.text
        with one.acting():
            page.keyboard.press("Control+z")
        assert "id: k_paid_2" in one.text
        chip = one.chip("widget chart")
        chip.focus()
        with one.acting():
            page.keyboard.press("Enter")
        assert "widget: chart" in one.text.split("id: k_paid_2", 1)[1][:200]


def test_a_finger_drags_as_a_mouse_does(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK, width=1180, touch=True) as one:
        before = one.text
        start, end = one.middle(one.chip("widget kpi")), one.at("k_paid", 0.25)
        session = one.person.context.new_cdp_session(one.page)

        def touch(kind: str, *points: dict[str, float]) -> None:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        touch("touchStart", {"x": start.x, "y": start.y})
        for step in range(1, 6):
            touch(
                "touchMove",
                {"x": start.x + (end.x - start.x) * step / 5, "y": start.y + (end.y - start.y) * step / 5},
            )
        with one.acting():
            touch("touchEnd")
        (line,) = added(before, one.text)
        found = one.text.splitlines()
        assert "k_contract" in found[found.index(line) - 1]
        one.undo_all(before)


def test_several_are_chosen_copied_and_pasted_on_another_page(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        one.select("k_contract")
        one.page.keyboard.press("Shift+ArrowDown")
        assert one.page.locator(".chosen").count() == 2
        one.page.keyboard.press("Control+c")
    other = "b2b_sales/dashboards/calibration_desk.yaml"
    with board(browser, server, DESK) as one:
        kept = one.page.evaluate("localStorage.getItem('dougong.designer.copied')")
        assert kept is None, "another context has no part in what was copied"
    with board(browser, server, DESK) as one:
        one.select("k_contract")
        one.page.keyboard.press("Control+c")
        one.file = other
        one.open()
        before = one.text
        one.page.locator(f"{GLASS} input").focus()
        with one.acting():
            one.page.keyboard.press("Control+v")
        (line,) = added(before, one.text)
        assert "metric: contract_amount" in line
        one.undo_all(before)


def test_a_metric_dropped_on_a_figure_is_shown_by_it(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        with one.acting():
            one.drag_chip("metric acceptance_attainment", one.at("k_paid"))
        assert "{id: k_paid, widget: kpi, metric: acceptance_attainment" in one.text


def test_the_edge_of_an_item_is_dragged_to_a_width(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        one.select("k_contract")
        handle = one.middle(one.page.locator(".handle"))
        end = one.at("k_paid", 0.98)
        with one.acting():
            one.drag(handle, end)
        assert "{id: k_contract, widget: kpi, metric: contract_amount, compare: previous, span: 6}" in one.text


def test_another_widget_keeps_what_both_know(browser: Browser, server: Server) -> None:
    with board(browser, server, LIST) as one:
        one.select("rows")
        with one.acting():
            one.page.get_by_label("组件", exact=True).last.select_option("cards")
        data = one.text.split("  - id: kanban", 1)[0]
        assert "widget: cards" in data
        assert "columns: [name, code, customer.name, stage, amount, probability, close_date, owner]" in data
        assert "id: slipped" in data


def test_properties_are_edited_beside_the_canvas(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        one.select("t_quote")
        with one.acting():
            one.page.get_by_label("行数").fill("3")
            one.page.get_by_label("行数").press("Enter")
        assert "limit: 3" in one.text
        with one.acting():
            one.page.get_by_label("标题 中文").fill("大额折扣")
            one.page.get_by_label("标题 中文").press("Enter")
        assert "label: {zh: 大额折扣, en: Deep discounts approved}" in one.text


def test_the_outline_moves_things_and_is_a_place_to_drop(browser: Browser, server: Server) -> None:
    with board(browser, server, FORM) as one:
        before = one.text
        one.page.get_by_role("button", name="大纲").click()
        rows = one.page.locator("[data-row]")
        assert rows.count() == before.count("widget:")
        with one.acting():
            one.drag(
                one.middle(one.page.locator('[data-row="f_lesson"]')),
                one.middle(one.page.locator('[data-row="technical"]')),
            )
        assert "f_lesson" in one.text.split("  - id: step", 1)[0].split("id: technical", 1)[1]


def test_a_key_in_a_text_box_is_the_text_boxs(browser: Browser, server: Server) -> None:
    with board(browser, server, DESK) as one:
        with one.acting():
            one.drag_chip("widget kpi", one.at("k_paid", 0.25))
        after = one.text
        search = one.page.get_by_label("找组件、字段、指标")
        search.click()
        one.page.keyboard.type("biao")
        one.page.keyboard.press("Control+z")
        one.page.keyboard.press("Delete")
        assert one.text == after
        search.fill("zbk")
        assert one.page.locator("[data-chip]").first.get_attribute("data-chip") == "widget kpi"


def test_what_somebody_else_changed_meanwhile_is_asked_about_and_nothing_is_lost(
    browser: Browser, server: Server
) -> None:
    with board(browser, server, DESK) as one:
        one.select("t_quote")
        limit = one.page.get_by_label("行数")
        limit.fill("4")
        command = {"do": "set", "file": DESK, "path": ["items", {"id": "t_quote"}, "limit"], "value": 7}
        assert one.page.request.post(f"{server.base}/designer/api/commands", data={"command": command}).ok
        one.page.evaluate("window.EventSource = undefined")
        limit.press("Enter")
        dialog = one.page.get_by_role("dialog")
        dialog.wait_for()
        assert [text.strip() for text in dialog.locator("pre").all_inner_texts()] == ["10", "4", "7"]
        assert "limit: 7" in one.text
        with one.acting():
            dialog.get_by_role("button", name="用我的").click()
        assert "limit: 4" in one.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_accessible_in_both_looks_and_inside_the_frame(browser: Browser, server: Server, language: str) -> None:
    for file in (DESK, FORM, RECORD):
        with board(browser, server, file, language=language) as one:
            first = "k_contract" if file == DESK else "f_name" if file == FORM else "deal"
            one.select(first)
            assert one.person.axe_in_both_looks() == []
            inside = one.page.frames[1]
            inside.evaluate(AXE)
            for look in LOOKS:
                one.page.emulate_media(color_scheme=look)
                broken = inside.evaluate(
                    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}).then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].html.slice(0, 200)))"
                )
                assert broken == [], (file, look)
            assert one.person.errors == []


@pytest.mark.parametrize("width", [390, 834])
def test_on_a_phone_a_widget_is_added_by_a_tap(browser: Browser, server: Server, width: int) -> None:
    with board(browser, server, DESK, width=width, touch=True) as one:
        before = one.text
        one.page.get_by_role("button", name="左侧面板").tap()
        with one.acting():
            one.chip("widget kpi").tap()
        added(before, one.text)
        assert one.person.sideways() == 0
        one.undo_all(before)


def test_an_edit_outside_shows_on_the_canvas_with_a_notice_and_no_reload(browser: Browser, server: Server) -> None:
    with board(browser, server, LIST) as one:
        path = server.packs / LIST
        kept = path.read_bytes()
        one.page.evaluate("window.stayed = true")
        search = one.page.get_by_label("找组件、字段、指标")
        search.click()
        search.press_sequentially("kpi")
        try:
            with one.acting():
                path.write_bytes(
                    kept.replace("zh: 商机, en: Opportunities".encode(), "zh: 全部商机, en: Deals".encode(), 1)
                )
            one.page.frame_locator(".area:not([hidden]) iframe").get_by_role("heading", name="全部商机").wait_for()
            one.page.get_by_text("文件在外部被修改").first.wait_for()
            assert one.page.evaluate("window.stayed")
            assert search.input_value() == "kpi"
            assert one.page.evaluate("document.activeElement === document.querySelector('.search input')")
        finally:
            with one.acting():
                path.write_bytes(kept)


def test_an_undo_after_an_outside_edit_keeps_that_edit(browser: Browser, server: Server) -> None:
    with board(browser, server, LIST) as one:
        path = server.packs / LIST
        kept = path.read_bytes()
        one.select("rows")
        with one.acting():
            one.page.get_by_label("行数").fill("7")
            one.page.get_by_label("行数").press("Enter")
        try:
            with one.acting():
                path.write_bytes(b"# By a consultant.\n" + kept)
            one.page.get_by_text("文件在外部被修改").first.wait_for()
            with one.acting():
                one.page.locator("header [aria-keyshortcuts='Control+Z']").click()
            assert one.text.startswith("# By a consultant.")
            assert "limit: 7" not in one.text
            with one.acting():  # saved again while the newest revision is this window's own
                path.write_bytes(kept)
        finally:
            path.write_bytes(kept)


def test_a_page_is_shown_with_a_row_that_is_chosen(browser: Browser, server: Server) -> None:
    """Who designs need not have a right of their own to the rows that the page shows to others."""
    with board(browser, server, RECORD) as one:
        picker = one.page.get_by_label("用哪条记录显示")
        picker.focus()
        row = picker.locator("option").nth(2)
        row.wait_for(state="attached")
        title = row.inner_text()
        picker.select_option(label=title)
        one.page.frame_locator(".area:not([hidden]) iframe").get_by_role("heading", name=title).first.wait_for()
