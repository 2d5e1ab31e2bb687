"""Random definition texts in every layout that the language takes, with remarks of which each names whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

WORDS = ("商机", "阶段 一", "plain", "yes", "null", "1.5", "007", "a: b", "x #y", "-lead", "it's", 'say "hi"', "", " edge ",
         "#hash", "true", "line one\nline two\n", "甲\n\n乙", "- dash", "{x}", "a, b", "@at", "stage = \"won\"", "~", "0x1f", "é–ü")  # fmt: skip
PLAIN = "plain"
"""Whose a remark is that is about an item without an id."""


@dataclass
class Maker:
    """Makes values and texts; every id and key is used once, so that a remark can name its owner."""

    random: Random
    number: int = 0
    remarks: list[str] = field(default_factory=list)

    def name(self, stem: str) -> str:
        self.number += 1
        return f"{stem}{self.number}"

    def scalar(self) -> object:
        pick = self.random.random()
        if pick < 0.25:
            return self.random.choice((True, False, None, 0, -3, 2**40, 1.5, 1e16, 0.001))
        return self.random.choice(WORDS)

    def value(self, depth: int) -> object:
        pick = self.random.random()
        if depth <= 0 or pick < 0.5:
            return self.scalar()
        if pick < 0.7:
            return {self.name("k"): self.value(depth - 1) for _ in range(self.random.randint(0, 3))}
        if pick < 0.85:
            return [self.item(depth - 1) for _ in range(self.random.randint(0, 3))]
        return [self.scalar() for _ in range(self.random.randint(0, 4))]

    def item(self, depth: int) -> dict[str, object]:
        inner = {self.name("k"): self.value(depth - 1) for _ in range(self.random.randint(0, 3))}
        return {"id": self.name("i"), **inner}

    def data(self) -> dict[str, object]:
        return {
            self.name("k"): self.value(3),
            "items": [self.item(2) for _ in range(self.random.randint(0, 4))],
            **{self.name("k"): self.value(3) for _ in range(self.random.randint(0, 4))},
        }

    def text(self, data: dict[str, object]) -> str:
        """The data in a random layout."""
        lines = [f"# head @{next(iter(data))}" for _ in range(self.random.randint(0, 2))]
        if lines and self.random.random() < 0.5:
            lines.append("")
        lines += self._map(data, 0, "items")
        text = "\n".join(lines) + ("" if self.random.random() < 0.1 else "\n")
        if self.random.random() < 0.2:
            text = text.replace("\n", "\r\n")
        return "\ufeff" + text if self.random.random() < 0.05 else text

    def _remark(self, owner: str) -> str:
        text = f"# {self.random.choice(('about', '关于', 'not: yaml', '- odd'))} {self.name('r')} @{owner}"
        self.remarks.append(text)
        return text

    def _above(self, owner: str, pad: str) -> list[str]:
        lines = [""] if self.random.random() < 0.1 else []
        return lines + [pad + self._remark(owner) for _ in range(self.random.choice((0, 0, 0, 1, 2)))]

    def _behind(self, owner: str) -> str:
        return f"  {self._remark(owner)}" if self.random.random() < 0.12 else ""

    def _map(self, data: dict[str, object], column: int, owner: str) -> list[str]:
        pad, lines = " " * column, []
        for place, (key, value) in enumerate(data.items()):
            named = owner if key == "id" else key
            lines += self._above(named, pad) if place or column else []
            lines += self._entry(f"{pad}{key}:", value, column, named)
        return lines

    def _list(self, items: list[object], column: int, owner: str, *, ends: bool) -> list[str]:
        pad, lines = " " * column, []
        for item in items:
            named = str(item["id"]) if isinstance(item, dict) and "id" in item else PLAIN
            lines += self._above(named, pad)
            lines += self._item(pad, item, column, named)
        if ends and self.random.random() < 0.2:
            lines.append(pad + self._remark(owner))
        return lines

    def _item(self, pad: str, item: object, column: int, owner: str) -> list[str]:
        if isinstance(item, dict) and item and self.random.random() < 0.5:
            inner = self._map(item, column + 2, owner)
            while inner and not inner[0].strip():
                inner.pop(0)
            if not inner[0].lstrip().startswith("#"):
                return [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
            return [f"{pad}-", *inner]
        return self._entry(f"{pad}-", item, column, owner)

    def _entry(self, head: str, value: object, column: int, owner: str) -> list[str]:
        if isinstance(value, dict | list) and value and self.random.random() < 0.6:
            step = self.random.choice((0, 2, 2, 4)) if isinstance(value, list) and head.endswith(":") else 2
            inner = (
                self._map(value, column + max(step, 2), owner)
                if isinstance(value, dict)
                else self._list(value, column + step, owner, ends=step > 0)
            )
            return [head + self._behind(owner), *inner]
        if isinstance(value, str) and "\n" in value and self.random.random() < 0.7:
            return self._block(head, value, column)
        if value is None and self.random.random() < 0.3:
            return [head + self._behind(owner)]
        if isinstance(value, dict | list) and value and self.random.random() < 0.15:
            return self._spread(head, value, column, owner)
        return [f"{head} {self._flow(value)}{self._behind(owner)}"]

    def _block(self, head: str, value: str, column: int) -> list[str]:
        sign = "|" if value.endswith("\n") else "|-"
        pad = " " * (column + 2)
        return [f"{head} {sign}", *(pad + line if line else "" for line in value.removesuffix("\n").split("\n"))]

    def _spread(self, head: str, value: dict[str, object] | list[object], column: int, owner: str) -> list[str]:
        """Between brackets over several lines."""
        pad = " " * (column + 4)
        parts = (
            [f"{key}: {self._flow(part)}" for key, part in value.items()]
            if isinstance(value, dict)
            else [self._flow(part) for part in value]
        )
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        last = "," if self.random.random() < 0.5 else ""
        lines = [f"{pad}{part}," for part in parts[:-1]] + [f"{pad}{parts[-1]}{last}"]
        owners = (
            list(value)
            if isinstance(value, dict)
            else [part.get("id", PLAIN) if isinstance(part, dict) else PLAIN for part in value]
        )
        lines = [
            line + (f" {self._remark(str(whose))}" if self.random.random() < 0.2 else "")
            for line, whose in zip(lines, owners, strict=True)
        ]
        return [f"{head} {opening}", *lines, f"{pad}{closing}"]

    def _flow(self, value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self._flow(part)}" for key, part in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._flow, value)) + "]"
        if isinstance(value, str):
            if value == "plain" and self.random.random() < 0.7:
                return value
            if "\n" not in value and self.random.random() < 0.3:
                return "'" + value.replace("'", "''") + "'"
            return json.dumps(value, ensure_ascii=self.random.random() < 0.2)
        return (
            {None: "null", True: "true", False: "false"}[value]
            if value is None or isinstance(value, bool)
            else repr(value)
        )
