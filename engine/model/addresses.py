"""Addresses: a division by its code and what is written behind it, kept as one text: `330106 文三路 90 号`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.divisions import divisions

_STORED = re.compile(r"([0-9]{2}|[0-9]{4}|[0-9]{6})(?: (.*))?", re.DOTALL)
PARTS = ("province", "city", "district", "detail")
"""What an address is entered in."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address. `code` is that of its deepest division, "" where none was chosen."""

    code: str
    detail: str

    @property
    def stored(self) -> str:
        return f"{self.code} {self.detail}".strip()

    @property
    def words(self) -> str:
        """As people read it: 浙江省 杭州市 西湖区 文三路 90 号."""
        return f"{divisions().names(self.code)} {self.detail}".strip()

    @property
    def province(self) -> str:
        return self.code[:2]

    @property
    def second(self) -> str:
        """The city, or what lies in the province without one."""
        chain = divisions().chain(self.code)
        return chain[1].code if len(chain) > 1 else ""

    @property
    def third(self) -> str:
        chain = divisions().chain(self.code)
        return chain[2].code if len(chain) > 2 else ""


def address_of(stored: str) -> Address:
    """The address that a stored or written text stands for; what names no division is all detail."""
    found = _STORED.fullmatch(stored.strip())
    if found is not None and found[1] in divisions().by_code:
        return Address(found[1], (found[2] or "").strip())
    return Address(*divisions().read(stored))


def address_of_parts(parts: Mapping[str, object]) -> Address:
    """The address of chosen parts. Raises ValueError where a part does not lie in the one before it."""
    chosen = [str(parts.get(name) or "").strip() for name in PARTS[:3]]
    inside = ""
    for code in chosen:
        found = divisions().by_code.get(code)
        if code and (found is None or found.inside != inside):
            raise ValueError("divisions do not lie in each other")
        inside = code or inside
    return Address(inside, str(parts.get("detail") or "").strip())


def consistent(parts: Mapping[str, object]) -> Address:
    """The address of chosen parts as far as they lie in each other: what a form shows after another province was chosen."""
    inside = ""
    for name in PARTS[:3]:
        found = divisions().by_code.get(str(parts.get(name) or "").strip())
        if found is None or found.inside != inside:
            break
        inside = found.code
    return Address(inside, str(parts.get("detail") or "").strip())


def is_deep_enough(address: Address, depth: str) -> bool:
    """Whether the division is chosen down to `depth`, as far as there is anything to choose."""
    deep = len(divisions().chain(address.code)) > PARTS.index(depth)
    return deep or (bool(address.code) and not divisions().of(address.code))
