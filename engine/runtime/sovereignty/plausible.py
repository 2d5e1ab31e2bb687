"""Plausible values: what could be of a kind once a name says so. They overturn a name that its values do not bear out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.model.level_rules import level_rules
from engine.runtime.sovereignty import recognisers

_DATE = re.compile(
    r"(?:1[89]|20)[0-9]{2}\s?[-/.年]\s?[01]?[0-9](?:\s?[-/.月]\s?[0-3]?[0-9]日?)?(?:[ T][0-9:.]+(?:Z|[+-][0-9:]+)?)?"
    r"|(?:1[89]|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|[0-3]?[0-9][-/.][01]?[0-9][-/.](?:1[89]|20)[0-9]{2}"
)
_DAY_OF_YEAR = re.compile(r"[01]?[0-9][-/.月][0-3]?[0-9]日?")
_DIGITS = re.compile(r"[0-9]+")
_PHONE = re.compile(r"[+(]?[0-9][0-9\s\-()./转+extEXT#*]{5,28}")
_AMOUNT = re.compile(
    r"(?:约|大约|大概|近|超)?(?:[¥￥$€£]|CNY|RMB|USD|HKD|EUR)?\s*[-+]?\(?[0-9][0-9,]*(?:\.[0-9]+)?\)?\s*(?:%|‰|万|亿|千|百万|万元|亿元|元|块|k|K|m|M|w|W|CNY|RMB|USD|EUR)?"
    r"(?:\s*[-~–至到]\s*[¥$€]?[0-9][0-9,]*(?:\.[0-9]+)?\s*(?:%|万|亿|万元|元|k|K|w|W)?)?(?:左右|以内|以上|以下)?"
    r"|(?:约|大约|近)?[一二三四五六七八九十百千两几]+(?:万|亿|千|百)+(?:元)?(?:左右|以内)?"
)
_OPAQUE = re.compile(
    r"(?:[0-9a-f]{24,}|[0-9A-F]{24,}|(?=.*[0-9+/=])(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/=_\-]{22,}|\$2[aby]\$.*|\{?[a-z0-9]+\}?\$.*\$.*)"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DOCUMENT = re.compile(r"[A-Z]{0,3}[0-9]{4,}[0-9A-Z()\-]*|[0-9A-Z]{6,20}")
_FILE = re.compile(r".*\.(?:jpe?g|png|gif|bmp|pdf|webp|heic)(?:\?.*)?", re.I)
_HANDLE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9_.\-@+]{3,63}|https?://\S+|[一-鿿A-Za-z0-9_]{2,30}")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_LETTERS = re.compile(r"[A-Za-zÀ-ÿ一-鿿]")
_HAN = re.compile(r"[一-鿿]")
_CODE = re.compile(r"[A-Za-z]{0,6}[-_]?[0-9][0-9A-Za-z\-_]*|[A-Z0-9]{2,}(?:[-_][A-Z0-9]+)*")
_ACCOUNT_DIGITS = 9


def is_opaque(text: str) -> bool:
    """A digest, a cipher text or a random token: it may stand for anything."""
    return len(text) >= 22 and _UUID.fullmatch(text) is None and _OPAQUE.fullmatch(text) is not None


def is_flag(text: str) -> bool:
    return text.casefold() in level_rules().content["flags"]


def is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None


def _phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None and not is_date(text) and 5 <= sum(map(str.isdigit, text)) <= 20


def _address(text: str) -> bool:
    """Letters and more than a code; a name of a city alone is none, nor an address in a network."""
    if "@" in text or "://" in text or _CODE.fullmatch(text):
        return False
    if _HAN.search(text):
        return len(text) >= 6
    return len(text) >= 8 and " " in text and _LETTERS.search(text) is not None


def _person(text: str) -> bool:
    """A short text with letters that is no company, no code and no date."""
    if any(map(str.isdigit, text)) or not _LETTERS.search(text) or len(text) > 40:
        return False
    if _HAN.search(text):
        return recognisers.is_person(text) or ("·" in text) or (len(text) == 4 and recognisers.is_person(text[:3]))
    return not any(one in text.casefold() for one in level_rules().content["company_words"]) and "_" not in text


def _identity(text: str) -> bool:
    if is_date(text) or is_flag(text):
        return False
    return (
        recognisers.is_resident_id(text) or bool(_DOCUMENT.fullmatch(text.upper()) and len(text) >= 6) or _is_file(text)
    )


def _account(text: str) -> bool:
    plain = recognisers.BETWEEN.sub("", text)
    return recognisers.is_account(text) or (
        _DIGITS.fullmatch(plain) is not None and _ACCOUNT_DIGITS <= len(plain) <= 32
    )


def _position(text: str) -> bool:
    if recognisers.is_position(text) or text.startswith(("{", "POINT", "[")) or "°" in text:
        return True
    if _NUMBER.fullmatch(text):
        return "." in text and abs(float(text)) <= 180
    return _address(text)


def _birth(text: str) -> bool:
    return is_date(text) or _DAY_OF_YEAR.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """A number with what people write around it, or Chinese numerals."""
    return _AMOUNT.fullmatch(text) is not None and not (is_date(text) and "-" in text)


def is_text(text: str) -> bool:
    """Words rather than a number, a code or a date."""
    if is_amount(text) or is_date(text) or is_flag(text) or _CODE.fullmatch(text):
        return False
    return len(text) >= 3 and (_HAN.search(text) is not None or " " in text or len(text) >= 6)


def _is_file(text: str) -> bool:
    return _FILE.fullmatch(text) is not None


def _handle(text: str) -> bool:
    return not is_date(text) and not is_flag(text) and _HANDLE.fullmatch(text) is not None and len(text) >= 4


def _secret(text: str) -> bool:
    return len(text) >= 4 and not is_date(text) and not is_flag(text)


def _title(text: str) -> bool:
    return recognisers.is_title(text)


def _anything(text: str) -> bool:
    return True


PLAUSIBLE: Mapping[str, Callable[[str], bool]] = {
    "phone": _phone,
    "email": recognisers.is_email,
    "plate": recognisers.is_plate,
    "handle": _handle,
    "identity": _identity,
    "account": _account,
    "credit_code": lambda text: len(text) >= 6,
    "address": _address,
    "person": _person,
    "position": _position,
    "title": _title,
    "device": lambda text: recognisers.is_device(text) or len(text) >= 12,
    "date": _birth,
    "amount": is_amount,
    "amount_or_text": lambda text: is_amount(text) or is_text(text),
    "text": is_text,
    "secret": _secret,
    "any": _anything,
}
"""By the content of a kind; values that are masked or opaque are plausible for every kind."""
