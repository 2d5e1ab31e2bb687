"""Bytes of a definition file to text: UTF-8 only, and the name of what else it seems to be."""

from __future__ import annotations

import codecs
import re

from engine.diagnostics import Diagnostic, Span
from engine.dsl.diagnostics_catalogue import CATALOGUE

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_HAN = re.compile("[\u4e00-\u9fff]")


def decode(file: str, content: bytes) -> tuple[str, Diagnostic | None]:
    """The text without its byte order mark, or the problem: which encoding the bytes look like, and where it shows."""
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8"), None
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8", errors="replace")) + 1
        span = Span(file, before.count(b"\n") + 1, column)
        return "", CATALOGUE.report("E101", span, encoding=_guess(content))


def _guess(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return "Latin-1"
    return "GBK" if _HAN.search(text) else "Latin-1"
