"""Types in words for people."""

from __future__ import annotations

from engine.model import formula as types

_WORDS = {
    types.Text: "文字 text",
    types.Boolean: "真假 true/false",
    types.Decimal: "数 number",
    types.Money: "金额 money",
    types.Date: "日期 date",
    types.Instant: "时刻 instant",
    types.Duration: "时长 duration",
    types.Period: "月数 months",
    types.Choice: "选项 choice",
    types.Choices: "多选 choices",
    types.Relation: "关系 relation",
    types.ListOf: "列表 list",
    types.Null: "空 empty",
}


def type_words(of: types.Type) -> str:
    """A type as authors know it."""
    return _WORDS[type(of)]
