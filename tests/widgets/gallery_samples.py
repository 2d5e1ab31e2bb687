"""Samples for the gallery: a shell and one chart of each kind with believable figures."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from markupsafe import Markup

from engine.web.shell import Link, LinkGroup, Shell
from engine.widgets.charts import (
    ChartSpec,
    GaugeSpec,
    Series,
    area_chart,
    bar_chart,
    funnel_chart,
    gauge,
    heat_chart,
    horizontal_bar_chart,
    line_chart,
    pie_chart,
    radar_chart,
    spark,
)


def figures(*values: float) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(value)) for value in values)


def links(count: int) -> tuple[str, ...]:
    return tuple(f"/app/rows?at={index}" for index in range(count))


MONTHS = {
    "zh": tuple(f"{month} 月" for month in (12, *range(1, 12))),
    "en": ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"),
}
SALES = figures(286e4, 312e4, 208e4, 265e4, 298e4, 341e4, 318e4, 305e4, 352e4, 366e4, 389e4, 402e4)
BEFORE = figures(241e4, 270e4, 215e4, 238e4, 251e4, 290e4, 287e4, 276e4, 301e4, 312e4, 330e4, 345e4)


def _say(language: str, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def sales_line(language: str) -> Markup:
    series = (
        Series(_say(language, "今年", "This year"), SALES, links(12)),
        Series(_say(language, "去年", "Last year"), BEFORE, (), True),
    )
    title = _say(language, "销售额比去年好多少？", "How far are sales ahead of last year?")
    return line_chart(
        ChartSpec(
            title, MONTHS[language], series, language, "元", _say(language, "近 12 个月", "Last 12 months"), "money"
        )
    )


def per_area(language: str) -> Markup:
    title = _say(language, "坪效逐月怎样？", "How does sales per m² move?")
    values = figures(1102, 1188, 905, 1096, 1141, 1220, 1203, 1176, 1234, 1251, 1268, 1286)
    series = (Series(_say(language, "坪效", "Sales per m²"), values, links(12)),)
    return area_chart(
        ChartSpec(title, MONTHS[language], series, language, "元/㎡", _say(language, "近 12 个月", "Last 12 months"))
    )


def by_store(language: str) -> Markup:
    names = (
        ("静安旗舰店", "徐汇滨江店", "杭州湖滨银泰in77店", "南京德基店", "苏州中心店")
        if language == "zh"
        else ("Jing'an flagship", "Xuhui Riverside", "Hangzhou Lakeside in77", "Nanjing Deji", "Suzhou Center")
    )
    series = (Series(_say(language, "销售额", "Sales"), figures(128e4, 96e4, 81.5e4, 54e4, 42.3e4), links(5)),)
    return horizontal_bar_chart(
        ChartSpec(
            _say(language, "哪些门店卖得最多？", "Which stores sell most?"),
            names,
            series,
            language,
            "",
            _say(language, "本月", "This month"),
            "money",
        )
    )


def by_channel(language: str) -> Markup:
    names = ("门店", "企微", "小程序", "团购") if language == "zh" else ("Store", "WeCom", "Mini app", "Group")
    parts = ((82, 91, 88, 97, 104, 111), (31, 33, 38, 36, 41, 47), (12, 18, 22, 28, 31, 36), (9, 8, 11, 7, 12, 10))
    series = tuple(
        Series(name, figures(*(value * 1e4 for value in values)), links(6))
        for name, values in zip(names, parts, strict=True)
    )
    return bar_chart(
        ChartSpec(
            _say(language, "各渠道贡献多少？", "What does each channel bring?"),
            MONTHS[language][6:],
            series,
            language,
            "",
            _say(language, "近 6 个月", "Last 6 months"),
            "money",
        ),
        stacked=True,
    )


def changes(language: str) -> Markup:
    series = (Series(_say(language, "环比", "Change"), figures(0.042, 0.118, -0.053, 0.021, -0.017, 0.064, 0.009)),)
    names = (
        ("女装", "男装", "童装", "鞋履", "配饰", "运动", "家居")
        if language == "zh"
        else ("Women", "Men", "Kids", "Shoes", "Extras", "Sport", "Home")
    )
    return bar_chart(
        ChartSpec(
            _say(language, "哪些品类在涨？", "Which categories rise?"),
            names,
            series,
            language,
            "",
            _say(language, "本月环比", "Month on month"),
            "percent",
            signed=True,
        )
    )


def customers(language: str) -> Markup:
    names = (
        ("制造业", "零售", "金融", "医疗健康", "教育", "能源", "物流", "政务", "文旅", "其他行业")
        if language == "zh"
        else (
            "Manufacturing",
            "Retail",
            "Finance",
            "Health",
            "Education",
            "Energy",
            "Logistics",
            "Public",
            "Travel",
            "Other",
        )
    )
    series = (Series(_say(language, "客户", "Customers"), figures(86, 64, 41, 33, 27, 18, 13, 9, 6, 3), links(10)),)
    return pie_chart(
        ChartSpec(
            _say(language, "客户来自哪些行业？", "Which industries are customers from?"),
            names,
            series,
            language,
            _say(language, "家", ""),
        )
    )


def ability(language: str) -> Markup:
    names = (
        ("连带率", "客单价", "试穿转化", "会员复购", "服务评分", "出勤")
        if language == "zh"
        else ("Items per sale", "Basket", "Fitting", "Repeat", "Service", "Presence")
    )
    series = (
        Series("李晓", figures(82, 74, 91, 63, 88, 96), links(6)),
        Series(_say(language, "门店平均", "Store average"), figures(70, 68, 72, 66, 80, 90), (), True),
    )
    return radar_chart(
        ChartSpec(
            _say(language, "导购强在哪里？", "Where is this associate strong?"),
            names,
            series,
            language,
            "",
            _say(language, "近 30 天", "Last 30 days"),
        ),
        Decimal(100),
    )


def hours(language: str) -> Markup:
    days = (
        ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
        if language == "zh"
        else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    )
    base = (12, 18, 26, 31, 24, 22, 27, 35, 48, 61, 58, 33)
    factor = (0.7, 0.66, 0.72, 0.8, 1.1, 1.75, 1.6)
    series = tuple(
        Series(day, figures(*(round(one * by) for one in base)), links(12))
        for day, by in zip(days, factor, strict=True)
    )
    return heat_chart(
        ChartSpec(
            _say(language, "什么时段客流最旺？", "When do people come?"),
            tuple(f"{hour}:00" for hour in range(10, 22)),
            series,
            language,
            _say(language, "人", ""),
        )
    )


def pipeline(language: str) -> Markup:
    names = (
        ("线索", "已确认需求", "方案报价", "谈判", "赢单")
        if language == "zh"
        else ("Lead", "Qualified", "Quoted", "Negotiating", "Won")
    )
    series = (Series(_say(language, "商机", "Opportunities"), figures(1280, 642, 318, 147, 68), links(5)),)
    return funnel_chart(
        ChartSpec(
            _say(language, "商机在哪一步流失？", "Where do we lose opportunities?"),
            names,
            series,
            language,
            _say(language, "个", ""),
            _say(language, "本季度", "This quarter"),
        )
    )


def target(language: str) -> Markup:
    return gauge(
        GaugeSpec(
            _say(language, "本月目标达成了吗？", "Is this month's target met?"),
            Decimal(4020000),
            Decimal(4500000),
            None,
            language,
            "",
            _say(language, "本月", "This month"),
            "money",
            "/app/sales",
        )
    )


def nothing(language: str) -> Markup:
    return line_chart(
        ChartSpec(
            _say(language, "还没有数据的图", "A chart without data"),
            MONTHS[language],
            (Series("x", (None,) * 12),),
            language,
        )
    )


CHARTS: dict[str, Callable[[str], Markup]] = {
    one.__name__: one
    for one in (
        sales_line,
        per_area,
        by_store,
        by_channel,
        changes,
        customers,
        ability,
        hours,
        pipeline,
        target,
        nothing,
    )
}
SPARK = spark(figures(3, 4, 3.5, 5, 4.8, 6, 5.6, 7, 6.8, 8, 8.4, 9))


def shell_sample(language: str, page: str) -> Shell:
    def link(name: str, zh: str, en: str, icon: str) -> Link:
        return Link(f"/app/{name}", _say(language, zh, en), icon, name == page)

    groups = (
        LinkGroup(
            _say(language, "今天", "Today"),
            (
                link("dashboard", "经营看板", "Overview", "gauge"),
                link("list", "商机", "Opportunities", "target"),
                link("record", "客户", "Customers", "building"),
            ),
        ),
        LinkGroup(
            _say(language, "成交", "Closing"),
            (
                link("form", "报价", "Quotes", "invoice"),
                link("contract", "合同", "Contracts", "contract"),
                link("payment", "回款", "Payments", "coins"),
                link("renewal", "续约", "Renewals", "refresh"),
            ),
        ),
        LinkGroup(
            _say(language, "服务", "Service"),
            (
                link("ticket", "服务工单", "Tickets", "wrench"),
                link("equipment", "装机设备", "Equipment", "box"),
                link("parts", "竞品动态与市场情报", "Competitor events", "flag"),
            ),
        ),
    )
    tabs = (
        link("dashboard", "看板", "Overview", "gauge"),
        link("list", "商机", "Deals", "target"),
        link("record", "客户", "Customers", "building"),
        link("form", "报价", "Quotes", "invoice"),
    )
    return Shell(
        apps=(
            Link("/app/a", _say(language, "企业销售", "B2B sales"), "handshake", True),
            Link("/app/b", _say(language, "门店销售", "Store sales"), "store"),
        ),
        groups=groups,
        tabs=tabs,
        user="王雪晴" if language == "zh" else "Xueqing Wang",
        roles=(_say(language, "大客户销售", "Key account sales"),),
        posts=(),
        administrator=True,
        administration=False,
        area=False,
        demo=True,
        viewing_as=_say(language, "区域经理", "Area manager") if page == "parts" else None,
        viewable_roles=(("sales", _say(language, "销售", "Sales")), ("finance", _say(language, "财务", "Finance"))),
        diagnostics=(),
    )
