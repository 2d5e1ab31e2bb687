"""What a request to the designer asks: its body, or its query, read name by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from designer.refusals import bad
from engine.web.calls import Call

LONGEST_TEXT = 1_000_000
"""Characters of a text that is typed; files may not be larger."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The values of a request. What is missing or of another kind raises BadCommand, which names it."""

    values: Mapping[str, object]

    @classmethod
    def of(cls, call: Call) -> Asked:
        """The JSON object of the body; of a request without one its query."""
        if not call.body:
            return cls(call.first)
        body = json.loads(call.body)
        if not isinstance(body, dict):
            raise bad("请求体须是 JSON 对象", "The body must be a JSON object")
        return cls(body)

    def text(self, name: str) -> str:
        found = self.optional(name)
        if found is None:
            raise bad(f"缺少 {name}", f"`{name}` is missing")
        return found

    def optional(self, name: str) -> str | None:
        found = self.values.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or len(found) > LONGEST_TEXT:
            raise bad(f"{name} 须是文字", f"`{name}` must be a text")
        return found

    def offset(self, name: str = "offset") -> int:
        """A number of characters from 0."""
        found = self.values.get(name)
        if isinstance(found, str) and found.isascii() and found.isdigit():
            found = int(found[:9])
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise bad(f"{name} 须是从 0 开始的整数", f"`{name}` must be a whole number from 0")
        return found

    def flag(self, name: str) -> bool:
        return self.values.get(name) is True
