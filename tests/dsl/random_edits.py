"""Edits as people make them, and as they slip: a word for another, a line lost or twice, a file gone or copied."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WORD = re.compile(r"[a-z_]{3,}")
AT_ONCE = 3
"""Edits that stand side by side before all is as it was."""


@dataclass(frozen=True)
class Edit:
    """What stands in a file now; None: there is no such file."""

    path: Path
    text: str | None

    def carry_out(self) -> None:
        if self.text is None:
            self.path.unlink(missing_ok=True)
        else:
            self.path.write_text(self.text, "utf-8", newline="")


def random_edits(folder: Path, seed: int, count: int) -> Iterator[Edit]:
    """Edits of the packs in a folder, one after the other; every few steps everything is put back, one file at a time."""
    chance = random.Random(seed)
    before = {path: path.read_bytes().decode() for path in sorted(folder.glob("*/**/*.yaml"))}
    words = sorted({word for text in before.values() for word in WORD.findall(text)})
    changed: list[Path] = []
    for _ in range(count):
        path = chance.choice(list(before))
        made = path.with_name(f"copied_{path.name}") if chance.random() < 0.08 else path
        changed.append(made)
        yield Edit(made, before[path] if made != path else _edited(before[path], words, chance))
        if len(changed) == AT_ONCE:
            for one in dict.fromkeys(changed):
                yield Edit(one, before.get(one))
            changed.clear()
    for one in dict.fromkeys(changed):
        yield Edit(one, before.get(one))


def _edited(text: str, words: list[str], chance: random.Random) -> str | None:
    lines = text.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    found = list(WORD.finditer(text))
    match chance.choice(("word", "word", "word", "word", "lost", "twice", "swapped", "label", "gone")):
        case "lost":
            del lines[at]
        case "twice":
            lines.insert(at, lines[at])
        case "swapped":
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case "label":
            return re.sub(r"en: [^,}\n]+", f"en: Label {chance.randrange(1000)}", text, count=1)
        case "gone":
            return None
        case _ if found:
            one = chance.choice(found)
            return text[: one.start()] + chance.choice(words) + text[one.end() :]
    return "".join(lines)
