"""How confidential sample values are, and what of it somebody may see."""

from __future__ import annotations

import re

from engine.extensions import SourceColumn
from engine.runtime.access.rights import readable_fields
from engine.runtime.work import Work

PLAIN, PERSONAL = "G1", "G3"
_PERSONAL = re.compile(
    r"手机|电话|传真|身份证|证件|护照|邮箱|住址|生日|银行|账号|工资|薪|密码"
    r"|mobile|phone|\btel|e-?mail|passport|id_?card|identity|birth|salary|bank|iban|password",
    re.I,
)


def level_of_column(column: SourceColumn) -> str:
    """The level that a connector declares, or a higher one that the words for a column give away."""
    words = " ".join((column.name, *column.label.texts.values()))
    return max(column.level, PERSONAL if _PERSONAL.search(words) else PLAIN)


def level_of_reader(work: Work) -> str:
    """The highest level among the fields that somebody may read anywhere."""
    found = PLAIN
    for name, entity in work.model.entities.items():
        readable = readable_fields(work.model, work.context, name)
        found = max([found, *(one.level for one in entity.fields.values() if one.name in readable)])
    return found
