"""Headings of a survey's sheet as questions: one a column, or one over columns of its options. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

QuestionKind = Literal["single", "multiple", "scale", "number", "date", "text"]
MARKS = "\u250b"
"""What the exports of some services put between the options that were chosen."""
MOST_CHOICES, MOST_SCALE = 12, 10
_META = {
    "respondent": ("序号", "编号", "答卷编号", "答题序号", "id", "respondent id", "respondent"),
    "submitted": (
        "提交答卷时间",
        "提交时间",
        "结束时间",
        "答题时间",
        "submitted",
        "submitted at",
        "timestamp",
        "时间戳记",
    ),
}
_UNASKED = frozenset(
    {"所用时间", "答题时长", "来源", "来源详情", "来自ip", "ip", "ip地址", "总分", "开始时间", "微信昵称", "地理位置"}
)
"""Columns of services that are no questions; who answered from where is not read."""
_NUMBERED = re.compile(r"^(?:Q|第)?\s*(\d{1,3})\s*题?\s*[、.:)\]\s|_-]\s*(.+)$", re.IGNORECASE)
_EDGES = " :|_-—()[]、.<>"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DAY = re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}")
_SPLIT = re.compile(rf"\s*[{MARKS};|\n]\s*")
_SKIPPED = frozenset({"", "(跳过)", "(空)", "[跳过]"})
_CODED_SKIPS = frozenset({"-3", "-2"})
_CHOSEN = frozenset({"1", "是", "√", "✓", "✔", "true", "yes", "选中"})
_NOT_CHOSEN = frozenset({"", "0", "否", "false", "no", "未选中", "-3", "-2", "(跳过)", "(空)"})
_LETTER = re.compile(r"^[A-Za-z]\s*[.、)]\s*(?=.)")
_FILLED = re.compile(r"^(.*?)\s*[〖\[](.+)[〗\]]$")


@dataclass(frozen=True, slots=True)
class Question:
    """A question: `name` is Q and its number, `columns` where its answers stand, `options` what each of several columns is."""

    name: str
    text: str
    columns: tuple[int, ...]
    options: tuple[str, ...] = ()
    kind: QuestionKind = "text"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: the option or the text, and what was written beside an option."""

    answer: str
    filled: str = ""


def plain(text: str) -> str:
    """A cell in one form of signs, without blanks at its ends."""
    return unicodedata.normalize("NFKC", text).strip()


def meta_columns(header: Sequence[str]) -> dict[str, int]:
    """Where the number of an answer and its time stand."""
    told = [plain(one).lower() for one in header]
    return {name: told.index(word) for name, words in _META.items() for word in words[::-1] if word in told}


def questions(
    header: Sequence[str], rows: Sequence[Sequence[str]], closed: frozenset[str] = frozenset()
) -> list[Question]:
    """The questions of a sheet in their order, with the kinds that their answers have; `closed` are known to have choices."""
    groups: dict[str, list[tuple[int, str]]] = {}
    known = set(meta_columns(header).values())
    for column, heading in enumerate(header):
        said = plain(heading)
        if column in known or not said or said.lower() in _UNASKED:
            continue
        found = _NUMBERED.match(said)
        name = f"Q{int(found[1])}" if found else f"Q{_free(groups, header)}"
        groups.setdefault(name, []).append((column, found[2].strip() if found else said))
    told = (one for name, group in groups.items() for one in _asked(name, group, rows))
    return [replace(one, kind="single") if one.name in closed and one.kind == "text" else one for one in told]


def _free(groups: dict[str, list[tuple[int, str]]], header: Sequence[str]) -> int:
    """The first number that no question has, neither one before nor one that is numbered further on."""
    taken = {int(found[1]) for one in header if (found := _NUMBERED.match(plain(one)))}
    number = 1
    while number in taken or f"Q{number}" in groups:
        number += 1
    return number


def _asked(name: str, group: list[tuple[int, str]], rows: Sequence[Sequence[str]]) -> Iterator[Question]:
    """A question over its columns: options to tick, or the lines of a table, each of which is a question."""
    if len(group) == 1:
        [(column, text)] = group
        yield Question(name, text, (column,), (), _kind(text, [plain(row[column]) for row in rows]))
        return
    begin = _common([text for _, text in group])
    options = tuple(text[len(begin) :].strip(_EDGES) or text for _, text in group)
    cells = {plain(row[column]).lower() for row in rows for column, _ in group}
    if cells <= _CHOSEN | _NOT_CHOSEN | {plain(one).lower() for one in options}:
        columns = tuple(column for column, _ in group)
        yield Question(name, begin.strip(_EDGES) or name, columns, options, "multiple")
        return
    for place, ((column, text), option) in enumerate(zip(group, options, strict=True), start=1):
        said = f"{begin.strip(_EDGES)} {option}".strip() or text
        yield Question(f"{name}_{place}", said, (column,), (), _kind(text, [plain(row[column]) for row in rows]))


def _common(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = next((place for place, sign in enumerate(first) if last[place : place + 1] != sign), len(first))
    return first[:same]


def _kind(text: str, cells: Sequence[str]) -> QuestionKind:
    filled = [one for one in cells if one not in _SKIPPED and one not in _CODED_SKIPS]
    if "多选" in text or any(MARKS in one for one in filled):
        return "multiple"
    if filled and all(_NUMBER.fullmatch(one) for one in filled):
        whole = all(one.isdecimal() and int(one) <= MOST_SCALE for one in filled)
        return "scale" if whole else "number"
    if filled and all(_DAY.match(one) for one in filled):
        return "date"
    options = {option(one).answer for one in filled}
    few = len(options) <= MOST_CHOICES and (len(options) * 2 <= len(filled) or "单选" in text)
    return "single" if few and all(len(one) <= 40 for one in options) else "text"


def option(cell: str) -> Said:
    """An option without the letter before it, apart from what was written beside it."""
    found = _FILLED.match(cell)
    chosen, filled = (found[1], found[2]) if found else (cell, "")
    return Said(_LETTER.sub("", chosen).strip(), filled.strip())


def answers(question: Question, row: Sequence[str]) -> tuple[Said, ...]:
    """What was answered to a question; nothing where it was skipped."""
    cells = [plain(row[column]) for column in question.columns]
    if question.options:
        ticked = zip(question.options, cells, strict=True)
        return tuple(Said(one) for one, cell in ticked if cell.lower() not in _NOT_CHOSEN)
    cell = cells[0]
    closed = question.kind in {"single", "multiple", "scale"}
    if cell in _SKIPPED or (closed and cell in _CODED_SKIPS):
        return ()
    if question.kind == "multiple":
        parts = _SPLIT.split(cell) if _SPLIT.search(cell) else re.split(r"\s*[,、]\s*", cell)
        return tuple(option(one) for one in parts if one)
    return (option(cell),) if question.kind == "single" else (Said(cell),)
