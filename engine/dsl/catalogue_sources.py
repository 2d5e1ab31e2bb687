"""Codes of sources and their connectors."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

SOURCES = Catalogue.of(
    entry(
        "E590",
        ("没有连接器「{name}」", 'there is no connector "{name}"'),
        (
            "装上带来它的扩展包，或换成：{allowed}",
            "install the distribution that brings it, or name one of: {allowed}",
        ),
    ),
    entry(
        "E591",
        ("连接器「{name}」读取远端，需要声明去向", 'the connector "{name}" reads from outside: it needs a destination'),
        (
            "写 destination，并在 destinations 中声明那个地址",
            "write destination, and declare that place in destinations",
        ),
    ),
    entry(
        "E592",
        ("「{object}」没有列「{name}」", '"{object}" has no column "{name}"'),
        ("可用的列：{allowed}", "its columns: {allowed}"),
    ),
    entry(
        "E594",
        ("「{name}」不是网段", '"{name}" is no network'),
        ("写成 10.1.2.0/24，主机位为零", "write it like 10.1.2.0/24, with no bits behind the prefix"),
    ),
    entry(
        "E595",
        ("「{name}」不是日期", '"{name}" is no day'),
        ("写成 2027-12-31", "write it like 2027-12-31"),
    ),
    entry(
        "E596",
        (
            "用途「{name}」是训练，而去向在 {where}：训练只能在境内",
            'the purpose "{name}" trains a model, and the destination is in {where}: training stays at home',
        ),
        ("去掉这个用途，或改用境内的去向", "leave the purpose out, or name a destination at home"),
    ),
    entry(
        "E597",
        (
            "「{name}」是决策链数据，而去向在 {where}：不出境",
            '"{name}" is data of a decision chain, and the destination is in {where}: it stays at home',
        ),
        ("去掉这个值，或改用境内的去向", "leave the value out, or name a destination at home"),
    ),
    entry(
        "W593",
        (
            "「{name}」的密级是 {higher}，而字段「{field}」是 {lower}",
            '"{name}" is of level {higher}, the field "{field}" of {lower}',
        ),
        ("给字段写 level: {higher}，或改读别的列", "write level: {higher} at the field, or read another column"),
    ),
)
