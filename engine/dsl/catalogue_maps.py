"""Codes of decision-chain maps: grounds that are none, ways that lead nowhere."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

MAPS = Catalogue.of(
    entry(
        "E500",
        ("规则「{name}」管的是 {other}，不是 {entity}", 'the rule "{name}" is about {other}, not {entity}'),
        ("给这一步写 entity: {other}，或换一条规则", "give the step entity: {other}, or name another rule"),
    ),
    entry(
        "E501",
        ("流程「{name}」是关于 {other} 的，不是 {entity}", 'the flow "{name}" is about {other}, not {entity}'),
        ("给这一步写 entity: {other}，或换一个流程", "give the step entity: {other}, or name another flow"),
    ),
    entry(
        "E502",
        ("流程「{flow}」没有步骤「{name}」", 'the flow "{flow}" has no step "{name}"'),
        ("可用：{allowed}", "known: {allowed}"),
    ),
    entry("E503", ("写了 step，还要写 flow：哪个流程的步骤", "a step is of a flow: name it with flow")),
    entry(
        "E504",
        ("判断「{node}」只有一条出路，等于没有判断", 'the decision "{node}" has a single way out and decides nothing'),
        ("加一条路，或改为 node: step", "add a way, or make it node: step"),
    ),
    entry(
        "E505",
        ("判断「{node}」有两条路没写条件，不知道走哪条", 'two ways out of "{node}" have no condition'),
        ("给其中一条写 when", "give one of them a when"),
    ),
    entry(
        "E506",
        ("「{node}」不是判断，从它出去的路不带条件", '"{node}" is no decision; ways out of it have no condition'),
        ("去掉条件，或改为 node: decision", "remove the condition, or make it node: decision"),
    ),
    entry(
        "E507",
        ("「{node}」写了 final，却还有路出去", '"{node}" is final and yet a way leads on'),
        ("去掉 final，或删掉这条路", "remove final, or remove the way"),
    ),
    entry(
        "E508",
        ("「{node}」不由人判断，不能写 answer", '"{node}" is not decided by a person; answer means nothing here'),
        ("写 when，或给判断写 human: true", "write when, or give the decision human: true"),
    ),
    entry(
        "W510",
        ("从起点走不到「{node}」", '"{node}" is never reached from the start'),
        ("加一条通向它的路，或删去", "add a way to it, or remove it"),
    ),
    entry(
        "W511",
        ("走到「{node}」就断了", 'the chain stops at "{node}"'),
        ("加一条路；若到此结束，写 final: true", "add a way, or write final: true where it may end"),
    ),
    entry(
        "W512",
        ("角色「{role}」看不到 {entity}，做不了这一步", 'the role "{role}" cannot read {entity} and so cannot do this'),
        (
            "在 access/{entity}.yaml 里给它 read，或换一个角色",
            "grant it read in access/{entity}.yaml, or name another role",
        ),
    ),
    entry(
        "W513",
        ("角色「{role}」不能走流转「{name}」", 'the role "{role}" may not take the transition "{name}"'),
        ("可以走的角色：{allowed}", "roles that may: {allowed}"),
    ),
    entry(
        "I514",
        ("「{node}」是人工判断，却没写依据的来源", '"{node}" is judged by a person, and nothing says on what grounds'),
        ("用 source 写一句话：看什么、问谁", "say with source what is looked at, or who is asked"),
    ),
    entry(
        "W515",
        ("人工判断「{node}」没有说清何时走哪条路", 'the decision "{node}" does not say which answer takes which way'),
        (
            "两条路分别写 answer: approve 与 answer: refuse，或写 when",
            "write answer: approve and answer: refuse on its two ways, or when",
        ),
    ),
    entry(
        "I516",
        ("「{node}」没有写依据", '"{node}" rests on nothing'),
        (
            "写 fields、rule、transition、flow，或 human 与 source",
            "give it fields, rule, transition, flow, or human and source",
        ),
    ),
    entry(
        "E518",
        ("「{name}」不能写入文字", '"{name}" takes no text'),
        ("用一个文本字段", "name a text field"),
    ),
    entry(
        "E519",
        ("「{name}」不能写入「{value}」", '"{name}" cannot be given "{value}"'),
        ("选项字段的可用值：{allowed}", "values of a choice: {allowed}"),
    ),
)
