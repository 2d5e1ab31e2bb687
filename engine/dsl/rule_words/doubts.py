"""What keeps a sentence from being read at once: a word that nobody knows, a question with its answers, or no rule at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.diagnostics import Message

About = Literal["entity", "field", "value", "role", "boundary", "start", "number", "action"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to a question: its name in definitions, its words, and the words that the sentence would have instead."""

    name: str
    words: Message
    instead: str = ""


class Doubt(Exception):
    """Why a part of a sentence is not read. `start` and `end` are places in the sentence."""

    def __init__(self, words: Message, start: int = 0, end: int = 0) -> None:
        super().__init__(words.en)
        self.words = words
        self.start = start
        self.end = end
        self.entity = ""


class Unknown(Doubt):
    """A word that names nothing: what it may have been meant to be."""

    def __init__(self, word: str, place: tuple[int, int], nearest: tuple[Choice, ...] = ()) -> None:
        near = "、".join(one.words.zh for one in nearest)
        english = ", ".join(one.words.en for one in nearest)
        zh = f"不认识「{word}」" + (f"，是否想写：{near}" if near else "，请换成应用里的名称")
        en = f"“{word}” is not known" + (f"; did you mean {english}?" if english else "; please use a name of the app")
        super().__init__(Message(zh, en), *place)
        self.word = word
        self.nearest = nearest


class Question(Doubt):
    """Something that can be read in several ways: the reader is asked which."""

    def __init__(
        self, about: About, words: Message, place: tuple[int, int] = (0, 0), choices: tuple[Choice, ...] = ()
    ) -> None:
        super().__init__(words, *place)
        self.about = about
        self.choices = choices


class Misfit(Doubt):
    """A reading that makes no sense, so that another is tried: a date compared with money, a value of another field."""
