"""A file of a contract as it is read in a child: who, when, under which number, and its clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from packs.connectors.contracts.clauses import Clause, clauses
from packs.connectors.contracts.files import lines_of
from packs.connectors.contracts.quantities import days_in

SECONDS, MEGABYTES = 30.0, 512
"""What the reading of one file may take."""
_NUMBER = re.compile(r"(?:合同|协议)(?:编号|号码?)\s*:?\s*([A-Za-z0-9][\w()/-]{2,39})", re.ASCII)
_PARTY = re.compile(
    r"(?P<side>甲方|乙方|买方|卖方|需方|供方|买受人|出卖人|委托方|受托方)[^:,。;]{0,12}:\s*(?P<name>[^\s,。;:(]{2,60})"
)
_SIGNED = re.compile(r"(?:签订|签署|签约)(?:日期|时间)|日期\s*:")
_BUYERS = frozenset({"甲方", "买方", "需方", "买受人", "委托方"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the number and the title of the contract, its two sides, the day it was signed; empty where it says none."""

    number: str
    title: str
    buyer: str
    seller: str
    signed: date | None
    clauses: tuple[Clause, ...]


def read_contract(name: str, content: bytes) -> Reading:
    """A file as a contract. Raises UnreadableContract, UnsafeXml."""
    pieces = lines_of(name, content)
    told = [unicodedata.normalize("NFKC", line).strip() for one in pieces for line in one.text.splitlines()]
    filled = [one for one in told if one]
    number = next((found[1] for one in filled if (found := _NUMBER.search(one))), "")
    sides = {found["side"] in _BUYERS: found["name"] for one in reversed(filled) for found in _PARTY.finditer(one)}
    return Reading(number, filled[0][:120], sides.get(True, ""), sides.get(False, ""), _signed(filled), clauses(pieces))


def _signed(told: Sequence[str]) -> date | None:
    """The day beside the last word for signing."""
    for one in reversed(told):
        if _SIGNED.search(one):
            for day, _, _ in days_in(one):
                return day
    return None
