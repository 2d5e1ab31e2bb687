"""Codes of knowledge graphs: edges between the wrong kinds, claims without grounds."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

KNOWLEDGE = Catalogue.of(
    entry(
        "E520",
        (
            "「{kind}」不能从 {source} 连到 {target}，只能是 {allowed}",
            '"{kind}" cannot lead from {source} to {target}, only {allowed}',
        ),
        (
            "这两类节点之间可用的关系：{others}；或换一个节点",
            "kinds that may stand between the two: {others}; or name another node",
        ),
    ),
    entry(
        "E521",
        ("「{node}」连到了自己", '"{node}" leads to itself'),
        ("换一个终点，或删去这条边", "name another end, or remove the edge"),
    ),
    entry(
        "E522",
        (
            "从「{source}」到「{target}」的 {kind} 写了两次",
            'the edge {kind} from "{source}" to "{target}" stands twice',
        ),
        ("删去一条；要补充说明就写在 note 里", "remove one of them; what it adds belongs into note"),
    ),
    entry(
        "E523",
        ("有 {count} 个节点或边没有来源", "{count} nodes or edges have no source"),
        (
            "在文件顶层写 source: {{kind: practice, by: …, at: 2026-11-27, checked: false}}，或逐条写",
            "write source: {{kind: practice, by: …, at: 2026-11-27, checked: false}} at the top of the file, or for each",
        ),
    ),
    entry(
        "E524",
        ("来源是法规，却没有写出法规的名称：「{by}」", 'the source is a law and "{by}" does not name one'),
        ("用书名号写出全称，如《药品经营质量管理规范》", "write its whole name between 《 and 》"),
    ),
    entry(
        "W525",
        ("节点「{node}」没有任何边，谁也走不到", 'the node "{node}" has no edge; nobody gets there'),
        ("连一条边，或删去这个节点", "give it an edge, or remove it"),
    ),
    entry(
        "W526",
        ("异议「{node}」没有回应的话术", 'the objection "{node}" is answered by nothing'),
        ("写一条 answered_by 连到话术", "add an edge answered_by to an argument"),
    ),
    entry(
        "W527",
        ("话术「{node}」没有证据", 'the argument "{node}" is backed by no evidence'),
        ("写一条 backed_by 连到证据", "add an edge backed_by to evidence"),
    ),
)
