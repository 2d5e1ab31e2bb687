"""Suggesting: which field a column of a sheet fills, by what it is called and by what stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz.process import extractOne

from engine.diagnostics import DougongError
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.runtime.access.rights import writable_fields
from engine.runtime.search.initials import initials_of
from engine.runtime.transfer.cell_values import cell_values
from engine.runtime.transfer.documents import part_fields
from engine.runtime.work import Work

LOOKED_AT = 50
"""Different values of a column that are looked at."""
NEAR = 85
"""How alike two names are, of 100, to be taken for one."""
SYNONYMS = {
    "手机": ("手机号", "手机号码", "移动电话", "联系电话", "电话", "mobile", "cell", "tel"),
    "电话": ("联系电话", "座机", "手机", "手机号", "phone", "telephone"),
    "邮箱": ("电子邮箱", "电子邮件", "邮件", "email", "e-mail", "mail"),
    "姓名": ("名字", "联系人", "full name"),
    "公司": ("公司名称", "企业名称", "单位名称", "客户名称", "company name"),
    "客户": ("客户名称", "公司", "公司名称", "企业名称"),
    "地址": ("详细地址", "联系地址", "通讯地址", "address"),
    "备注": ("说明", "附注", "remark", "remarks", "comment", "notes"),
    "数量": ("件数", "qty", "count"),
    "单价": ("价格", "unit price"),
    "金额": ("总额", "合计", "total", "sum"),
    "日期": ("时间", "date"),
    "统一社会信用代码": ("信用代码", "税号", "纳税人识别号"),
}
"""What the same thing is called in other people's sheets, by its label in Chinese."""


def suggest(work: Work, entity: Entity, header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Columns to fields, each field once: the same name first, then a synonym or the initials, then the values."""
    writable = writable_fields(work.model, work.context, entity.name)
    fields = {name: one for name, one in entity.fields.items() if name in writable and not one.sealed}
    found: dict[str, str] = {}
    for names in (_own_names(fields), _synonyms(fields), _initials(fields), _part_names(work, entity)):
        for column in header:
            field = names.get(_folded(column))
            if column not in found and field is not None and field not in found.values():
                found[column] = field
    _by_likeness(header, _own_names(fields), found)
    for at, column in enumerate(header):
        if column not in found:
            field = _by_values(work, entity, fields, [row[at] for row in rows[:LOOKED_AT]], set(found.values()))
            if field is not None:
                found[column] = field
    return found


def named_alike(entity: Entity, header: Sequence[str]) -> dict[str, str]:
    """The field for each column whose name is the field's name or one of its labels, letter case and spaces aside."""
    names = _own_names(entity.fields)
    return {column: names[_folded(column)] for column in header if _folded(column) in names}


def _own_names(fields: Mapping[str, Field]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in fields.values():
        for words in (one.name, *one.label.texts.values()):
            names.setdefault(_folded(words), one.name)
    return names


def _part_names(work: Work, entity: Entity) -> dict[str, str]:
    """What the fields of parts are called, alone and behind the name of their collection."""
    names: dict[str, str] = {}
    language = work.context.language
    for name, part, field in part_fields(entity, work.model.entities):
        if field in writable_fields(work.model, work.context, part.name) and not part.fields[field].sealed:
            of = entity.collections[name.partition(".")[0]].label.text(language) or part.label.text(language)
            for words in (field, *part.fields[field].label.texts.values()):
                for said in (words, name, f"{of}.{words}", f"{of}·{words}", f"{of}{words}"):
                    names.setdefault(_folded(said), name)
    return names


def _synonyms(fields: Mapping[str, Field]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in fields.values():
        for words in SYNONYMS.get(one.label.text("zh"), ()):
            names.setdefault(_folded(words), one.name)
    return names


def _initials(fields: Mapping[str, Field]) -> dict[str, str]:
    """The initials of Chinese labels, of those that no two fields share: `khmc` is 客户名称."""
    found: dict[str, list[str]] = {}
    for one in fields.values():
        for written in initials_of(one.label.text("zh")):
            found.setdefault(written, []).append(one.name)
    return {written: names[0] for written, names in found.items() if len(names) == 1 and len(written) > 1}


def _by_likeness(header: Sequence[str], names: Mapping[str, str], found: dict[str, str]) -> None:
    for column in header:
        if column in found or not _folded(column):
            continue
        free = [words for words, field in names.items() if field not in found.values()]
        near = extractOne(_folded(column), free, score_cutoff=NEAR)
        if near is not None:
            found[column] = names[near[0]]


def _by_values(
    work: Work, entity: Entity, fields: Mapping[str, Field], column: Sequence[str], taken: set[str]
) -> str | None:
    """The one field of which every value of a column is an option or names a record."""
    texts = {text.strip() for text in column if text.strip()}
    if not texts:
        return None
    free = (one for name, one in fields.items() if name not in taken)
    fitting = [one.name for one in free if _fits(work, entity, one, texts)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(work: Work, entity: Entity, one: Field, texts: set[str]) -> bool:
    if one.kind is FieldKind.CHOICE:
        return all(any(text in {c.name, *c.label.texts.values()} for c in one.choices) for text in texts)
    if one.kind in REFERENCE_KINDS:
        return _names_records(work, entity, one, [min(texts)]) and _names_records(work, entity, one, sorted(texts))
    return False


def _names_records(work: Work, entity: Entity, one: Field, texts: Sequence[str]) -> bool:
    """Whether every text names a record: asked of one first, as few columns are references."""
    return all(not isinstance(value, DougongError) for value in cell_values(work, entity, one, texts).values())


def _folded(words: str) -> str:
    return "".join(words.lower().split()).rstrip("*：:")
