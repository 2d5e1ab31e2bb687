"""What can be wrong with a formula, each with its code."""

from __future__ import annotations

from engine.diagnostics import Catalogue, CatalogueEntry, Message, Severity


def _entry(code: str, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> CatalogueEntry:
    hint = Message(hint_zh, hint_en) if hint_zh else None
    return CatalogueEntry(code, Severity.ERROR, Message(zh, en), hint)


FORMULA_DIAGNOSTICS = Catalogue.of(
    _entry(
        "F101",
        "公式在“{found}”处看不懂",
        "The formula cannot be read at “{found}”",
        "这里可以是：{expected_zh}",
        "possible here: {expected_en}",
    ),
    _entry("F102", "公式没有写完", "The formula breaks off", "补上：{expected_zh}", "still to come: {expected_en}"),
    _entry(
        "F103",
        "公式长 {length} 字节，上限 {limit}",
        "The formula has {length} bytes, {limit} are allowed",
        "拆成几个计算字段",
        "split it into several computed fields",
    ),
    _entry(
        "F104",
        "公式嵌套超过 {limit} 层",
        "The formula is nested deeper than {limit} levels",
        "拆成几个计算字段",
        "split it into several computed fields",
    ),
    _entry("F201", "没有名为 {name} 的字段", "There is no field named {name}", "可用：{known}", "known: {known}"),
    _entry("F202", "没有名为 {name} 的函数", "There is no function named {name}", "可用：{known}", "known: {known}"),
    _entry(
        "F203",
        "{name} 需要 {wanted} 个参数，这里有 {given} 个",
        "{name} takes {wanted} arguments, not {given}",
        "例：{example}",
        "example: {example}",
    ),
    _entry(
        "F204",
        "{name} 不是关系，不能再往下取 {next}",
        "{name} is no relation; it has no {next}",
        "只有关系字段后面可以跟点",
        "only relation fields take a dot",
    ),
    _entry(
        "F205",
        "路径太长：最多 {limit} 段",
        "The path is too long: {limit} names at most",
        "在途中的实体上放一个计算字段",
        "put a computed field on an entity on the way",
    ),
    _entry(
        "F301",
        "这里需要{wanted_zh}，而不是{given_zh}",
        "{wanted_en} is wanted here, not {given_en}",
        "检查两边的类型",
        "check the types of both sides",
    ),
    _entry("F302", "选项里没有“{name}”", "There is no option “{name}”", "可用：{known}", "known: {known}"),
    _entry(
        "F303",
        "除法要写在 round(…, n) 里",
        "Division stands inside round(…, n)",
        "例:round(a / b, 2)",
        "example: round(a / b, 2)",
    ),
    _entry(
        "F304",
        "币种不同：{left} 与 {right}",
        "Different currencies: {left} and {right}",
        "先换算成同一币种",
        "convert them to one currency first",
    ),
    _entry(
        "F305",
        "round 的位数应为 0 到 12 的整数",
        "The decimals of round are an integer from 0 to 12",
        "例:round(a, 2)",
        "example: round(a, 2)",
    ),
    _entry(
        "F306",
        "{name} 只能用于子记录集合",
        "{name} folds a collection of child rows",
        "例：{example}",
        "example: {example}",
    ),
    _entry(
        "F307",
        "小数位过多：先用 round 限定位数",
        "Too many decimals: round first",
        "例:round(a * b, 2)",
        "example: round(a * b, 2)",
    ),
    _entry(
        "F308",
        "集合 {name} 不能直接取值",
        "The collection {name} has no value of its own",
        "用 sum、count 等汇总",
        "fold it with sum, count and the like",
    ),
    _entry(
        "F309",
        "没有这一天",
        "There is no such day",
        '例:date("2026-03-01") 或 date(2026, 3, 1)',
        'example: date("2026-03-01") or date(2026, 3, 1)',
    ),
    _entry(
        "F310",
        "{name} 不能放在另一个汇总里",
        "{name} cannot stand inside another aggregate",
        "在子记录上放一个计算字段",
        "put a computed field on the child rows",
    ),
    _entry(
        "F311",
        "汇总 {collection} 时不能用 {name}：只能用它的字段",
        "{name} is not a field of {collection}, which is folded here",
        '例:sum_if({collection}.amount, {collection}.kind = "sale")',
        'example: sum_if({collection}.amount, {collection}.kind = "sale")',
    ),
    _entry(
        "F312",
        "这段文字不是位置",
        "This text is no place",
        '写纬度、经度，例:distance(place, "30.274085, 120.155070")',
        'write latitude and longitude, example: distance(place, "30.274085, 120.155070")',
    ),
)
