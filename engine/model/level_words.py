"""What names, labels and comments say of a field's content, by the words of the rules: Chinese, romanised, English.

A name says what it ends with: `contact_mobile` a mobile number, `mobile_type` none. Where something else stands behind the
word of a kind, the word is a hint; where what stands there speaks of the thing only (type, status, sent), it is nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.model.level_rules import LevelRules, Word, joined, level_rules

_PIECE = re.compile(r"[㐀-鿿]+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BRACKETS = re.compile(r"[(（\[【<《].*?[)）\]】>》]")
_CLAUSE = re.compile(r"[，。；,;:：|/\n!！?？—]|\s-\s|\.\s")
_LONGEST = 6
"""Tokens of the longest phrase."""
_TIES = frozenset({"of", "for", "in", "from", "per", "at", "on", "with", "to"})
"""What follows one of these tells more of what stands before it."""
_SHORT = 4
"""Letters of a word below which it stands alone or not at all."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A word for a kind in a place: `name`, `label` or `comment`; a hint where it is not strong."""

    kind: str
    strong: bool
    place: str
    word: str


def mentions(name: str, labels: Iterable[str] = (), comment: str = "") -> tuple[Mention, ...]:
    """The kinds that a column's name, its labels and its comment speak of, each once a place, strong ones first."""
    found = [*_said("name", name)]
    for label in labels:
        found += _said("label", label)
    found += _commented(comment)
    kept: dict[tuple[str, str], Mention] = {}
    for one in sorted(found, key=lambda mention: not mention.strong):
        kept.setdefault((one.kind, one.place), one)
    return tuple(kept.values())


def speaks_of(words: str, listed: str) -> bool:
    """Whether a name has a word of one of the lists of the rules (`persons`, `person_tables`…)."""
    wanted = level_rules().lists[listed]
    parts = _tokens(words)
    runs = {"".join(parts[at:to]) for at in range(len(parts)) for to in range(at + 1, min(at + 3, len(parts)) + 1)}
    folded = {one[:-1] for one in runs if one.endswith("s")}
    return bool((runs | folded) & wanted) or any(not one.isascii() and one in words for one in wanted)


def _commented(comment: str) -> Iterator[Mention]:
    """What a comment begins with is said of the column; the rest of it may speak of anything."""
    if not comment:
        return
    clauses = [one for one in _CLAUSE.split(_BRACKETS.sub("", comment)) if one.strip()]
    for at, clause in enumerate(clauses):
        short = at == 0 and len(_tokens(clause)) <= _LONGEST
        for one in _said("comment", clause):
            yield one if short else Mention(one.kind, False, one.place, one.word)


@lru_cache(maxsize=50_000)
def _said(place: str, words: str) -> tuple[Mention, ...]:
    rules = level_rules()
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", words))
    return (*_latin(rules, place, _tokens(text)), *_han(rules, place, text))


def _tokens(text: str) -> tuple[str, ...]:
    """Small Latin words in order, joined ones taken apart; Han runs stand as they are, numbers are left out."""
    rules = level_rules()
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if piece[0].isdigit():
            continue
        small = piece.lower()
        known = not small.isascii() or small in rules.vocabulary or small in rules.latin
        found += [small] if known else _apart(small)
    return tuple(found)


@lru_cache(maxsize=50_000)
def _apart(token: str) -> tuple[str, ...]:
    """A word made of several known ones, in as few as it takes; itself where it is none."""
    vocabulary = level_rules().vocabulary
    best: list[tuple[str, ...] | None] = [(), *[None] * len(token)]
    for to in range(2, len(token) + 1):
        for at in range(to - 1):
            before, piece = best[at], token[at:to]
            better = before is not None and (best[to] is None or len(before) + 1 < len(best[to] or ()))
            if before is not None and better and piece in vocabulary:
                best[to] = (*before, piece)
    found = best[-1]
    whole = found is not None and len(found) > 1 and max(map(len, found)) >= _SHORT
    return found if found is not None and whole else (token,)


def _latin(rules: LevelRules, place: str, tokens: Sequence[str]) -> Iterator[Mention]:
    at = 0
    while at < len(tokens):
        to, words = _longest(rules, tokens, at)
        for word in words:
            if word.kind is not None:
                strong = _standing(rules, word.kind, tokens[:at], tokens[to:])
                if strong is not None:
                    yield Mention(word.kind, strong and word.strong, place, " ".join(tokens[at:to]))
        at = max(to, at + 1)


def _longest(rules: LevelRules, tokens: Sequence[str], at: int) -> tuple[int, tuple[Word, ...]]:
    """The end of the longest phrase that begins here, and what it means."""
    for to in range(min(len(tokens), at + _LONGEST), at, -1):
        key = "".join(tokens[at:to])
        for form in (key, key.removesuffix("s"), key.removesuffix("es")):
            if form in rules.latin:
                return to, rules.latin[form]
    return at, ()


def _standing(rules: LevelRules, kind: str, ahead: Sequence[str], behind: Sequence[str]) -> bool | None:
    """Whether a word between others says what the name is of; None where it speaks of something about the thing."""
    keeps = rules.keeps[kind]
    tied = next((at for at, one in enumerate(behind) if one in _TIES), len(behind))
    behind = behind[:tied]
    last = {"".join(behind[:1]), "".join(behind[:2]), "".join(behind[-1:])} - keeps - {""}
    first = {"".join(ahead[-1:]), "".join(ahead[-2:]), "".join(ahead[:1])} - keeps - {""}
    if last & rules.behind or first & rules.before:
        return None
    if "of" in ahead:
        headed = ahead[ahead.index("of") - 1] if ahead.index("of") else ""
        return None if headed in rules.behind - keeps else False
    return all(one in rules.harmless or one in keeps for one in behind)


@cache
def _phrases() -> re.Pattern[str]:
    """All Han phrases, the longest first."""
    ordered = sorted(level_rules().han, key=lambda one: (-len(one), one))
    return re.compile("|".join(re.escape(one) for one in ordered), re.IGNORECASE)


def _han(rules: LevelRules, place: str, text: str) -> Iterator[Mention]:
    small = "".join(text.split()).lower()
    for found in _phrases().finditer(small):
        ahead, behind = small[: found.start()], small[found.end() :]
        for word in rules.han[found.group()]:
            if word.kind is not None and _holds(rules, word.kind, ahead, behind):
                strong = word.strong and _is_head(rules, behind)
                yield Mention(word.kind, strong, place, found.group())


def _holds(rules: LevelRules, kind: str, ahead: str, behind: str) -> bool:
    keeps = rules.keeps[kind]
    about = any(behind.startswith(one) or behind.endswith(one) for one in _han_of(rules.behind) if one not in keeps)
    asked = "是否" in ahead and "是否" not in keeps
    return not (about or asked or any(ahead.endswith(one) for one in _han_of(rules.before) if one not in keeps))


def _is_head(rules: LevelRules, behind: str) -> bool:
    """Whether nothing that matters stands behind a word."""
    rest = re.sub(r"[0-9\s_\-.#]+", "", behind)
    while rest:
        piece = next((one for one in _han_of(rules.harmless) if rest.startswith(one)), "")
        if not piece:
            return False
        rest = rest[len(piece) :]
    return True


@lru_cache(maxsize=8)
def _han_of(words: frozenset[str]) -> tuple[str, ...]:
    """The Han ones of some words, the longest first."""
    return tuple(sorted((one for one in words if not one.isascii()), key=lambda one: (-len(one), one)))


def told(word: str) -> str:
    """A phrase of the rules as it is looked up."""
    return joined(word)
