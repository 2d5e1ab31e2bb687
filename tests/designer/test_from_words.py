"""A few words become an application that compiles without a word: fields, roles, an approval, a dashboard, tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from designer.from_words.application import Team, application_of
from designer.from_words.reading import fields_of
from designer.from_words.wish import Reader
from designer.refusals import BadCommand
from engine.dsl.compiler import Compilation, compile_packs
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER

WIDGETS = read_widgets(WIDGETS_FOLDER)
ROLES = [{"label": "业务员", "does": "enter"}, {"label": "主管", "does": "approve"}, {"label": "老板", "does": "look"}]
WISH: Mapping[str, object] = {
    "app": "客户拜访",
    "entity": "拜访单",
    "fields": "客户名称 文字，金额 钱，阶段 选择 初谈/方案/签约，拜访日期 日期",
    "roles": ROLES,
    "approval": True,
}


def compiled(wish: Mapping[str, object]) -> Compilation:
    texts = application_of(Reader().read(wish), "made", frozenset()).texts
    with TemporaryDirectory() as folder:
        for file, text in texts.items():
            path = Path(folder) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return compile_packs([Path(folder) / "made"], WIDGETS)


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (
            "客户名称 文字, 金额 钱, 阶段 选择 新/谈/成",
            [("客户名称", "text", ()), ("金额", "money", ()), ("阶段", "choice", ("新", "谈", "成"))],
        ),
        ("客户、签约金额、是否老客户", [("客户", "text", ()), ("签约金额", "money", ()), ("是否老客户", "boolean", ())]),
        ("等级（A/B）；备注：文字", [("等级", "choice", ("A", "B")), ("备注", "text", ())]),
        ("visit date, first name, stage new/won", [
            ("visit date", "date", ()), ("first name", "text", ()), ("stage", "choice", ("new", "won")),
        ]),
        ("amount money required", [("amount", "money", ())]),
        ("状态 选择", [("状态", "choice", ("进行中", "已完成"))]),
    ],
)  # fmt: skip
def test_fields_are_read_as_they_are_written_down(written: str, fields: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [(one.header, one.kind, one.options) for one in fields_of(written, {})] == fields


def test_a_kind_that_was_chosen_holds_over_the_words() -> None:
    assert [one.kind for one in fields_of("金额 文字, 电话", {"金额": "money", "电话": "text"})] == ["money", "text"]


def test_a_wish_is_an_application_with_a_page_for_each_role() -> None:
    compilation = compiled(WISH)
    assert compilation.diagnostics == ()
    assert compilation.model is not None
    model = compilation.model
    homes = {role.label.text("zh"): model.pages[str(role.home)] for role in model.roles.values()}
    assert {who: home.label.text("zh") for who, home in homes.items()} == {
        "业务员": "我的拜访单", "主管": "拜访单审批", "老板": "拜访单看板",
    }  # fmt: skip
    board = homes["老板"]
    assert [one.widget for one in board.items] == ["kpi", "kpi", "kpi", "chart", "table"]
    assert {one.initial for one in model.workflows.values()} == {"draft"}
    assert len(model.flows) == 1


def test_every_figure_and_chart_that_is_offered_compiles() -> None:
    figures, charts = Team(Reader().read(WISH), "made", frozenset()).offers()
    assert [one.zh for one in figures if one.chosen] == ["拜访单数", "金额合计", "待审批拜访单"]
    for at in range(0, len(figures), 3):
        chart = charts[at // 3 % len(charts)].key
        asked = {**WISH, "figures": [one.key for one in figures[at : at + 3]], "chart": chart}
        assert compiled(asked).diagnostics == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"app": " "}, "应用名称"),
        ({"fields": "，"}, "字段"),
        ({"fields": "金额 钱, 金额 数字"}, "写了两次"),
        ({"roles": ROLES[1:]}, "录入"),
        ({"roles": ROLES[:1]}, "审批的角色"),
        ({"roles": [{"label": "甲", "does": "rule"}]}, "角色"),
        ({"kinds": {"金额": "wish"}}, "类型"),
    ],
)
def test_what_is_missing_is_said(change: Mapping[str, object], said: str) -> None:
    with pytest.raises(BadCommand) as refused:
        Reader().read({**WISH, **change})
    assert said in refused.value.message.zh


WORDS = st.one_of(
    st.sampled_from(
        ["金额", "日期", "状态", "编号", "unit", "user", "if", "yes", "id", "审批状态", "#", "'", "{a}", "数"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=10),
)


@settings(max_examples=20, deadline=None)
@example(fields=["金额"], name="金额", approval=True)
@example(fields=["日期"], name="日期", approval=True)
@given(st.lists(WORDS, min_size=1, max_size=5), WORDS, st.booleans())
def test_any_words_give_an_application_that_compiles(fields: list[str], name: str, approval: bool) -> None:
    try:
        wish = {**WISH, "app": name, "entity": name, "fields": "，".join(fields), "approval": approval}
        Reader().read(wish)
    except BadCommand:
        return
    assert compiled(wish).errors == ()
