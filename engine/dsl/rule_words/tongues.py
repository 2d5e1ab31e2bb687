"""The wordings of restatements, a language each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.dsl.rule_words.meaning import Sign


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one language says the parts of a rule."""

    language: str
    chinese: bool
    often: Mapping[str, str]
    when: str
    always: str
    created: str
    updated: str
    moved: str
    then: str
    comma: str
    of: str
    both: str
    either: str
    also: str
    group: str
    signs: Mapping[Sign, str]
    compare: str
    between: str
    soon: str
    in_period: str
    recent: str
    passed: str
    ahead: str
    today: str
    ago: str
    this_day: str
    days: str
    months: str
    hours: str
    window: str
    counted: str
    none: str
    such: str
    is_: str
    isnt: str
    blank: str
    filled: str
    yes: str
    no: str
    holds: str
    holds_not: str
    writer: str
    writer_not: str
    share: str
    warn: str
    refuse: str
    require: str
    limit_most: str
    limit_least: str
    limit_both: str
    approval: str
    jointly: str
    then_by: str
    notify: str
    task: str
    due: str
    put: str
    move: str
    true: str
    false: str
    nothing: str
    something: str
    head: str
    head_above: str
    manager: str
    manager_of: str
    initiator: str
    role: str
    periods: Mapping[tuple[str, int, int], str]
    edges: Mapping[tuple[str, bool], str]
    stamps: Mapping[str, str]


CHINESE = Tongue(
    language="zh",
    chinese=True,
    often={"daily": "每天，", "weekly": "每周，", "monthly": "每月，", "hourly": "每小时，"},
    when="{begins}{whose}{said}时，{acts}",
    always="{whose}{acts}",
    created="新建{whose}时，",
    updated="{whose}修改时，",
    moved="{whose}{move}时，",
    then="；",
    comma="，",
    of="的",
    both="和",
    either="或",
    also="且",
    group="（{}）",
    signs={">": "超过", ">=": "不低于", "<": "低于", "<=": "不超过", "=": "等于", "<>": "不等于"},
    compare="{what}{sign} {value}",
    between="{what}介于 {low} 到 {high} 之间",
    soon="{what}在 {span}内",
    in_period="{what}在{period}",
    recent="{what}在近 {span}内",
    passed="{what}已过期",
    ahead="{what}在今天之后",
    today="{what}等于今天",
    ago="{what}距今{sign} {value}",
    this_day="今天",
    days="{} 天",
    months="{} 个月",
    hours="{} 小时",
    window="近 {}",
    counted="{window}{what}{sign} {value} 次",
    none="{window}没有{what}",
    such="{where}的{what}",
    is_="{what}是{options}",
    isnt="{what}不是{options}",
    blank="{what}为空",
    filled="{what}不为空",
    yes="{what}成立",
    no="{what}不成立",
    holds="{what}包含「{text}」",
    holds_not="{what}不包含「{text}」",
    writer="填写人是{role}",
    writer_not="填写人不是{role}",
    share="{what}的 {share}",
    warn="给出警告",
    refuse="拒绝保存",
    require="必须填写{}",
    limit_most="{what}不得超过 {value}",
    limit_least="{what}不得低于 {value}",
    limit_both="{what}须介于 {low} 到 {high} 之间",
    approval="由{}审批",
    jointly="由{}会签",
    then_by="，再",
    notify="通知{}",
    task="给{who}建待办{title}",
    due="，{}内完成",
    put="把{what}设为 {value}",
    move="自动{}",
    true="是",
    false="否",
    nothing="空",
    something="已填写",
    head="单元负责人",
    head_above="上级单元负责人",
    manager="上级",
    manager_of="{whom}的上级",
    initiator="提交人",
    role="{role}角色",
    periods={
        ("month", 0, 0): "本月", ("month", -1, 0): "上月", ("month", 1, 0): "下月", ("quarter", 0, 0): "本季度",
        ("year", 0, 0): "今年", ("week", 0, 0): "本周", ("week", 0, 7): "下周", ("week", 0, -7): "上周",
    },
    edges={("month", True): "月底", ("month", False): "月初", ("quarter", True): "季末", ("year", True): "年底", ("year", False): "年初"},
    stamps={"updated_at": "更新时间", "created_at": "创建时间"},
)  # fmt: skip
ENGLISH = Tongue(
    language="en",
    chinese=False,
    often={"daily": "every day, ", "weekly": "every week, ", "monthly": "every month, ", "hourly": "hourly, "},
    when="{begins}if {whose} {said}, {acts}",
    always="{whose} {acts}",
    created="when {whose} is created, ",
    updated="when {whose} is changed, ",
    moved="when {whose} {move}, ",
    then="; ",
    comma=", ",
    of=" ",
    both=" and ",
    either=" or ",
    also=" and ",
    group="({})",
    signs={">": "above", ">=": "at least", "<": "below", "<=": "at most", "=": "equals", "<>": "is not"},
    compare="{what} {sign} {value}",
    between="{what} between {low} and {high}",
    soon="{what} within {span}",
    in_period="{what} in {period}",
    recent="{what} in the last {span}",
    passed="{what} has passed",
    ahead="{what} after today",
    today="{what} equals today",
    ago="{what} {sign} {value} ago",
    this_day="today",
    days="{} days",
    months="{} months",
    hours="{} hours",
    window=" in the last {}",
    counted="{sign} {value} {what}{window}",
    none="no {what}{window}",
    such="{what} ({where})",
    is_="{what} is {options}",
    isnt="{what} is not {options}",
    blank="{what} is empty",
    filled="{what} is filled in",
    yes="{what} holds",
    no="{what} does not hold",
    holds="{what} contains 「{text}」",
    holds_not="{what} not contains 「{text}」",
    writer="whoever writes is {role}",
    writer_not="whoever writes is not {role}",
    share="{what} {share}",
    warn="warn",
    refuse="refuse",
    require="must state {}",
    limit_most="{what} must not exceed {value}",
    limit_least="{what} must be at least {value}",
    limit_both="{what} must be between {low} and {high}",
    approval="{} must approve",
    jointly="{} jointly must approve",
    then_by=", then by ",
    notify="notify {}",
    task="create a task for {who} {title}",
    due=" within {}",
    put="set {what} to {value}",
    move="automatically {}",
    true="yes",
    false="no",
    nothing="empty",
    something="filled in",
    head="the head of the unit",
    head_above="the head of the unit above",
    manager="the line manager",
    manager_of="{whom} manager",
    initiator="the initiator",
    role="role {role}",
    periods={
        ("month", 0, 0): "this month", ("month", -1, 0): "last month", ("month", 1, 0): "next month",
        ("quarter", 0, 0): "this quarter", ("year", 0, 0): "this year", ("week", 0, 0): "this week",
        ("week", 0, 7): "next week", ("week", 0, -7): "last week",
    },
    edges={("month", True): "month end", ("quarter", True): "end of quarter", ("year", True): "year end"},
    stamps={"updated_at": "updated", "created_at": "created"},
)  # fmt: skip
TONGUES: Mapping[str, Tongue] = {"zh": CHINESE, "en": ENGLISH}
