"""Files of contracts as lines of text with their places: Word (.docx), Excel (.xlsx) and PDF. Called in a child with limits."""

from __future__ import annotations

import importlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import python_calamine

from engine.diagnostics import DougongError, Message
from packs.connectors.contracts.safe_xml import events
from packs.connectors.contracts.sentences import Piece

MOST_BYTES = 10_000_000
"""Of a file as it is stored; the egress gate lets as many in."""
MOST_UNPACKED, MOST_PARTS = 100_000_000, 5_000
MOST_CHARACTERS = 2_000_000
PDF_READER = "packs.connectors.contracts.pdf_lines"
COMPOUND, PACKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_CELL, _LINE = "\x1f", "\n"
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, KeyError)


class UnreadableContract(DougongError):
    """A file is no contract that can be read; the words say why and what would help."""

    code = "unreadable_contract"
    status = 422


def lines_of(name: str, content: bytes) -> list[Piece]:
    """The lines of a file. Raises UnreadableContract, UnsafeXml."""
    if len(content) > MOST_BYTES:
        raise too_large()
    if content.startswith(COMPOUND):
        raise UnreadableContract(
            Message(
                "文件已加密，或是旧版 .doc/.xls：请去除密码并另存为 .docx 或 .xlsx",
                "The file is encrypted, or an old .doc or .xls: save it without a password as .docx or .xlsx",
            )
        )
    for ending, read in _READERS.items():
        if name.lower().endswith(ending):
            found = read(content)
            if sum(len(one.text) for one in found) > MOST_CHARACTERS:
                raise too_large()
            if not any(one.text.strip() for one in found):
                raise UnreadableContract(
                    Message(
                        "文件中没有文字(可能是扫描件)：请提供带文字的版本",
                        "The file holds no text (a scan perhaps): give a version with text",
                    )
                )
            return found
    raise UnreadableContract(Message("只读取 .docx、.xlsx 和 .pdf 文件", "Only .docx, .xlsx and .pdf files are read"))


def too_large() -> UnreadableContract:
    """What is said of a file beyond the limits."""
    return UnreadableContract(
        Message(
            f"文件过大：至多 {MOST_BYTES // 1_000_000} MB，展开后至多 {MOST_UNPACKED // 1_000_000} MB",
            f"The file is too large: at most {MOST_BYTES // 1_000_000} MB, {MOST_UNPACKED // 1_000_000} MB unpacked",
        )
    )


def _word_lines(content: bytes) -> list[Piece]:
    return [
        Piece(text, f"第 {number} 段", f"paragraph {number}")
        for number, text in enumerate(_paragraphs(events(unpacked(content, "word/document.xml"))), start=1)
        if text.strip()
    ]


def _paragraphs(found: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Paragraphs, and rows of tables as one each; of tracked changes what was put in, not what was taken out."""
    text, cells, tables, shown = "", list[str](), 0, False
    for event, name in found:
        if event == "text":
            text += name if shown else ""
        elif name == "t":
            shown = event == "begin"
        elif event == "begin":
            text += {"tab": " ", "br": _LINE}.get(name, "")
            tables += name == "tbl"
        elif name == "tbl":
            tables -= 1
        elif name == "p" and not tables:
            yield text
            text = ""
        elif name == "tc":
            cells.append(text.strip())
            text = ""
        elif name == "tr":
            yield row_text(cells)
            cells = []


def row_text(cells: Sequence[str]) -> str:
    """The cells of a row as a line: a label with what stands behind it; a bare number under a label in yuan is money."""
    filled = [one for one in cells if one]
    if len(filled) != 2:
        return " ".join(filled)
    label, value = filled
    money = "元" in label and value.replace(",", "").replace(".", "", 1).isdecimal()
    return f"{label.rstrip(':：')}：{value}{'元' if money else ''}"


def _sheet_lines(content: bytes) -> list[Piece]:
    unpacked(content, "xl/workbook.xml")
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            Piece(row_text([_cell(value) for value in row]), f"{name} 第 {number} 行", f"{name}, row {number}")
            for name in book.sheet_names
            for number, row in enumerate(book.get_sheet_by_name(name).to_python(), start=1)
            if any(value not in {"", None} for value in row)
        ]
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _damaged() from None


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    return value.isoformat()[:10] if isinstance(value, date) else str(value).strip()


def unpacked(content: bytes, name: str) -> bytes:
    """A part of a packed file, with an eye on how much everything becomes. Raises UnreadableContract."""
    if not content.startswith(PACKED):
        raise _damaged()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise too_large()
            with archive.open(name) as part:
                unpacked = part.read(MOST_UNPACKED + 1)
    except _DAMAGED:
        raise _damaged() from None
    if len(unpacked) > MOST_UNPACKED:
        raise too_large()
    return unpacked


def _damaged() -> UnreadableContract:
    return UnreadableContract(
        Message("文件已损坏，或内容与扩展名不符", "The file is damaged, or not what its name says")
    )


def _pdf_lines(content: bytes) -> list[Piece]:
    try:
        reader = importlib.import_module(PDF_READER)
    except ModuleNotFoundError:
        raise UnreadableContract(
            Message(
                "没有安装读取 PDF 的组件：请管理员运行 pip install 'dougong[contracts]'",
                "The extra that reads PDFs is not installed: an administrator runs pip install 'dougong[contracts]'",
            )
        ) from None
    found: list[Piece] = reader.lines(content)
    return found


_READERS: Mapping[str, Callable[[bytes], list[Piece]]] = {
    ".docx": _word_lines,
    ".xlsx": _sheet_lines,
    ".pdf": _pdf_lines,
}
READABLE = tuple(_READERS)
"""Endings of names of files that are read."""
