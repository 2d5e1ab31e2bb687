"""Columns of a sheet: what kind of field each one is, told by its name and by every value that stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from designer.from_sheet.naming import english_of, name_of, without_remark
from engine.model.addresses import address_of
from engine.runtime.storage.numbers import written_number
from engine.runtime.transfer.written_dates import iso_date, iso_moment

MOST_OPTIONS = 12
LONGEST_OPTION = 20
FEWEST_ROWS = 6
"""Rows below which values that repeat say nothing of options."""
LONG = 120
"""Characters of a text above which it is written in several lines."""
ROOM = (40, 100, 200, 500, 1_000)
MOST_DIGITS = 18
MOST_DECIMALS = 6

_NOTE = re.compile(r"备注|说明|描述|内容|附注|意见|note|remark|comment|description", re.I)
_NUMBERED = re.compile(r"编号|编码|代码|单号|号码|序号|条码|条形码|账号|卡号|税号|证号|号$|\b(no|code|sku|id)\b", re.I)
_MONEY = re.compile(
    r"金额|价|费|款|成本|收入|销售额|营业额|预算|应收|应付|余额|利润|毛利$|合计|总额|小计|业绩"
    r"|amount|price|cost|revenue|fee|budget|salary|payment",
    re.I,
)
_PHONE_NAME = re.compile(r"电话|手机|phone|mobile|tel", re.I)
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,19}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+", re.I)
_WORDS_OF_TRUTH = frozenset({"是", "否", "true", "false", "yes", "no"})
_NAMES = re.compile(r"名称|姓名|标题|主题|全称|客户$|公司$|name|title|subject|company|customer", re.I)
"""What is different for nearly every row in the long run, though a short sheet repeats it."""
_TITLES = re.compile(r"名称|姓名|标题|主题|全称|客户$|公司$|产品$|商品$|项目$|name|title|subject", re.I)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a field: `kind` is a field type of the language, `options` the texts of a choice in order of frequency,
    `digits` and `decimals` of a number, `longest` characters of a text, `to` the entity that a relation points at."""

    header: str
    name: str
    english: str
    kind: str
    required: bool = False
    distinct: bool = False
    options: tuple[str, ...] = ()
    digits: int = 0
    decimals: int = 0
    longest: int = 0
    to: str = ""

    @property
    def is_title(self) -> bool:
        """Whether it is likely what people call a row by."""
        return self.kind == "text" and _TITLES.search(without_remark(self.header)) is not None

    @property
    def is_key(self) -> bool:
        """Whether it numbers the rows."""
        return self.kind == "text" and self.distinct and self.required and _NUMBERED.search(self.header) is not None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What columns may point at: `relation` gives the entity whose records all texts name, `people` whether all are people."""

    relation: Callable[[Sequence[str]], str | None] = field(default=lambda texts: None)
    people: Callable[[Sequence[str]], bool] = field(default=lambda texts: False)


NOWHERE = Surroundings()
EVERY: Mapping[str, str] = {}
KINDS = (
    "text", "long_text", "integer", "decimal", "money", "percent", "boolean", "date", "instant", "choice", "phone",
    "email", "url", "address", "user",
)  # fmt: skip
"""The kinds that somebody may choose for a column."""
MOST_CHOSEN = 100
"""Options of a column that somebody has made a choice."""


def columns_of(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    around: Surroundings = NOWHERE,
    chosen: Mapping[str, str] = EVERY,
) -> tuple[Column, ...]:
    """The fields of a sheet. Every row has a cell a column.

    `chosen` are kinds that somebody has chosen, by the column's header, "" for one that is left out. Columns that have
    neither a name nor a value are left out too.
    """
    found: list[Column] = []
    for at, title in enumerate(header):
        texts = [row[at].strip() for row in rows]
        if not title.strip() and not any(texts):
            continue
        written = title.strip() or f"列{at + 1}"
        kind = chosen.get(written)
        if kind == "":
            continue
        plain = Column(written, name_of(written, {one.name for one in found}), english_of(written), "text")
        told = _column(plain, texts, around)
        found.append(told if kind in {None, told.kind} else _as_kind(plain, kind or "text", texts))
    return tuple(found)


def _column(column: Column, texts: Sequence[str], around: Surroundings) -> Column:
    filled = [text for text in texts if text]
    different = dict.fromkeys(filled)
    known = replace(
        column, required=bool(texts) and len(filled) == len(texts), distinct=len(different) == len(filled) > 1
    )
    if not filled:
        return replace(known, kind="long_text" if _NOTE.search(column.header) else "text", longest=ROOM[2])
    for guess in _GUESSES:
        found = guess(known, [*different], len(filled))
        if found is not None:
            return found
    if around.people([*different]):
        return replace(known, kind="user")
    to = around.relation([*different])
    if to is not None:
        return replace(known, kind="relation", to=to)
    return _options(known, filled) or _text(known, [*different])


def _as_kind(column: Column, kind: str, texts: Sequence[str]) -> Column:
    """A column of a chosen kind: what does not fit it is found when the rows come in."""
    filled = [text for text in texts if text]
    known = replace(column, required=bool(texts) and len(filled) == len(texts), kind=kind)
    match kind:
        case "choice":
            return replace(
                known, options=tuple([*dict.fromkeys(text[:LONGEST_OPTION] for text in filled)][:MOST_CHOSEN])
            )
        case "text":
            return replace(known, longest=ROOM[-1])
        case "decimal" | "percent":
            return replace(known, digits=MOST_DIGITS - 2, decimals=4)
        case "money":
            return replace(known, decimals=2)
        case _:
            return known


def _truth(column: Column, texts: Sequence[str], count: int) -> Column | None:
    asked = column.header.startswith("是否") and {*texts} <= {"0", "1"}
    told = {text.lower() for text in texts} <= _WORDS_OF_TRUTH
    return replace(column, kind="boolean") if asked or told else None


def _day(column: Column, texts: Sequence[str], count: int) -> Column | None:
    if _NUMBERED.search(column.header):
        return None
    if all(iso_date(text) for text in texts):
        return replace(column, kind="date")
    return replace(column, kind="instant") if all(iso_moment(text) for text in texts) else None


def _contact(column: Column, texts: Sequence[str], count: int) -> Column | None:
    for kind, form in (("email", _EMAIL), ("url", _URL)):
        if all(form.fullmatch(text) for text in texts):
            return replace(column, kind=kind)
    named = _PHONE_NAME.search(column.header) is not None
    return replace(column, kind="phone") if named and all(map(_PHONE.fullmatch, texts)) else None


def _number(column: Column, texts: Sequence[str], count: int) -> Column | None:
    percent = all(text.endswith("%") for text in texts)
    numbers = [written_number(text, percent=percent) for text in texts]
    if any(one is None for one in numbers) or _is_numbering(column, texts):
        return None
    exact = [one for one in numbers if one is not None]
    decimals = max(max(0, -int(one.as_tuple().exponent)) for one in exact)
    whole = max(len(str(abs(int(one)))) for one in exact)
    if decimals > MOST_DECIMALS or whole + decimals > MOST_DIGITS - 2:
        return None
    if percent:
        return replace(column, kind="percent", decimals=max(4, decimals), digits=min(MOST_DIGITS, whole + 8))
    if _MONEY.search(column.header) and decimals <= 2:
        return replace(column, kind="money", decimals=2)
    if decimals:
        return replace(column, kind="decimal", decimals=decimals, digits=min(MOST_DIGITS, whole + decimals + 4))
    return replace(column, kind="integer")


def _is_numbering(column: Column, texts: Sequence[str]) -> bool:
    """Digits that are no quantity: article numbers, accounts, what begins with a nought."""
    nought = any(len(text) > 1 and text[0] == "0" and text[1] != "." for text in texts)
    return nought or _NUMBERED.search(without_remark(column.header)) is not None


def _address(column: Column, texts: Sequence[str], count: int) -> Column | None:
    if not without_remark(column.header).endswith("地址"):
        return None
    known = sum(1 for text in texts if len(address_of(text).code) == 6)
    return replace(column, kind="address") if known == len(texts) else None


_GUESSES = (_truth, _day, _contact, _number, _address)


def _options(column: Column, filled: Sequence[str]) -> Column | None:
    """A choice, where few short values repeat."""
    counts: Mapping[str, int] = {text: filled.count(text) for text in dict.fromkeys(filled[:5_000])}
    few = len(counts) <= MOST_OPTIONS and len(filled) >= max(FEWEST_ROWS, 2 * len(counts))
    short = all(len(text) <= LONGEST_OPTION and "\n" not in text for text in counts)
    named = _NOTE.search(column.header) or _NAMES.search(without_remark(column.header))
    if not few or not short or named or len(counts) < 2 or {*filled} != {*counts}:
        return None
    return replace(column, kind="choice", options=tuple(sorted(counts, key=lambda text: -counts[text])))


def _text(column: Column, texts: Sequence[str]) -> Column:
    longest = max(map(len, texts))
    if longest > LONG or _NOTE.search(column.header) or any("\n" in text for text in texts):
        return replace(column, kind="long_text")
    return replace(column, longest=next(room for room in ROOM if room >= min(longest * 2, ROOM[-1])))
