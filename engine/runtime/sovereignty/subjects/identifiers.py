"""Identifiers: the texts by which a subject is found in what others wrote, and how they are found and blotted out there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from engine.model.entities import TEXT_KINDS, Entity, Field
from engine.model.subjects import is_personal, subject_entities, tells
from engine.runtime.database.protocol import Session
from engine.runtime.records.stored import stored_rows
from engine.runtime.rows import select
from engine.runtime.sovereignty.subjects.finding import PARTS, SubjectRows
from engine.runtime.work import Work

SHORTEST, LEAST_BYTES, LONGEST = 4, 6, 200
BLOT = "■■■"
"""What stands where an identifier stood."""
_SEPARATORS = str.maketrans("", "", " -.·()\u3000\t")
_DIGITS = re.compile(r"\+?[0-9]{7,}$")


@dataclass(frozen=True)
class Identifiers:
    """Texts that are the subject's alone; how many were too short to tell anybody by, and how many others bear too."""

    texts: tuple[str, ...]
    short: int = 0
    shared: int = 0

    def found_in(self, text: str) -> bool:
        """Whether one of them stands in a text, whatever its case, width and separators of digits."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        if any(one in plain for one in self._folded):
            return True
        packed = plain.translate(_SEPARATORS)
        return any(one in packed for one in self._numbers)

    def blotted(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(BLOT, text)

    def without(self, others: Iterable[str]) -> Identifiers:
        """Those that are not among what others bear."""
        known = frozenset(others)
        kept = tuple(one for one in self.texts if one not in known)
        return Identifiers(kept, self.short, self.shared + len(self.texts) - len(kept))

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(unicodedata.normalize("NFKC", one).casefold() for one in self.texts)

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        return tuple(one.lstrip("+") for one in self.texts if _DIGITS.match(one))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [_pattern_of(one) for one in sorted(self.texts, key=len, reverse=True)]
        return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def identifiers_of(work: Work, rows: SubjectRows) -> Identifiers:
    """The identifiers of a subject's rows, as they stand."""
    found: set[str] = set()
    short = 0
    shared: set[str] = set()
    model, session = work.model, work.session
    titled = subject_entities(model.entities)
    for name, ids in (*rows.erased.items(), *rows.parted.items()):
        entity = model.entities[name]
        for field in _telling(entity, name in rows.erased, name in titled and name in rows.erased):
            own = set(_texts(work, entity, field, ids))
            kept = frozenset(one for one in own if len(one) >= SHORTEST and len(one.encode()) >= LEAST_BYTES)
            short += len(own - kept)
            shared |= set() if field.sealed else set(_borne_by_others(session, name, field.name, kept, ids))
            found |= kept
    return Identifiers(tuple(sorted(found - shared)), short, len(found & shared))


def _telling(entity: Entity, whole: bool, titled: bool) -> Iterator[Field]:
    """The fields of text by which somebody is told; of a `whole` row that goes also those that tell it from all others."""
    for field in entity.fields.values():
        if field.kind in TEXT_KINDS and not field.computed:
            named = titled and field.name == entity.title
            if is_personal(field) or named or (whole and tells(entity, field)):
                yield field


def _texts(work: Work, entity: Entity, field: Field, ids: Iterable[int]) -> Iterator[str]:
    """The lines of a field in these rows; sealed ones are opened."""
    ordered = sorted(ids)
    for at in range(0, len(ordered), PARTS):
        part = ordered[at : at + PARTS]
        if field.sealed:
            told = [one.values.get(field.name) for one in stored_rows(work, entity, part)]
        else:
            told = [row[0] for row in select(work.session, entity.name, (field.name,), {"id in": part})]
        for text in told:
            yield from (line.strip()[:LONGEST] for line in str(text or "").splitlines() if line.strip())


def _borne_by_others(
    session: Session, entity: str, field: str, texts: frozenset[str], ids: frozenset[int]
) -> Iterator[str]:
    """Those that stand in the same field of a row that is not the subject's."""
    if texts:
        for record, text in select(session, entity, ("id", field), {f"{field} is not null": None}):
            if text in texts and int(str(record)) not in ids:
                yield str(text)


def _pattern_of(text: str) -> str:
    """A pattern that finds it in either width, of a number with separators between its digits."""
    if not _DIGITS.match(text):
        return "".join(_either_width(one) for one in text)
    digits = [_either_width(one) for one in text.lstrip("+")]
    return r"[+＋]?" + r"[ \-.·()\u3000\t]{0,2}".join(digits)


def _either_width(sign: str) -> str:
    wide = chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else ""
    return f"[{re.escape(sign)}{wide}]" if wide else re.escape(sign)
