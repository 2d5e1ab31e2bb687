"""Codes of negotiations: levers that are no numbers, authority of nobody, features that no model has."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

NEGOTIATIONS = Catalogue.of(
    entry(
        "E620",
        ("「{name}」不是数值", '"{name}" is no number'),
        ("写一个数值字段或算出数值的公式", "name a number, or write a formula that gives one"),
    ),
    entry(
        "E621",
        ("「{name}」不是指向{entity}的关系字段", '"{name}" is no relation to {entity}'),
        ("可用：{allowed}", "known: {allowed}"),
    ),
    entry(
        "E622",
        ("已有条件「{other}」作 {part}", 'the lever "{other}" is {part} already'),
        ("一种金额只由一项条件决定；其余写 part: other", "one lever decides one part of the money; write part: other"),
    ),
    entry(
        "E623",
        ("管道「{pipeline}」没有特征「{name}」", 'the pipeline "{pipeline}" has no feature "{name}"'),
        ("可用：{allowed}", "known: {allowed}"),
    ),
    entry(
        "E624",
        ("管道「{pipeline}」没有特征或结果，不能用来预测", 'the pipeline "{pipeline}" has no features or no outcome'),
        ("加上 features 与 label 节点，或换一条管道", "give it the nodes features and label, or name another"),
    ),
    entry(
        "E625",
        (
            "管道「{pipeline}」的行是 {entity}，不是写有条件的行，要写 by",
            'the rows of "{pipeline}" are {entity}, not those that hold the terms: by is needed',
        ),
        ("写它指向客户的关系字段", "name their relation to the customer"),
    ),
    entry(
        "E626",
        ("没有价格条件，却写了随机微调", "there is a jitter of the price and no lever that is the price"),
        (
            "给折扣那一项写 part: price，或去掉 jitter",
            "write part: price at the lever that is the discount, or leave jitter out",
        ),
    ),
    entry(
        "W627",
        ("没有哪个角色可以在条件「{name}」上让步", 'no role may give anything with the lever "{name}"'),
        ("写 limits，否则它只能停在现在的值", "write limits; without them it stays where it is"),
    ),
    entry(
        "E628",
        ("没有价格条件，却写了价格的影响", "there is an effect of the price and no lever that is the price"),
        ("给折扣那一项写 part: price", "write part: price at the lever that is the discount"),
    ),
    entry(
        "E629",
        ("「{name}」不是日期", '"{name}" is no date'),
        ("写一个日期字段", "name a date field"),
    ),
)
