"""Tokens: the one function that says under which words a text is found. Storage keeps them, a search text becomes them.

A run of Chinese characters gives its pairs and its last character; any other run of letters and digits gives itself.
A short text (a name, a number, a phone) is also found by the initials of its readings, and from within a run of
letters and digits, up to its last three. Both sides are compared in NFKC and without case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.model.addresses import address_of
from engine.model.entities import Field, FieldKind
from engine.model.locations import kept_location
from engine.runtime.search.initials import initials_of

VERSION = 1
"""Changes with the rules below: an index made under other rules is made anew."""
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_IS_HAN = re.compile(f"[{HAN}]")
LONGEST_WORD = 48
LEAST_INSIDE = 3
MOST_TOKENS = 12_000
"""PostgreSQL knows the places of the first 16,383 words of a text."""
LONGEST_NAME = 24
"""Characters of a run whose initials are kept from every place on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run of a search text: tokens that stand side by side, the last perhaps only begun."""

    tokens: tuple[str, ...]
    begun: bool


def folded_runs(text: str) -> tuple[str, ...]:
    """The runs of a text that can be found, in the form they are compared in."""
    return tuple(_RUN.findall(unicodedata.normalize("NFKC", text).casefold()))


def tokens_of(text: str, short: bool) -> tuple[str, ...]:
    """The tokens of a text, those that stand side by side first."""
    runs = folded_runs(text)
    tokens = [token for run in runs for token in _plain(run)]
    if short:
        tokens += [token for run in runs for token in _aside(run)]
    return tuple(tokens[:MOST_TOKENS])


def found_by(field: Field, text: str) -> str:
    """The tokens of a field's text in one text, each behind the key of the field; empty for one without any."""
    key = key_of(field.name)
    words = _words(field, text)
    tokens = tokens_of(words, field.kind is not FieldKind.LONG_TEXT)
    return key + f" {key}".join(tokens) if tokens else ""


def _words(field: Field, text: str) -> str:
    """What a field's text says: of an address the names, of a location the words."""
    if field.kind is FieldKind.ADDRESS:
        return address_of(text).words
    place = kept_location(text) if field.kind is FieldKind.LOCATION else None
    return text if place is None else place.words


@lru_cache(maxsize=10_000)
def key_of(field: str) -> str:
    """What stands before each token of a field, so that one field's words are never found as another's."""
    return "f" + hashlib.sha256(field.encode()).hexdigest()[:8]


def wanted(word: str) -> tuple[Wanted, ...]:
    """What must be found, all of it, for a word of a search text; nothing for a word of signs alone."""
    return tuple(_wanted(run) for run in folded_runs(word))


def _plain(run: str) -> Iterator[str]:
    if not _IS_HAN.match(run):
        yield run[:LONGEST_WORD]
        return
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield run[-1]


def _aside(run: str) -> Iterator[str]:
    """What a run is found by besides itself."""
    if _IS_HAN.match(run):
        for at in range(min(len(run), LONGEST_NAME)):
            yield from initials_of(run[at:])
    else:
        cut = run[:LONGEST_WORD]
        yield from (cut[at:] for at in range(1, len(cut) - LEAST_INSIDE + 1))


def _wanted(run: str) -> Wanted:
    if not _IS_HAN.match(run):
        return Wanted((run[:LONGEST_WORD],), begun=True)
    if len(run) == 1:
        return Wanted((run,), begun=True)
    return Wanted(tuple(run[at : at + 2] for at in range(len(run) - 1)), begun=False)
