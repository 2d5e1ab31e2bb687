"""Codes of pipelines: features that mean nothing, that nobody can tell of the past, or that tell the outcome."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

PIPELINES = Catalogue.of(
    entry(
        "E540",
        ("一条管道只有一个特征节点，已有「{first}」", 'a pipeline has one features node; there is "{first}"'),
        ("把特征写在一起，或另建一条管道", "write the features together, or make another pipeline"),
    ),
    entry(
        "E541",
        ("没有行流入特征节点「{name}」", 'no rows flow into the features node "{name}"'),
        ("从一个数据源连一条边到它", "lead an edge from a source to it"),
    ),
    entry(
        "E542",
        ("「{name}」不是 {entity} 的日期或时刻", '"{name}" is no date or instant of {entity}'),
        ("写一个日期字段；决策时间须是行自身的字段", "name a date field; a decision time is a field of the row itself"),
    ),
    entry(
        "E543",
        ("没有「{name}」的行流入特征节点", 'no rows of "{name}" flow into the features node'),
        ("把它的数据源连到 facts 端口；已流入：{allowed}", "lead its source to the port facts; flowing in: {allowed}"),
    ),
    entry(
        "E544",
        (
            "「{name}」取当前时间或当前用户，训练与评分时各不相同",
            '"{name}" reads the present time or user, which differ between training and scoring',
        ),
        ("以决策时间 as_of 为准，例如 as: days", "count from the decision time as_of, for example with as: days"),
    ),
    entry(
        "E545",
        (
            "「{name}」汇总了其他行，包括决策之后才有的行",
            '"{name}" folds other rows, also those that came after the decision',
        ),
        (
            "改写为 agg（只算决策之前的行），或在数据源的 known_at 中写明它何时已知",
            "write it with agg, which counts rows before the decision, or say in the source's known_at when it is known",
        ),
    ),
    entry(
        "E546",
        (
            "「{name}」没有留下历史，不能知道决策时它是什么",
            '"{name}" has no history: nobody can tell what it was at the decision',
        ),
        (
            "去掉它，或在数据源的 known_at 中写明它何时已知",
            "leave it out, or say in the source's known_at when it is known",
        ),
    ),
    entry(
        "E547",
        ("「{name}」要写成什么没有写清", 'it is not said what "{name}" becomes'),
        ("写 as：{allowed}", "write as: {allowed}"),
    ),
    entry(
        "E548",
        ("「{name}」不能用于这样的值", '"{name}" does not take such a value'),
        (
            "of 写一个数（share 写一个是非），count、days_since 可以不写 of",
            "give of a number (a truth for share); count and days_since need no of",
        ),
    ),
    entry(
        "E549",
        ("「{fact}」与「{row}」对不上", '"{fact}" and "{row}" cannot be paired'),
        (
            "by 写事实行的字段，to 写本行的字段，两者类型相同",
            "by names a field of the fact, to one of the row, of the same type",
        ),
    ),
    entry(
        "E550",
        (
            "特征「{feature}」用了「{name}」，而它正是结果的依据",
            'the feature "{feature}" reads "{name}", which tells the outcome',
        ),
        ("去掉这个特征：决策时还不知道它", "leave the feature out: it is not known at the decision"),
    ),
    entry(
        "E551",
        ("走势「{name}」要有时间窗", 'the trend "{name}" needs a window'),
        (
            "写 window: {{days: 180}}，比较后一半与前一半",
            "write window: {{days: 180}}: its later half is compared with its earlier",
        ),
    ),
    entry(
        "E552",
        ("特征「{name}」写了两次", 'the feature "{name}" stands twice'),
        ("改一个名字", "give one of them another name"),
    ),
    entry(
        "E553",
        ("known_at 中的「{name}」不是 {entity} 的列或日期", '"{name}" in known_at is no column or date of {entity}'),
        ("左边写列名，右边写日期字段或 at", "a column on the left, a date field or at on the right"),
    ),
    entry(
        "E554",
        ("「{name}」不是从 {left} 到 {right} 的关系", '"{name}" is no relation from {left} to {right}'),
        ("可用：{allowed}", "known: {allowed}"),
    ),
    entry(
        "E555",
        (
            "标签「{name}」要写 event、value、agg 之一；agg 要有 horizon，none 只配 agg: count",
            'the label "{name}" needs one of event, value and agg; agg needs a horizon, none goes with agg: count',
        ),
        ("例如 event: 'stage = \"won\"'", "for example event: 'stage = \"won\"'"),
    ),
    entry(
        "E556",
        ("特征「{name}」要写 from 或 agg，只写一个", 'the feature "{name}" needs from or agg, and one of them'),
        ("from 取一列，agg 汇总其他行", "from takes a column, agg folds rows"),
    ),
    entry(
        "E557",
        ("标签「{name}」没有写结果何时已知", 'the label "{name}" does not say when the outcome is known'),
        ("写 known_at：在那之前的行不算没发生，而是未知", "write known_at: a row before it is unknown, and not a no"),
    ),
    entry(
        "E558",
        (
            "训练节点「{name}」没有可学的：前面要有特征、标签和切分",
            'the train node "{name}" has nothing to learn: it needs features, a label and a split before it',
        ),
        ("依次连上 features → label → split → train", "lead features to label to split to train"),
    ),
    entry(
        "E559",
        ("「{name}」不是这条管道的{kind_zh}特征", '"{name}" is no {kind_en} feature of this pipeline'),
        ("可用：{allowed}", "known: {allowed}"),
    ),
    entry(
        "E570",
        ("一条管道只训练一个模型，已有「{first}」", 'a pipeline trains one model; there is "{first}"'),
        ("去掉一个，或另建一条管道", "take one out, or make another pipeline"),
    ),
)
