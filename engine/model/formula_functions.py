"""The closed list of functions of the formula language: name, Chinese alias, group, what it takes, one line, an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.names import Label


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function as authors see it. `takes` names the kinds of its arguments; `?` marks optional, `*` repeated ones."""

    name: str
    alias: str
    group: str
    takes: tuple[str, ...]
    doc: Label
    example: str

    @property
    def least(self) -> int:
        return sum(1 for one in self.takes if not one.endswith(("?", "*")))

    @property
    def most(self) -> int:
        return 64 if any(one.endswith("*") for one in self.takes) else len(self.takes)


def _spec(name: str, alias: str, group: str, takes: str, zh: str, en: str, example: str) -> FunctionSpec:
    return FunctionSpec(name, alias, group, tuple(takes.split()), Label({"zh": zh, "en": en}), example)


_LOGIC = (
    _spec(
        "if",
        "如果",
        "logic",
        "condition any any?",
        "条件为真取前者,否则取后者",
        "One value or the other",
        'if(stage = "won", amount, 0)',
    ),
    _spec(
        "ifs",
        "多条件",
        "logic",
        "condition any any*",
        "依次取第一个为真的条件后的值",
        "The value after the first true condition",
        'ifs(n > 10, "a", n > 5, "b", "c")',
    ),
    _spec(
        "coalesce",
        "首个非空",
        "logic",
        "any any any*",
        "第一个不为空的值",
        "The first value that is not empty",
        "coalesce(discount, 0)",
    ),
    _spec("is_empty", "为空", "logic", "any", "是否为空", "Whether there is nothing", "is_empty(close_date)"),
    _spec(
        "between",
        "介于",
        "logic",
        "any any any",
        "是否在两个值之间(含)",
        "Whether it lies between two values, both included",
        "between(score, 60, 80)",
    ),
)
_MATH = (
    _spec(
        "round",
        "四舍五入",
        "math",
        "number integer?",
        "四舍五入到 n 位小数,一半远离零;除法写在里面",
        "To n decimals, halves away from zero; division stands inside",
        "round(a / b, 2)",
    ),
    _spec("round_up", "进位", "math", "number integer?", "远离零进位", "Away from zero", "round_up(2.01, 0)"),
    _spec("round_down", "舍位", "math", "number integer?", "向零舍去", "Towards zero", "round_down(2.99, 0)"),
    _spec("abs", "绝对值", "math", "number", "绝对值", "The magnitude", "abs(change)"),
    _spec("sign", "符号", "math", "number", "正 1、零 0、负 -1", "1, 0 or -1", "sign(change)"),
    _spec("floor", "向下取整", "math", "number", "不大于它的最大整数", "The integer at or below", "floor(2.7)"),
    _spec("ceil", "向上取整", "math", "number", "不小于它的最小整数", "The integer at or above", "ceil(2.1)"),
    _spec(
        "mod", "取余", "math", "number number", "余数,符号随除数", "The rest, with the sign of the divisor", "mod(7, 3)"
    ),
    _spec(
        "min",
        "最小",
        "math",
        "any any*",
        "最小值;对集合取最小",
        "The least; of a collection when it names one",
        "min(a, b)",
    ),
    _spec(
        "max",
        "最大",
        "math",
        "any any*",
        "最大值;对集合取最大",
        "The greatest; of a collection when it names one",
        "max(a, b)",
    ),
    _spec(
        "percent_of",
        "占比",
        "math",
        "number number integer?",
        "前者占后者的比例",
        "The share of one in the other",
        "percent_of(won, total, 4)",
    ),
)
_TEXT = (
    _spec("upper", "大写", "text", "text", "大写(A–Z)", "Capitals (A to Z)", "upper(code)"),
    _spec("lower", "小写", "text", "text", "小写(A–Z)", "Small letters (A to Z)", "lower(code)"),
    _spec("trim", "去空格", "text", "text", "去掉首尾空格", "Without spaces at both ends", "trim(name)"),
    _spec("length", "长度", "text", "text", "字数", "Number of characters", "length(name)"),
    _spec("left", "左取", "text", "text integer", "前 n 个字", "The first n characters", "left(code, 2)"),
    _spec("right", "右取", "text", "text integer", "后 n 个字", "The last n characters", "right(phone, 4)"),
    _spec(
        "mid",
        "中取",
        "text",
        "text integer integer",
        "从第 m 个字起取 n 个",
        "n characters from the m-th",
        "mid(code, 3, 2)",
    ),
    _spec("contains", "包含", "text", "text text", "是否包含", "Whether it holds the other", 'contains(name, "华为")'),
    _spec(
        "starts_with", "开头是", "text", "text text", "是否以其开头", "Whether it begins so", 'starts_with(code, "A")'
    ),
    _spec("ends_with", "结尾是", "text", "text text", "是否以其结尾", "Whether it ends so", 'ends_with(code, "9")'),
    _spec(
        "replace", "替换", "text", "text text text", "全部替换", "Every occurrence replaced", 'replace(code, "-", "")'
    ),
    _spec(
        "concat",
        "连接",
        "text",
        "any any*",
        "连接文字,空视为无",
        "Texts one after another, empty as nothing",
        "concat(city, name)",
    ),
    _spec("text", "转文本", "text", "any", "转为文字", "As text", "text(amount)"),
)
_DATES = (
    _spec("today", "今天", "date", "", "今天的业务日期", "Today's business date", "today()"),
    _spec("now", "现在", "date", "", "现在的时刻", "This instant", "now()"),
    _spec(
        "date",
        "日期",
        "date",
        "any integer? integer?",
        "日期:文字或年、月、日",
        "A date of a text or of year, month, day",
        'date("2026-03-01")',
    ),
    _spec(
        "date_of",
        "所在日期",
        "date",
        "instant",
        "时刻在本地的日期",
        "The local date of an instant",
        "date_of(created_at)",
    ),
    _spec("year", "年", "date", "date", "年", "The year", "year(close_date)"),
    _spec("quarter", "季度", "date", "date", "季度 1–4", "The quarter, 1 to 4", "quarter(close_date)"),
    _spec("month", "月", "date", "date", "月", "The month", "month(close_date)"),
    _spec("day", "日", "date", "date", "日", "The day of the month", "day(close_date)"),
    _spec("weekday", "星期", "date", "date", "星期一 1 到星期日 7", "Monday 1 to Sunday 7", "weekday(close_date)"),
    _spec("hour", "小时", "date", "instant", "本地小时 0–23", "The local hour, 0 to 23", "hour(sold_at)"),
    _spec("days", "天数", "date", "integer", "n 天", "n days", "today() + days(30)"),
    _spec("weeks", "周数", "date", "integer", "n 周", "n weeks", "today() + weeks(2)"),
    _spec(
        "days_between",
        "相差天数",
        "date",
        "date date",
        "后者减前者的天数",
        "Days from the first to the second",
        "days_between(start, end)",
    ),
    _spec("add_days", "加天", "date", "date integer", "加 n 天", "n days later", "add_days(due, 7)"),
    _spec(
        "add_months",
        "加月",
        "date",
        "date integer",
        "加 n 个月,不超月末",
        "n months later, within the month",
        "add_months(start, 12)",
    ),
    _spec(
        "start_of_month", "月初", "date", "date", "当月第一天", "The first day of the month", "start_of_month(today())"
    ),
    _spec("end_of_month", "月末", "date", "date", "当月最后一天", "The last day of the month", "end_of_month(today())"),
    _spec("start_of_year", "年初", "date", "date", "当年第一天", "The first day of the year", "start_of_year(today())"),
)
_AGGREGATES = (
    _spec("sum", "求和", "aggregate", "number", "子记录之和", "The sum over child rows", "sum(lines.amount)"),
    _spec("count", "计数", "aggregate", "any?", "子记录数", "The number of child rows", "count(lines)"),
    _spec(
        "avg",
        "平均",
        "aggregate",
        "number integer?",
        "平均值,默认 4 位小数",
        "The mean, to 4 decimals unless said",
        "avg(lines.price, 2)",
    ),
    _spec(
        "count_distinct",
        "去重计数",
        "aggregate",
        "any",
        "不同值的个数",
        "The number of different values",
        "count_distinct(lines.product)",
    ),
    _spec(
        "any",
        "任一",
        "aggregate",
        "condition",
        "任一子记录满足",
        "Whether a child row fulfils it",
        "any(lines.price = 0)",
    ),
    _spec(
        "all",
        "全部",
        "aggregate",
        "condition",
        "全部子记录满足",
        "Whether every child row fulfils it",
        "all(lines.quantity > 0)",
    ),
    _spec(
        "sum_if",
        "条件求和",
        "aggregate",
        "number condition",
        "满足条件的子记录之和",
        "The sum over child rows that fulfil it",
        'sum_if(lines.amount, lines.kind = "sale")',
    ),
    _spec(
        "count_if",
        "条件计数",
        "aggregate",
        "any condition",
        "满足条件的子记录数",
        "The number of child rows that fulfil it",
        "count_if(lines, lines.price = 0)",
    ),
    _spec(
        "avg_if",
        "条件平均",
        "aggregate",
        "number condition",
        "满足条件的子记录平均",
        "The mean over child rows that fulfil it",
        "avg_if(lines.price, lines.quantity > 1)",
    ),
    _spec(
        "min_if",
        "条件最小",
        "aggregate",
        "any condition",
        "满足条件的最小值",
        "The least that fulfils it",
        "min_if(lines.due, lines.open)",
    ),
    _spec(
        "max_if",
        "条件最大",
        "aggregate",
        "any condition",
        "满足条件的最大值",
        "The greatest that fulfils it",
        "max_if(lines.due, lines.open)",
    ),
)

FUNCTIONS: Mapping[str, FunctionSpec] = {one.name: one for one in (*_LOGIC, *_MATH, *_TEXT, *_DATES, *_AGGREGATES)}
ALIASES: Mapping[str, str] = {one.alias: one.name for one in FUNCTIONS.values()}
AGGREGATES = frozenset(one.name for one in _AGGREGATES) | {"min", "max"}
