"""Texts that the engine writes into rows for readers of both languages: Chinese and English in one value, told apart by a mark.

The mark cannot be typed by accident (it holds an invisible separator), and where nobody tells the two apart both are read.
"""

from __future__ import annotations

from engine.diagnostics import Message

MARK = " \u2063/\u2063 "


def twofold(said: Message) -> str:
    """Both languages in one text; one text where they are the same."""
    return said.zh if said.zh == said.en else f"{said.zh}{MARK}{said.en}"


def told_in(text: str, language: str) -> str:
    """What a reader of a language is told of a text; all of it where it is not twofold."""
    zh, mark, en = text.partition(MARK)
    if not mark:
        return text
    return zh if language.startswith("zh") else en
