"""A survey's sheet as it is read in a child: its questions, and what each who answered said."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import python_calamine

from engine.diagnostics import DougongError, Message
from packs.connectors.contracts.files import MOST_BYTES, UnreadableContract, too_large, unpacked
from packs.connectors.surveys.questions import Question, Said, answers, meta_columns, plain, questions

SECONDS, MEGABYTES = 60.0, 512
MOST_ROWS, MOST_COLUMNS = 50_000, 600
ENCODINGS = ("utf-8-sig", "gb18030")


class UnreadableSurvey(DougongError):
    """A file is no sheet of answers; the words say why."""

    code = "unreadable_survey"
    status = 422


@dataclass(frozen=True, slots=True)
class Response:
    """Who answered, when, and what to each question, in the order of the questions; `line` is that of the sheet."""

    line: int
    respondent: str
    submitted: str
    said: tuple[tuple[Said, ...], ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Questions and responses."""

    questions: tuple[Question, ...]
    responses: tuple[Response, ...]


def read_survey(name: str, content: bytes, sheet: str, closed: frozenset[str] = frozenset()) -> Survey:
    """The survey of a file (.xlsx or .csv), of the named sheet or the first one; `closed` are questions that are known to have choices. Raises UnreadableSurvey."""
    table = _table(name, content, sheet)
    if not table or not any(table[0]):
        raise UnreadableSurvey(Message("第一行应为题目", "The first line must hold the questions"))
    if len(table) > MOST_ROWS + 1 or len(table[0]) > MOST_COLUMNS:
        raise UnreadableSurvey(
            Message(
                f"最多 {MOST_ROWS} 份答卷、{MOST_COLUMNS} 列", f"At most {MOST_ROWS} answers and {MOST_COLUMNS} columns"
            )
        )
    width = len(table[0])
    rows = [[*row, *[""] * width][:width] for row in table[1:]]
    asked = questions(table[0], [row for row in rows if any(row)], closed)
    if not asked:
        raise UnreadableSurvey(Message("没有找到题目", "No question is found"))
    where = meta_columns(table[0])
    found = [_response(line, row, asked, where) for line, row in enumerate(rows, start=2) if any(row)]
    return Survey(tuple(asked), tuple(found))


def _response(line: int, row: Sequence[str], asked: Sequence[Question], where: dict[str, int]) -> Response:
    meta = {name: plain(row[column]) for name, column in where.items()}
    said = tuple(answers(one, row) for one in asked)
    return Response(line, meta.get("respondent") or str(line - 1), _instant(meta.get("submitted", "")), said)


def _instant(text: str) -> str:
    """A time in the one form that sorts; as it stands where it is written otherwise."""
    try:
        return datetime.fromisoformat(text.replace("/", "-")).isoformat(" ")
    except ValueError:
        pass
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S"):
        try:
            return datetime.strptime(text.replace("/", "-"), form).isoformat(" ")
        except ValueError:
            continue
    return text


def _table(name: str, content: bytes, sheet: str) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise UnreadableSurvey(too_large().message)
    if name.lower().endswith(".csv"):
        return _csv(content)
    try:
        unpacked(content, "xl/workbook.xml")
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        if sheet and sheet not in book.sheet_names:
            raise UnreadableSurvey(Message(f"没有工作表 {sheet}", f"There is no sheet {sheet}"))
        rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    except UnreadableContract as error:
        raise UnreadableSurvey(error.message) from None
    except (python_calamine.CalamineError, OSError, ValueError, IndexError):
        raise UnreadableSurvey(Message("表格已损坏，无法读取", "The sheet is damaged and cannot be read")) from None
    return [[_cell(value) for value in row] for row in rows]


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            return [list(row) for row in csv.reader(io.StringIO(content.decode(encoding)))]
        except UnicodeDecodeError:
            continue
        except csv.Error:
            break
    raise UnreadableSurvey(Message("CSV 的编码或结构无法识别", "The encoding or build of the CSV is unknown"))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value).strip()
