"""Codes E2xx: a key, a type, a value that the schema of the kind does not know."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

SHAPE = Catalogue.of(
    entry("E201", ("不认识键「{key}」", 'unknown key "{key}"'), ("可用的键：{allowed}", "allowed: {allowed}")),
    entry("E202", ("缺少「{key}」", 'the key "{key}" is missing'), ("加上 {key}:", "add {key}:")),
    entry(
        "E203",
        ("「{key}」应为{wanted_zh}，现在是{found_zh}", '"{key}" should be {wanted_en}, not {found_en}'),
    ),
    entry(
        "E204",
        ("「{value}」不在可选范围内", '"{value}" is not one of the options'),
        ("可选：{allowed}", "options: {allowed}"),
    ),
    entry("E205", ("{value} 超出范围，应{wanted_zh}", "{value} is out of range: {wanted_en}")),
    entry(
        "E206",
        ("「{value}」的写法不对", '"{value}" is not written as it should be'),
        ("写法：{pattern}", "pattern: {pattern}"),
    ),
    entry(
        "E207",
        ("键「{key}」不适用于类型 {type}", 'the key "{key}" has no meaning for the type {type}'),
        ("删去它，或换类型", "remove it or choose another type"),
    ),
    entry("E208", ("「{key}」的个数不对：应{wanted_zh}", '"{key}" has the wrong number of entries: {wanted_en}')),
    entry("E209", ("不认识组件「{name}」", 'unknown widget "{name}"'), ("可用的组件：{allowed}", "widgets: {allowed}")),
    entry(
        "E210",
        ("id「{id}」重复，第一次在第 {line} 行", 'the id "{id}" stands twice; first on line {line}'),
        ("换一个 id", "choose another id"),
    ),
    entry(
        "E211",
        ("组件「{widget}」里不能放「{child}」", 'the widget "{widget}" does not take "{child}" inside'),
        ("把它移出去", "move it out"),
    ),
    entry("E212", ("「{key}」的内容不符合要求", 'the content of "{key}" does not fit its schema')),
    entry("E213", ("「{first}」与「{second}」只能且必须写一个", 'write either "{first}" or "{second}"')),
    entry(
        "E214",
        ("「{value}」不是有效名称", '"{value}" is not a name'),
        (
            "名称以小写字母开头，只含小写字母、数字和下划线，最多 48 个；中文写在 label 里",
            "names start with a lower-case letter, then letters, digits and _ (at most 48); Chinese goes into label",
        ),
    ),
)
