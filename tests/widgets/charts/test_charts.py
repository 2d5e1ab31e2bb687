"""Charts: whole, escaped, without script or style, and robust against every shape of figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_of
from markupsafe import Markup

from engine.widgets.charts import (
    ChartSpec,
    GaugeSpec,
    Series,
    area_chart,
    bar_chart,
    combo_chart,
    funnel_chart,
    gauge,
    heat_chart,
    horizontal_bar_chart,
    line_chart,
    pie_chart,
    radar_chart,
    scatter_chart,
    spark,
)
from engine.widgets.charts.heat import heat_step
from engine.widgets.charts.printed import in_light, printed
from engine.widgets.charts.spec import Value
from engine.widgets.render import WIDGETS_FOLDER

Drawer = Callable[[ChartSpec], Markup]
ATTACK = "<script>alert('1')</script>\" onload=\"x"


def stacked(spec: ChartSpec) -> Markup:
    return bar_chart(spec, stacked=True)


DRAWERS: dict[str, Drawer] = {
    "bar": bar_chart,
    "stacked": stacked,
    "horizontal": horizontal_bar_chart,
    "line": line_chart,
    "area": area_chart,
    "pie": pie_chart,
    "radar": radar_chart,
    "heat": heat_chart,
    "funnel": funnel_chart,
    "combo": combo_chart,
    "scatter": scatter_chart,
}
every_chart = pytest.mark.parametrize("draw", DRAWERS.values(), ids=DRAWERS)


def spec_of(
    *rows: tuple[Value, ...], links: tuple[str, ...] = (), language: str = "zh", title: str = "哪些门店卖得最多?"
) -> ChartSpec:
    count = max((len(row) for row in rows), default=0)
    names = tuple(f"门店 {index}" for index in range(count))
    return ChartSpec(title, names, tuple(Series(f"系列 {at}", row, links) for at, row in enumerate(rows)), language)


def parse(chart: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(chart))


def decimals(*values: int | str | None) -> tuple[Value, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


@every_chart
def test_a_chart_is_well_formed_and_tells_title_summary_and_numbers(draw: Drawer) -> None:
    tree = parse(draw(spec_of(decimals(3, 8, 5, 2))))
    picture = next(one for one in tree.iter("svg") if one.get("role") == "img")
    assert picture.find("title") is not None
    assert "最高 门店 1 8" in (picture.findtext("desc") or "")
    cells = [cell.text for cell in tree.iter("td")]
    assert cells == ["3", "8", "5", "2"]


@every_chart
def test_no_chart_carries_style_script_or_colour(draw: Drawer) -> None:
    for element in parse(draw(spec_of(decimals(3, -8, None, 2), decimals(1, 2, 3, 4)))).iter():
        assert not {"style", "onload", "onclick", "fill", "stroke"} & set(element.keys())
        assert element.tag not in {"script", "style"}


@every_chart
def test_names_are_escaped_wherever_they_stand(draw: Drawer) -> None:
    spec = ChartSpec(
        ATTACK,
        (ATTACK, "b", "c"),
        (Series(ATTACK, decimals(1, 2, 3)), Series("s", decimals(3, 2, 1))),
        unit=ATTACK,
        period=ATTACK,
    )
    text = str(draw(spec))
    assert "<script" not in text
    assert 'onload="x"' not in text
    assert parse(draw(spec)) is not None


@every_chart
@pytest.mark.parametrize(
    "row",
    [
        (),
        (None,),
        (None, None),
        (0,),
        (7,),
        (0, 0, 0),
        (-5, -3, -1),
        (5, None, 3),
        ("1e-30", "1e-31", "0"),
        ("1e300", "-1e300", "1"),
        ("NaN", "Infinity", "4"),
    ],
    ids=str,
)
def test_odd_figures_still_make_a_chart(draw: Drawer, row: tuple[int | str | None, ...]) -> None:
    tree = parse(draw(spec_of(decimals(*row))))
    assert tree.tag == "figure"
    text = ElementTree.tostring(tree, encoding="unicode")
    assert "nan" not in text.lower().replace("finance", "")
    assert "inf" not in text.lower().replace("info", "")


@every_chart
def test_without_figures_a_sentence_stands_in_place_of_the_drawing(draw: Drawer) -> None:
    tree = parse(draw(spec_of(decimals(None, None, None))))
    assert list(tree.iter("svg")) == []
    assert "这段时间没有数据" in "".join(tree.itertext())


@every_chart
def test_marks_open_their_rows_and_are_named(draw: Drawer) -> None:
    tree = parse(draw(spec_of(decimals(3, 8, 5), links=("/app/a?x=1&y=2", "/app/b", ""))))
    anchors = list(tree.iter("a"))
    assert {one.get("href") for one in anchors} == {"/app/a?x=1&y=2", "/app/b"}
    assert all(one.get("aria-label") for one in anchors)
    assert [one.get("role") for one in tree.iter("svg") if one.get("role")] == ["group"]


@every_chart
@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"]
)
def test_addresses_that_are_not_ours_are_dropped(draw: Drawer, link: str) -> None:
    assert list(parse(draw(spec_of(decimals(3, 8, 5), links=(link,) * 3))).iter("a")) == []


def test_long_names_are_cut_and_told_whole() -> None:
    name = "杭州湖滨银泰in77旗舰体验中心店"
    spec = ChartSpec("t", (name, "b"), (Series("s", decimals(2, 1)),))
    tree = parse(horizontal_bar_chart(spec))
    label = next(one for one in tree.iter("text") if one.findtext("title") == name)
    assert "".join(label.itertext()).endswith("…")


def test_rising_and_falling_bars_are_told_by_class_and_sign() -> None:
    spec = ChartSpec("t", ("a", "b"), (Series("s", decimals("0.1", "-0.1")),), display="percent", signed=True)
    text = str(bar_chart(spec))
    assert "fill up" in text
    assert "fill down" in text
    assert "−10 %" in text


def test_stacked_bars_stand_on_each_other_and_negatives_hang_below() -> None:
    rects = list(parse(stacked(spec_of(decimals(10), decimals(10), decimals(-5)))).iter("rect"))
    first, second, below = (one for one in rects if "fill" in (one.get("class") or ""))
    assert float(second.get("y", 0)) + float(second.get("height", 0)) == pytest.approx(
        float(first.get("y", 0)), abs=0.1
    )
    assert float(below.get("y", 0)) == pytest.approx(float(first.get("y", 0)) + float(first.get("height", 0)), abs=0.1)


def test_a_line_breaks_where_a_value_is_missing() -> None:
    tree = parse(line_chart(spec_of(decimals(1, 2, None, 4, 5))))
    assert len([one for one in tree.iter("path") if (one.get("class") or "").startswith("line")]) == 2


def money_and_rate() -> ChartSpec:
    rate = ChartSpec("", (), (), display="percent")
    rows = (Series("销售额", decimals(100, 300, 200)), Series("转化率", decimals("0.1", "0.3", "0.2"), told_as=rate))
    return ChartSpec("t", ("甲", "乙", "丙"), rows, display="money")


def test_a_line_over_bars_has_an_axis_and_words_of_its_own() -> None:
    tree = parse(combo_chart(money_and_rate()))
    scales = [one for one in tree.iter("svg") if "scale" in (one.get("class") or "")]
    assert len(scales) == 2
    assert "%" not in "".join(scales[0].itertext())
    assert "30 %" in "".join(scales[1].itertext())
    assert [cell.text for cell in tree.iter("td")][:2] == ["¥100.00", "10 %"]
    rects = [one for one in tree.iter("rect") if "fill" in (one.get("class") or "")]
    assert len(rects) == 3
    heights = [float(one.get("cy") or 0) for one in tree.iter("circle") if "s2" in (one.get("class") or "")]
    lowest = max(float(one.get("y") or 0) + float(one.get("height") or 0) for one in rects)
    assert heights[1] == min(heights) < lowest / 3, "the line is drawn by its own axis, not flat on that of the bars"
    path = next(one.get("d") or "" for one in tree.iter("path") if "line s2" in (one.get("class") or ""))
    drawn = [float(point.split()[1]) for point in path.removeprefix("M").split("L")]
    assert drawn == pytest.approx(heights, abs=0.2)


def test_a_scatter_places_each_subject_by_two_figures_and_leaves_out_who_lacks_one() -> None:
    spec = ChartSpec(
        "t", ("甲", "乙", "丙"), (Series("客流", decimals(10, 20, 30)), Series("转化", decimals(1, 3, None)))
    )
    tree = parse(scatter_chart(spec))
    dots = [one for one in tree.iter("circle") if "dot" in (one.get("class") or "")]
    assert len(dots) == 2
    across = [float((one.get("cx") or "0").rstrip("%")) for one in dots]
    upwards = [float(one.get("cy") or 0) for one in dots]
    assert across[0] < across[1]
    assert upwards[0] > upwards[1]
    assert len([one for one in tree.iter("line") if one.get("class") == "mean"]) == 2


def test_many_shares_are_joined_into_others() -> None:
    text = str(pie_chart(spec_of(decimals(*range(1, 21)))))
    assert text.count("slice ") == 8
    assert "其他 13 项" in text


def test_a_single_share_is_a_whole_ring() -> None:
    assert "a90 90 0 1 1" in str(pie_chart(spec_of(decimals(5, 0, -2))))


def test_two_spokes_are_drawn_as_bars() -> None:
    assert list(parse(radar_chart(spec_of(decimals(1, 2)))).iter("polygon")) == []


def test_stages_of_a_funnel_tell_what_went_on() -> None:
    text = str(funnel_chart(spec_of(decimals(200, 100, 0, 0))))
    assert "↓ 50 %" in text
    assert "↓ 0 %" in text
    assert "↓ —" in text


def test_stages_that_nothing_passes_through_tell_no_shares() -> None:
    assert "↓" not in str(funnel_chart(spec_of(decimals(200, 100, 150))))


@pytest.mark.parametrize(("value", "step"), [(None, 0), (0, 1), (50, 5), (100, 8)])
def test_heat_runs_from_one_to_eight(value: int | None, step: int) -> None:
    assert heat_step(None if value is None else Decimal(value), Decimal(0), Decimal(100)) == step


def test_a_gauge_tells_target_and_share_reached() -> None:
    text = str(gauge(GaugeSpec("达成", Decimal(402), Decimal(450))))
    assert "目标 450，达成 89 %" in text
    assert parse(gauge(GaugeSpec("达成", None))).tag == "figure"
    assert parse(gauge(GaugeSpec("达成", Decimal(-3), Decimal(0)))).tag == "figure"


def test_a_spark_needs_two_values_and_is_not_read_aloud() -> None:
    assert spark([None, Decimal(3)]) == ""
    assert 'aria-hidden="true"' in spark([Decimal(3), None, Decimal(3)])


@settings(max_examples=40, deadline=None)
@given(
    any_of.lists(
        any_of.lists(any_of.none() | any_of.decimals(), min_size=1, max_size=14).map(tuple), min_size=1, max_size=9
    ),
    any_of.sampled_from(sorted(DRAWERS)),
    any_of.sampled_from(["zh", "en"]),
)
def test_any_figures_make_a_well_formed_chart(rows: list[tuple[Value, ...]], kind: str, language: str) -> None:
    assert parse(DRAWERS[kind](spec_of(*rows, language=language))).tag == "figure"


SHARED = WIDGETS_FOLDER / "shared"
LAYOUT = frozenset({"plot", "scale", "round", "more", "stage0"})
"""Classes of pictures that paper has no use for."""


@every_chart
def test_paper_shows_every_mark_in_its_light_colour_and_leads_nowhere(draw: Drawer) -> None:
    style = in_light((SHARED / "printed_chart.css").read_text("utf-8"), (SHARED / "tokens.css").read_text("utf-8"))
    assert "var(" not in style and "#297e88" in style
    chart = draw(spec_of((3, 1, 2), (1, 2, 4), links=("/a", "/b", "/c")))
    paper = ElementTree.fromstring(printed(chart, style))
    assert "<a " in chart and paper.find(".//a") is None and paper.find(".//table") is None
    pictures = paper.findall(".//svg")
    assert pictures and all((one.find("style") is not None) for one in pictures)
    used = {name for one in pictures for mark in one.iter() for name in mark.get("class", "").split()}
    assert {name for name in used - LAYOUT if not re.search(rf"\.{name}\b", style)} == set()
