"""Matching: very many patterns looked for at once in bytes of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

_WORD = 8
_SHORT = 4
_BITS = 22
BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern that was found: of which target, in which form, where in the bytes."""

    target: int
    form: str
    at: int


@dataclass
class Patterns:
    """Patterns by their first eight bytes, short ones by their first four."""

    longest: int = 0
    _by_head: dict[int, dict[bytes, list[tuple[int, str, bytes]]]] = field(default_factory=dict)
    _filters: dict[int, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def add(self, target: int, forms: Mapping[str, tuple[bytes, ...]]) -> None:
        for form, patterns in forms.items():
            for one in patterns:
                width = _WORD if len(one) >= _WORD else _SHORT
                self._by_head.setdefault(width, {}).setdefault(one[:width], []).append((target, form, one))
                self.longest = max(self.longest, len(one))

    def close(self) -> None:
        """All patterns are there: build what tells quickly where none can begin."""
        for width, heads in self._by_head.items():
            flags = np.zeros(1 << _BITS, dtype=np.bool_)
            keys = np.frombuffer(b"".join(heads), dtype=_type(width))
            flags[_hashed(keys)] = True
            self._filters[width] = flags

    def find(self, content: bytes) -> Iterator[Hit]:
        """Every place where a pattern stands."""
        for begin in range(0, max(1, len(content)), BLOCK):
            yield from self._find_in(content, begin, min(len(content), begin + BLOCK))

    def _find_in(self, content: bytes, begin: int, end: int) -> Iterator[Hit]:
        for width, heads in self._by_head.items():
            for shift in range(width):
                first = begin + shift
                count = (min(len(content), end + width) - first) // width
                if count <= 0:
                    continue
                words = np.frombuffer(content, dtype=_type(width), count=count, offset=first)
                for place in np.flatnonzero(self._filters[width][_hashed(words)]):
                    at = first + int(place) * width
                    if at >= end:
                        continue
                    for target, form, pattern in heads.get(content[at : at + width], ()):
                        if content[at : at + len(pattern)] == pattern:
                            yield Hit(target, form, at)


def _type(width: int) -> npt.DTypeLike:
    return "<u8" if width == _WORD else "<u4"


def _hashed(words: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    mixed = words.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    shifted: npt.NDArray[np.uint64] = mixed >> np.uint64(64 - _BITS)
    return shifted
