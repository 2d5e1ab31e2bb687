"""The sentences of a contract, each with the place it stands at and what it is about: its heading, or the label before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or paragraph of a file, and where it stands there in both languages."""

    text: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """`plain` is the sentence in one form of signs (half width) without its number; `topic` is the heading above it and the
    label before it, `label` what is before it in the same line."""

    text: str
    plain: str
    piece: Piece
    topic: str = ""
    label: str = ""


_COUNT = "〇零一二三四五六七八九十百\\d"
_NUMBER = re.compile(rf"^\s*(?:第[{_COUNT}]+[条章节款]|\([{_COUNT}]+\)|[{_COUNT}]+、|\d+(?:\.\d+)*(?:\.\s*|\s+))\s*")
_HEADING = re.compile(r"[^,。;:!?\d]{2,12}")
_LABEL = re.compile(r"([^,。;:]{1,20}):")
_TWICE = re.compile(rf"[{_COUNT}拾佰仟千万壹贰叁肆伍陆柒捌玖两]+\s*\((\d[\d,.]*)\)")
_ENDS = re.compile(r"[^。;；!！]+[。;；!！]?")
_CHANGED = re.compile(r"由[^。;]{1,24}?(?:调整|变更|修改|改)为")


def sentences(pieces: Iterable[Piece]) -> Iterator[Sentence]:
    """The sentences in their order."""
    heading = ""
    for piece in pieces:
        for line in piece.text.splitlines():
            bare = _NUMBER.sub("", _plain(line))
            if bare != _plain(line) and _HEADING.fullmatch(bare):
                heading = bare
                continue
            label = ""
            for found in _ENDS.finditer(line):
                said = _plain(found[0]) if found.start() else _NUMBER.sub("", _plain(found[0]))
                if not said:
                    continue
                before = _LABEL.match(said)
                label = before[1].strip() if before else label
                text = found[0].strip()
                yield Sentence(text, _CHANGED.sub("", said), piece, f"{heading} {label}".strip(), label)


def _plain(text: str) -> str:
    """In half width; a number that is written twice, 六十(60)日, once."""
    return _TWICE.sub(r"\1", unicodedata.normalize("NFKC", text)).strip()


def segments(plain: str) -> Iterator[str]:
    """The parts of a sentence between commas; a comma within a number is none."""
    yield from (one for one in re.split(r",(?!\d{3}(?!\d))", plain) if one.strip())
