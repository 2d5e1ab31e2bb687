"""From a sentence to tokens: the cheapest way to cover it with words of rules, names of the application, and amounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.dsl.rule_words.amounts import Span, amounts_at
from engine.dsl.rule_words.meaning import Amount, Day
from engine.dsl.rule_words.synonyms import HEADS, HEADS_ABOVE, INITIATORS, MANAGERS
from engine.dsl.rule_words.vocabulary import Meaning, Vocabulary
from engine.dsl.rule_words.words import Said, entries

LONGEST = 400
"""Characters of a sentence."""
NAME, PEOPLE, TEXT, UNKNOWN = "NAME", "PEOPLE", "TEXT", "UNKNOWN"
_QUOTED = re.compile(r"[「“\"『‘'](?P<inner>[^」”\"』’']{1,200})[」”\"』’']")
_RUN = re.compile(r"[A-Za-z0-9_'\-]+")
_PEOPLE = {
    **{word: Meaning("head") for word in HEADS},
    **{word: Meaning("above") for word in HEADS_ABOVE},
    **{word: Meaning("manager") for word in MANAGERS},
    **{word: Meaning("initiator") for word in INITIATORS},
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a sentence: what it is, the words it covers, what it may mean or stands for."""

    kind: str
    text: str
    start: int
    end: int
    meanings: tuple[Meaning, ...] = ()
    value: Amount | Span | Day | str | None = None


def normalised(sentence: str) -> str:
    """The sentence in one form of its signs, of the same length where it can be."""
    text = "".join(
        unicodedata.normalize("NFKC", one) if one not in "：；，。！？（）“”‘’～…" else one for one in sentence
    )
    return text.replace("\u3000", " ").strip()


@lru_cache(maxsize=1)
def _said() -> tuple[dict[str, tuple[Said, ...]], int]:
    found: dict[str, list[Said]] = {}
    for word, said in entries():
        if said not in found.setdefault(word, []):
            found[word].append(said)
    return {word: tuple(listed) for word, listed in found.items()}, max(map(len, found))


def pieces_of(text: str, vocabulary: Vocabulary) -> list[Piece]:
    """The tokens of a normalised sentence, without blanks and empty words. What nothing covers is UNKNOWN."""
    lowered = text.lower()
    nowhere: tuple[float, int, Piece | None] = (float("inf"), -1, None)
    best = [(0.0, -1, None), *([nowhere] * len(text))]
    for at in range(len(text)):
        cost = best[at][0]
        if cost == float("inf"):
            continue
        for piece, price in _ways(text, lowered, at, vocabulary):
            if cost + price < best[piece.end][0]:
                best[piece.end] = (cost + price, at, piece)
    found: list[Piece] = []
    at = len(text)
    while at > 0:
        _, before, chosen = best[at]
        if chosen is not None and chosen.kind not in {"BLANK", "NOISE"}:
            found.append(chosen)
        at = before
    return in_order(_joined(found[::-1]))


def _ways(text: str, lowered: str, at: int, vocabulary: Vocabulary) -> Iterator[tuple[Piece, float]]:
    """Everything that may begin here, with its price."""
    if text[at].isspace():
        yield Piece("BLANK", text[at], at, at + 1), 0.0
        return
    quoted = _QUOTED.match(text, at)
    if quoted:
        yield _quoted(quoted, vocabulary), 0.5
    for found in amounts_at(text, at):
        yield Piece(found.kind, text[at : found.end], at, found.end, value=found.value), 0.9
    said, longest = _said()
    latin = text[at].isascii() and text[at].isalnum()
    for end in _ends(text, at, max(longest, vocabulary.longest)):
        word = " ".join(lowered[at:end].split())
        yield from _word(word, (text[at:end], at, end), said, vocabulary)
    end = run.end() if latin and (run := _RUN.match(text, at)) else at + 1
    yield Piece(UNKNOWN, text[at:end], at, end), 6.0 if end > at + 1 else 4.0


def _ends(text: str, at: int, longest: int) -> Iterator[int]:
    """Where a word that begins here may end: a word of letters only at its end."""
    if at and text[at].isascii() and text[at].isalpha() and text[at - 1].isascii() and text[at - 1].isalpha():
        return
    for end in range(at + 1, min(len(text), at + longest) + 1):
        last = text[end - 1]
        if last.isspace():
            continue
        if end < len(text) and _word_sign(last) and _word_sign(text[end]):
            continue
        yield end


def _word_sign(one: str) -> bool:
    return one.isascii() and (one.isalnum() or one == "_")


def _word(
    word: str, place: tuple[str, int, int], said: dict[str, tuple[Said, ...]], vocabulary: Vocabulary
) -> Iterator[tuple[Piece, float]]:
    text, start, end = place
    size = end - start
    letter = size == 1 and text.isascii()
    meanings = () if letter and (text.islower() or not start) else vocabulary.meanings(word)
    special = _PEOPLE.get(word)
    if special is not None:
        meanings = (special, *meanings)
    listed = said.get(word, ())
    spoken = next((one for one in listed if one.kind != "NOISE"), None)
    if spoken is not None:
        price = 1.0 if spoken.kind not in {"COMMA", "DE"} else 0.8
        kind = spoken.kind
        yield Piece(kind, text, start, end, meanings, spoken.value or None), price - 0.01 * size
        return
    if listed:
        yield Piece("NOISE", text, start, end), 1.15 - 0.01 * size
    if meanings:
        people = any(one.sort in {"role", "head", "manager", "initiator", "above"} for one in meanings)
        best = max(one.score for one in meanings)
        price = 1.0 - 0.01 * size + (1 - best) * 0.2 + (0.8 if size == 1 and not letter else 0.0)
        denied = 1.1 if all(one.sort in {"unflag", "unoption"} for one in meanings) and word[0] in "未没不" else 0.0
        yield Piece(PEOPLE if people else NAME, text, start, end, meanings), price + denied + _sign_price(word, said)


def _sign_price(word: str, said: dict[str, tuple[Said, ...]]) -> float:
    """A name that begins with a comparison (低于安全库存) is dearer than the comparison with the rest of it."""
    if not word.isascii():
        return (
            1.2
            if any(one.kind == "SIGN" for end in (2, 3) for one in said.get(word[:end], ())) and len(word) > 3
            else 0.0
        )
    return 1.2 if any(one.kind == "SIGN" for one in said.get(word.split(" ", maxsplit=1)[0], ())) else 0.0


def _quoted(found: re.Match[str], vocabulary: Vocabulary) -> Piece:
    inner = found["inner"].strip()
    meanings = vocabulary.meanings(inner.lower())
    return Piece(NAME if meanings else TEXT, inner, found.start(), found.end(), meanings, inner)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Unknown characters beside each other are one word; a word of rules behind 是 that names an option is that name."""
    joined: list[Piece] = []
    for at, one in enumerate(pieces):
        last = joined[-1] if joined else None
        after = pieces[at + 1].kind if at + 1 < len(pieces) else ""
        if one.kind == UNKNOWN and last is not None and last.kind == UNKNOWN and last.end == one.start:
            joined[-1] = Piece(UNKNOWN, last.text + one.text, last.start, one.end)
        elif _is_name(last, one, after):
            joined.append(Piece(NAME, one.text, one.start, one.end, one.meanings))
        else:
            joined.append(one)
    return joined


def in_order(pieces: list[Piece]) -> list[Piece]:
    """English in the order that the grammar knows: `discount of a quote` as `quote discount`, `are above` as `above`."""
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        one = pieces[at]
        after = pieces[at + 1].kind if at + 1 < len(pieces) else ""
        turned = one.text.lower() in {"of", "of the"} or (one.kind == "FOR" and after in {NAME})
        if turned and found and found[-1].kind in {NAME, PEOPLE} and after in {NAME, PEOPLE}:
            begin = len(found)
            while begin and found[begin - 1].kind in {NAME, PEOPLE}:
                begin -= 1
            end = at + 1
            while end < len(pieces) and pieces[end].kind in {NAME, PEOPLE}:
                end += 1
            found[begin:begin] = pieces[at + 1 : end]
            at = end
            continue
        both = _listed(found, pieces, at)
        if both is not None:
            found[-1] = both
            at += 2
            continue
        between = one.kind == "DE" and found and after == NAME and found[-1].kind in {NAME, PEOPLE}
        if between and _of(found[-1], pieces[at + 1]):
            at += 1
            continue
        dropped = (one.text.lower() in {"of", "of the"}) or (
            one.kind == "IS" and after in {"SIGN", "BETWEEN", "OVERDUE", "EMPTY", "WITHIN"}
        )
        if not dropped:
            found.append(one)
        at += 1
    return found


def _of(first: Piece, second: Piece) -> bool:
    """客户的信用额度: a field of what a name leads to, which needs no 的."""
    leads = any(one.sort in {"field", "entity"} for one in first.meanings)
    return (
        leads
        and not any(one.sort == "entity" for one in second.meanings)
        and any(one.sort == "field" for one in second.meanings)
    )


def _listed(found: list[Piece], pieces: list[Piece], at: int) -> Piece | None:
    """华东和华南: options of one field beside each other before what they are said of are one name."""
    if pieces[at].kind not in {"AND", "DUN", "OR"} or not found or at + 1 >= len(pieces):
        return None
    first, second = found[-1], pieces[at + 1]
    if first.kind != NAME or second.kind != NAME or (len(found) > 1 and found[-2].kind in {"IS", "ISNOT"}):
        return None
    options = {(one.entity, one.field): one for one in second.meanings if one.sort == "option"}
    both = [
        Meaning("option", one.entity, one.field, f"{one.name}|{other.name}", min(one.score, other.score))
        for one in first.meanings
        if one.sort == "option" and (other := options.get((one.entity, one.field))) is not None
    ]
    best = max((one.score for one in both), default=0.0)
    if best < 0.8:
        return None
    return Piece(NAME, f"{first.text}{pieces[at].text}{second.text}", first.start, second.end, tuple(both))


def _is_name(last: Piece | None, one: Piece, after: str) -> bool:
    """Whether a word of rules is meant as the name that it is too: an option behind 是, an entity that is also an act."""
    if not one.meanings or one.kind in {NAME, PEOPLE}:
        return False
    before = last.kind if last is not None else ""
    if after in {"AFTER", "BEFORE"} or (after == "SIGN" and one.kind in {"ACT", "DONE"}):
        return any(each.sort == "field" for each in one.meanings)
    if one.kind == "FILL":
        return before in {"REQUIRED", "FILL"}
    if one.kind == "ACT":
        wanted = {"entity", "field"} if before == "NOT" else {"entity"}
        return before not in {"FORBID", "REFUSE"} and any(each.sort in wanted for each in one.meanings)
    return before in {"IS", "ISNOT", "SETTO"}
