"""PDF as lines of text, by the extra `contracts`; imported in a child alone. Lines that a page broke are put together."""

from __future__ import annotations

import io
import logging
import re

import pypdf
from pypdf.errors import PyPdfError

from engine.diagnostics import Message
from packs.connectors.contracts.files import MOST_CHARACTERS, UnreadableContract, too_large
from packs.connectors.contracts.sentences import Piece

MOST_PAGES = 500
BROKEN = 0.8
"""A line of so much of the longest one of its page, without an end of a sentence, goes on in the next one."""
_BEGINS = re.compile(
    r"\s*(?:第[〇零一二三四五六七八九十百\d]+[条章节款页]|[((]?[一二三四五六七八九十]+[))、]|\d+(?:\.\d+)*[.、\s])"
)
_ENDED = ("。", "；", ";", "：", ":", "！")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def lines(content: bytes) -> list[Piece]:
    """The lines of a file. Raises UnreadableContract."""
    found: list[Piece] = []
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise UnreadableContract(
                Message("PDF 已加密：请提供没有密码的版本", "The PDF is encrypted: give a version without a password")
            )
        if len(reader.pages) > MOST_PAGES:
            raise too_large()
        room = MOST_CHARACTERS
        for number, page in enumerate(reader.pages, start=1):
            text = page.extract_text()
            room -= len(text)
            if room < 0:
                raise too_large()
            found += _joined(text.splitlines(), number)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        raise UnreadableContract(Message("PDF 已损坏，无法读取", "The PDF is damaged and cannot be read")) from None
    return found


def _joined(told: list[str], page: int) -> list[Piece]:
    longest = max((len(one) for one in told), default=0)
    found: list[Piece] = []
    going = False
    for number, line in enumerate(told, start=1):
        if going and found and not _BEGINS.match(line):
            found[-1] = Piece(found[-1].text + line.strip(), found[-1].zh, found[-1].en)
        elif line.strip():
            found.append(Piece(line.strip(), f"第 {page} 页第 {number} 行", f"page {page}, line {number}"))
        going = len(line) >= BROKEN * longest and not line.rstrip().endswith(_ENDED)
    return found
