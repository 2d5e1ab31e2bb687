"""The rules of classification as data: kinds of sensitive content with their levels and the words that names say them by.

The rules stand in `level_rules.toml`, which explains each key; `version` changes with every change there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engine.diagnostics import Message

LEVELS = ("G1", "G2", "G3", "G4")
"""From public to most sensitive."""
SENSITIVE = frozenset({"G3", "G4"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may hold. `content` names what its values must look like, `alone` that enough of such values need no
    name; `at_least` is the share of them, from 0 to 1, below which a name is not believed; `needs` a list of words
    without which in its table or its names the kind does not hold, `not_in` one of tables in which it does not; `tags` what is known of it besides its level."""

    name: str
    level: str
    label: Message
    content: str
    alone: bool
    at_least: float
    needs: str
    not_in: str
    dated: bool
    tags: tuple[str, ...]

    @property
    def sensitive(self) -> bool:
        return self.level in SENSITIVE


@dataclass(frozen=True, slots=True)
class Word:
    """What a word in a name means: a kind by itself, or as a hint; no kind where it only looks like one."""

    kind: str | None
    strong: bool


INNOCENT = Word(None, True)


@dataclass(frozen=True, slots=True)
class LevelRules:
    """A version of the rules. Latin words are keyed by their letters without blanks, Han words as they are."""

    version: str
    kinds: Mapping[str, Kind]
    latin: Mapping[str, tuple[Word, ...]]
    han: Mapping[str, tuple[Word, ...]]
    vocabulary: frozenset[str]
    behind: frozenset[str]
    before: frozenset[str]
    harmless: frozenset[str]
    keeps: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]
    content: Mapping[str, tuple[str, ...]]


@cache
def level_rules() -> LevelRules:
    """The rules that this release was made with."""
    return read_rules(files("engine.model").joinpath("level_rules.toml").read_text("utf-8"))


def read_rules(text: str) -> LevelRules:
    """The rules that a text says. Raises tomllib.TOMLDecodeError and KeyError where it is none."""
    told = tomllib.loads(text)
    kinds = {name: _kind(name, one) for name, one in told["kinds"].items()}
    latin: dict[str, tuple[Word, ...]] = {}
    han: dict[str, tuple[Word, ...]] = {}
    for name, one in told["kinds"].items():
        _put(latin, han, (*one.get("words", ()), *one.get("pinyin", ()), *one.get("han", ())), Word(name, True))
        _put(latin, han, one.get("hints", ()), Word(name, False))
    _put(latin, han, (*told["innocent"], *told["innocent_han"]), INNOCENT)
    spoken = [one for part in told["kinds"].values() for one in (*part.get("words", ()), *part.get("hints", ()))]
    behind = (*told["behind"], *told["behind_han"])
    before = (*told["before"], *told["before_han"])
    every = (*spoken, *told["innocent"], *behind, *before, *told["persons"], *told["neutral"])
    return LevelRules(
        version=str(told["version"]),
        kinds=kinds,
        latin=latin,
        han=han,
        vocabulary=frozenset(word for one in every for word in one.split() if word.isascii() and len(word) > 1),
        behind=frozenset(map(joined, behind)),
        before=frozenset(map(joined, before)),
        harmless=frozenset(map(joined, (*told["harmless"], *told["harmless_han"]))),
        keeps={
            name: frozenset(
                map(joined, (*one.get("keeps", ()), *one.get("keeps_han", ()), *one.get("before_keeps", ())))
            )
            for name, one in told["kinds"].items()
        },
        lists={
            name: frozenset(map(joined, told[name]))
            for name in ("persons", "person_tables", "customer_tables", "public_tables", "unrelated_tables")
        },
        content={
            name: (listed,) if isinstance(listed, str) else tuple(str(one) for one in listed)
            for name, listed in told["content"].items()
        },
    )


def joined(words: str) -> str:
    """A phrase as it is looked up: without blanks, in small letters."""
    return "".join(words.split()).lower()


def _kind(name: str, told: Mapping[str, object]) -> Kind:
    tags = told.get("tags", ())
    assert isinstance(tags, list | tuple)
    return Kind(
        name=name,
        level=str(told["level"]),
        label=Message(str(told["zh"]), str(told["en"])),
        content=str(told["content"]),
        alone=bool(told.get("alone", False)),
        at_least=float(str(told.get("at_least", 0.1))),
        needs=str(told.get("needs", "")),
        not_in=str(told.get("not_in", "")),
        dated=bool(told.get("dated", False)),
        tags=tuple(str(one) for one in tags),
    )


def _put(
    latin: dict[str, tuple[Word, ...]], han: dict[str, tuple[Word, ...]], phrases: Iterable[str], word: Word
) -> None:
    """Add what phrases mean; one that only looks like a kind takes away what the same letters mean otherwise."""
    for phrase in phrases:
        key = joined(phrase)
        table = latin if key.isascii() else han
        known = table.get(key, ())
        if word is INNOCENT and any(one.strong for one in known):
            continue
        if word not in known:
            table[key] = (*known, word)
