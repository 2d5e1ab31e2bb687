"""Numbers with a check digit that authorities and banks give out: how people write them, and what is wrong with one.

Sources: the unified social credit code GB 32100-2015 (weights 3^i mod 31), the resident identity number GB 11643-1999
(ISO 7064 MOD 11-2), bank cards ISO/IEC 7812-1 (Luhn).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from itertools import cycle

from engine.diagnostics import Message
from engine.model.entities import OfficialNumber

_BETWEEN = re.compile(r"[\s\-‐-―·.]+")
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(rf"[{_CREDIT_SIGNS}]{{2}}[0-9]{{6}}[{_CREDIT_SIGNS}]{{10}}")
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CARD = re.compile(r"[0-9]{13,19}")
_RESIDENT_CHECKS = "10X98765432"
_EARLIEST = date(1850, 1, 1)
_TYPED_WRONG = Message("校验位不对，请核对有没有抄错一位", "The check digit does not fit; a digit may be mistyped")


def as_written(text: str) -> str:
    """A number without what people put between its groups, in plain capitals: how it is stored and looked for."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def what_is_wrong(kind: OfficialNumber, number: str) -> Message | None:
    """Why this is no number of its kind, in the words of who typed it; None when it is one."""
    return _CHECKS[kind](number)


def _credit_code(number: str) -> Message | None:
    if not _CREDIT_CODE.fullmatch(number):
        return Message(
            "统一社会信用代码是 18 位，由数字和大写字母组成，不用 I、O、S、V、Z",
            "A unified social credit code has 18 digits and capitals, without I, O, S, V, Z",
        )
    total = sum(_CREDIT_SIGNS.index(sign) * pow(3, at, 31) for at, sign in enumerate(number[:17]))
    return None if _CREDIT_SIGNS[-total % 31] == number[17] else _TYPED_WRONG


def _resident(number: str) -> Message | None:
    if not _RESIDENT.fullmatch(number):
        return Message(
            "身份证号是 18 位数字，最后一位可以是 X", "A resident identity number has 18 digits, the last may be X"
        )
    if not _is_birthday(number[6:14]):
        return Message("第 7 至 14 位不是有效的出生日期", "Digits 7 to 14 are no date of birth")
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(number[:17]))
    return None if _RESIDENT_CHECKS[total % 11] == number[17] else _TYPED_WRONG


def _is_birthday(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) >= _EARLIEST
    except ValueError:
        return False


def _card(number: str) -> Message | None:
    if not _CARD.fullmatch(number):
        return Message("银行卡号是 13 至 19 位数字", "A bank card number has 13 to 19 digits")
    doubled = [
        sum(divmod(int(digit) * times, 10)) for digit, times in zip(reversed(number), cycle((1, 2)), strict=False)
    ]
    return None if sum(doubled) % 10 == 0 else _TYPED_WRONG


_CHECKS: Mapping[OfficialNumber, Callable[[str], Message | None]] = {
    OfficialNumber.CREDIT_CODE: _credit_code,
    OfficialNumber.RESIDENT: _resident,
    OfficialNumber.BANK_CARD: _card,
}
