"""Codes of nodes and the edges between them."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

NODES = Catalogue.of(
    entry(
        "E560",
        ("没有节点种类「{name}」", 'there is no kind of node "{name}"'),
        (
            "装上带来它的扩展包，或换成：{allowed}",
            "install the distribution that brings it, or name one of: {allowed}",
        ),
    ),
    entry(
        "E561",
        ("节点「{node}」没有输入口「{name}」", 'the node "{node}" has no input "{name}"'),
        ("可用的输入口：{allowed}", "its inputs: {allowed}"),
    ),
    entry(
        "E562",
        ("节点「{node}」没有输出口「{name}」", 'the node "{node}" has no output "{name}"'),
        ("可用的输出口：{allowed}", "its outputs: {allowed}"),
    ),
    entry(
        "E563",
        (
            "「{source}」给出{given_zh}，而「{target}」的输入口「{port}」要的是{wanted_zh}",
            '"{source}" gives {given_en}, but the input "{port}" of "{target}" takes {wanted_en}',
        ),
        ("换一个起点或输入口", "lead the edge from another node, or to another input"),
    ),
    entry(
        "E564",
        (
            "节点「{node}」的输入口「{port}」只接一条边，已经接了「{other}」",
            'the input "{port}" of "{node}" takes one edge, and "{other}" enters it already',
        ),
        ("删去一条，或写明 port 接到另一个输入口", "remove one, or name another input with port"),
    ),
    entry(
        "E565",
        (
            "节点「{node}」的输入口「{port}」没有接上，它要{wanted_zh}",
            'nothing enters the input "{port}" of "{node}", which needs {wanted_en}',
        ),
        ("从能给出它的节点连一条边过来", "lead an edge to it"),
    ),
    entry(
        "W566",
        ("节点「{node}」的输出没有人用", 'nobody uses what leaves "{node}"'),
        ("连到下一个节点，或删去它", "lead an edge on from it, or remove it"),
    ),
    entry(
        "E567",
        ("节点种类「{name}」只能用在管道里", 'the kind of node "{name}" is for pipelines alone'),
        ("换一个能单独运行的节点，或改用去向(destination)", "name a node that runs by itself, or a destination"),
    ),
    entry(
        "E568",
        ("节点「{node}」没有输出，不能从它连出去", '"{node}" gives nothing: no edge leads from it'),
        ("换一个起点", "lead the edge from another node"),
    ),
    entry(
        "E569",
        ("节点「{node}」没有输入，不能连到它", '"{node}" takes nothing: no edge leads to it'),
        ("换一个终点", "lead the edge to another node"),
    ),
)
