"""Codes of sealed fields: what cannot be sealed, and what cannot be asked of what is."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

SEALING = Catalogue.of(
    entry(
        "E640",
        ("密封字段「{name}」没有达到 G3", 'the sealed field "{name}" is below level G3'),
        (
            "写上 level: G3（或 G4），或 floor: G3；否则删去 sealed",
            "give it level: G3 (or G4) or floor: G3, or remove sealed",
        ),
    ),
    entry(
        "E641",
        (
            "字段「{name}」已密封，不能写 {key}：{reason_zh}",
            'the field "{name}" is sealed and takes no {key}: {reason_en}',
        ),
        ("删去 {key}；或删去 sealed: true", "remove {key}, or remove sealed: true"),
    ),
    entry(
        "E642",
        (
            "{entity} 有密封字段，而它的数据主体「{path}」不能决定用谁的密钥：{reason_zh}",
            '{entity} has sealed fields, and its subject "{path}" cannot decide whose key seals a row: {reason_en}',
        ),
        (
            "让 subject 指向本实体上由人填写的一个关系字段，例如 subject: customer",
            "let subject name a relation field of the entity itself that people enter, like subject: customer",
        ),
    ),
    entry(
        "E643",
        (
            "「{entity}.{field}」已密封，{place_zh}不能用它：{reason_zh}",
            '"{entity}.{field}" is sealed, and {place_en} cannot use it: {reason_en}',
        ),
        (
            "从这里去掉「{field}」，或删去字段的 sealed: true",
            'take "{field}" out here, or remove sealed: true from the field',
        ),
    ),
    entry(
        "E644",
        (
            "「{name}」有密封内容，不能改名：密文绑定在名称上",
            '"{name}" holds what is sealed and cannot be renamed: ciphertexts are bound to the name',
        ),
        ("保留原来的名称，只改 label；删去 renamed_from", "keep the name, change the label, and remove renamed_from"),
    ),
    entry(
        "E645",
        (
            "密封字段「{name}」还不能查询，写不了 query: {query}",
            'the sealed field "{name}" cannot be asked for anything yet, so query: {query} cannot be kept',
        ),
        ("删去 query；值只能显示和填写", "remove query: its values are shown and entered"),
    ),
)
