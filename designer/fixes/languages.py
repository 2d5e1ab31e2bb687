"""A missing translation: known words are put into English by the word list that names fields; nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from designer.commands.sheets import Command
from designer.fixes.broken import Broken, labelled
from designer.from_sheet.naming import english_of
from engine.diagnostics import Message

_HAN = re.compile(r"[\u3400-\u9fff]")


def translated(one: Broken) -> Command | None:
    """The English of a Chinese label, where all its words are known; a label without Chinese is the same in both."""
    label = one.value
    known = label if isinstance(label, Mapping) else {"zh": label}
    words = next((text for text in known.values() if isinstance(text, str) and text.strip()), "")
    english = known.get("en") or english_of(words)
    if not words or not isinstance(english, str) or _HAN.search(english):
        return None
    chinese = known.get("zh") or words
    value = {**known, "zh": chinese, "en": english}
    said = Message(f"补上译文：{chinese} / {english}", f"Add the text: {chinese} / {english}")
    return labelled(said, {"do": "set", "file": one.file, "path": one.steps(), "value": value, "expect": label})
