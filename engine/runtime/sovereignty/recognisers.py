"""Recognisers: whether one value, as a whole, is of a kind. Boundaries are looked around for, as a word ends nowhere in Chinese.

`is_…` answers strictly: what fits is of the kind or made to look so. What a kind merely may look like is told by
`engine.runtime.sovereignty.plausible`. All take folded texts without blanks at their ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from engine.model.divisions import divisions
from engine.model.entities import OfficialNumber
from engine.model.level_rules import level_rules
from engine.runtime.storage.official_numbers import what_is_wrong

BETWEEN = re.compile(r"[\s\-.()/·]+")
_MOBILE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(
    r"(?:\+?86[\s\-]?)?\(?0[1-9][0-9]{1,2}\)?[\s\-]?[2-9][0-9]{6,7}(?:\s*(?:-|转|ext\.?|x|#)\s*[0-9]{1,6})?", re.I
)
_SERVICE = re.compile(r"(?:400|800)[\s\-]?[0-9]{3,4}[\s\-]?[0-9]{3,4}")
_ABROAD = re.compile(r"\+[1-9][0-9]{0,2}[\s\-.]?\(?[0-9]{1,4}\)?(?:[\s\-.]?[0-9]{2,4}){2,4}")
_AMERICAN = re.compile(r"(?:\+?1[\s\-.]?)?\(?[2-9][0-9]{2}\)?[\s\-.][2-9][0-9]{2}[\s\-.][0-9]{4}(?:\s*x[0-9]{1,5})?")
_MASKED = re.compile(r"(?=.*[0-9A-Za-z一-鿿])[0-9A-Za-z一-鿿@.\-+]*\*{1,}[0-9A-Za-z一-鿿@.*\-]*")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*"
    r"@(?:[A-Za-z0-9一-鿿](?:[A-Za-z0-9一-鿿\-]*[A-Za-z0-9一-鿿])?\.)+(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9\-]{2,40}|[一-鿿]{2,4})"
)
PROVINCE_SIGNS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{PROVINCE_SIGNS}][A-HJ-NP-Z][\s·.\-]?(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳领]|[DF][A-HJ-NP-Z0-9][0-9]{{4}}|[0-9]{{5}}[DF])"
)
_WXID = re.compile(r"wxid_[0-9a-z]{12,20}")
_RESIDENT = re.compile(r"[1-8][0-9]{16}[0-9Xx]")
_OLD_RESIDENT = re.compile(r"[1-8][0-9]{14}")
_CARD = re.compile(r"[0-9]{13,19}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_PAIR = re.compile(r"\(?\s*-?[0-9]{1,3}\.[0-9]{3,}\s*[,，;\s]\s*-?[0-9]{1,3}\.[0-9]{3,}\s*\)?")
_DEGREES = re.compile(r"-?[0-9]{1,3}\.[0-9]{4,}")
_IP = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?!$)|$)){4}|(?=.*::|(?:.*:){7})[0-9A-Fa-f:]{3,39}")
_IMEI = re.compile(r"[0-9]{15}")
UNIT = re.compile(
    r"[一-鿿](?:省|市|自治区|自治州|区|县|旗|镇|乡|街道|路|街|大道|道|巷|弄|胡同|村|号|室|栋|幢|楼|座|单元|层|园|苑|小区|广场|大厦|里)"
)
_ROAD = re.compile(
    r"(?:路|街|大道|道|巷|弄|胡同|村|公路|里|坊|区|园|苑|镇|组|队|屯)[东西南北中]?[一-鿿A-Za-z]{0,6}?[0-9一二三四五六七八九十百甲乙丙]+(?:-[0-9]+)?(?:号|弄|栋|幢|室|楼|座|组|单元|期|#)"
)
STREET = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{1,6}[A-Za-z]?(?:-[0-9]+)?,?\s+(?:[A-Z0-9][\w.'\-]*\s+){1,5}(?:St|Street|Rd|Road|Ave|Avenue|Blvd|Boulevard|Lane|Ln|Drive|Dr|Way|Court|Ct|Square|Sq|Place|Pl|Parkway|Pkwy|Terrace|Highway|Hwy|Close|Crescent)(?![A-Za-z])|(?:No\.?|Room|Rm\.?|Unit|Apt\.?|Suite|Building|Flat)\s*[0-9A-Z\-]+[, ].*(?:Road|Rd|Street|St|Avenue|Ave|District|Lane|Town)(?![A-Za-z]))",
    re.I,
)
_HAN_NAME = re.compile(r"[一-鿿]{2,4}|[一-鿿]{1,6}·[一-鿿]{1,8}")
_WESTERN = re.compile(
    r"(?:(?:Mr|Ms|Mrs|Dr|Miss)\.?\s+)?[A-Z][a-zà-öø-ÿ'’\-]+(?:[A-Z][a-z]+)?(?:\s+[A-Z]\.?)?\s+(?:(?:van|von|de|da|del|der|bin|al|la|le)\s+)*[A-Z][A-Za-zà-öø-ÿ'’\-]+(?:\s+(?:[A-Z][a-zà-öø-ÿ\-]+|Jr\.?|Sr\.?|II|III))?"
)
_FIRST_BORN, _LAST_BORN = 1880, 2099


def is_mobile(text: str) -> bool:
    """A mobile number of China of an allotted prefix."""
    if not 11 <= len(text) <= 22 or "1" not in text:
        return False
    found = _MOBILE.fullmatch(BETWEEN.sub("", text))
    return found is not None and found.group(1)[:3] in _prefixes()


def is_phone(text: str) -> bool:
    """A mobile number, or a telephone number with an area, service or country code."""
    if not 7 <= len(text) <= 30:
        return False
    return is_mobile(text) or any(one.fullmatch(text) is not None for one in (_LANDLINE, _SERVICE, _ABROAD, _AMERICAN))


def is_email(text: str) -> bool:
    """An address of mail; an identifier of a message in angle brackets is none."""
    return "@" in text and 5 < len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def is_plate(text: str) -> bool:
    """A licence plate, also of a new-energy vehicle or a trailer."""
    return 7 <= len(text) <= 10 and _PLATE.fullmatch(text.upper()) is not None


def is_wechat_id(text: str) -> bool:
    """An id that WeChat gave out; one that its owner chose cannot be told from a user name."""
    return text.startswith("wxid_") and _WXID.fullmatch(text) is not None


def is_resident_id(text: str) -> bool:
    """A resident id number: a province, a day, the check digit."""
    if len(text) < 18:
        return False
    plain = BETWEEN.sub("", text)
    if _RESIDENT.fullmatch(plain) is None or plain[:2] not in _provinces():
        return False
    if not _FIRST_BORN <= int(plain[6:10]) <= _LAST_BORN:
        return False
    return what_is_wrong(OfficialNumber.RESIDENT, plain.upper()) is None


def is_old_resident_id(text: str) -> bool:
    """A resident id number of fifteen digits: a province and a day; it has no check digit."""
    if _OLD_RESIDENT.fullmatch(text) is None or text[:2] not in _provinces():
        return False
    return 1 <= int(text[8:10]) <= 12 and 1 <= int(text[10:12]) <= 31


def is_bank_card(text: str) -> bool:
    """A card number: a prefix of an issuer with its lengths, and the Luhn digit."""
    plain = BETWEEN.sub("", text)
    if _CARD.fullmatch(plain) is None or not _issued(plain):
        return False
    return what_is_wrong(OfficialNumber.BANK_CARD, plain) is None


def is_account(text: str) -> bool:
    """A card number, or an international account number with its check digits."""
    return is_bank_card(text) or is_iban(text)


def is_iban(text: str) -> bool:
    """An international account number: ISO 13616, modulo 97."""
    plain = text.replace(" ", "").upper()
    if _IBAN.fullmatch(plain) is None:
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_credit_code(text: str) -> bool:
    """A unified social credit code: a division, both check digits."""
    plain = text.upper()
    if len(plain) != 18 or _CREDIT_CODE.fullmatch(plain) is None or plain[2:4] not in _provinces() | {"10"}:
        return False
    return what_is_wrong(OfficialNumber.CREDIT_CODE, plain) is None and _organisation_fits(plain[8:17])


def is_address(text: str) -> bool:
    """An address that a letter would reach: a division or a road with a number, and two parts of an address at least."""
    if not 6 <= len(text) <= 200:
        return False
    if text.isascii():
        return STREET.search(text) is not None
    units = len(UNIT.findall(text))
    return units >= 2 and (_ROAD.search(text) is not None or (units >= 3 and begins_in_a_division(text)))


def begins_in_a_division(text: str) -> bool:
    """Whether a text begins with the name of an administrative division."""
    return any(text[:length] in _division_names() for length in range(2, 9))


def is_person(text: str) -> bool:
    """A name of a person: a Chinese surname and what may follow it, or a Western first and last name."""
    if _HAN_NAME.fullmatch(text):
        return "·" in text or (_has_surname(text) and not _is_company(text))
    return _WESTERN.fullmatch(text) is not None and not _is_company(text)


def is_position(text: str) -> bool:
    """Two coordinates."""
    return _PAIR.fullmatch(text) is not None


def is_degrees(text: str) -> bool:
    """One coordinate with a precision that tells a house."""
    return _DEGREES.fullmatch(text) is not None and abs(float(text)) <= 180


def is_title(text: str) -> bool:
    """A position of those who decide."""
    small = text.casefold()
    return len(text) <= 40 and any(one in small for one in _titles())


def is_device(text: str) -> bool:
    """An IMEI with its Luhn digit, or an address in a network."""
    if _IMEI.fullmatch(text):
        return what_is_wrong(OfficialNumber.BANK_CARD, text) is None
    return _IP.fullmatch(text) is not None


def is_masked(text: str) -> bool:
    """A value that somebody has starred out in part."""
    return "*" in text and _MASKED.fullmatch(text) is not None


STRICT: Mapping[str, Callable[[str], bool]] = {
    "phone": is_phone,
    "email": is_email,
    "plate": is_plate,
    "handle": is_wechat_id,
    "identity": is_resident_id,
    "account": is_account,
    "credit_code": is_credit_code,
    "address": is_address,
    "person": is_person,
    "position": is_position,
    "title": is_title,
    "device": is_device,
}
"""By the content of a kind; a content that is not here is never told by values alone."""


def _issued(card: str) -> bool:
    """Whether an issuer with this prefix gives out cards of this length."""
    length = len(card)
    if card.startswith("62"):
        return 16 <= length <= 19
    if card.startswith("4"):
        return length in {13, 16, 19}
    if card.startswith(("34", "37")):
        return length == 15
    return length == 16 and (
        51 <= int(card[:2]) <= 55 or 2221 <= int(card[:4]) <= 2720 or 3528 <= int(card[:4]) <= 3589
    )


def _organisation_fits(code: str) -> bool:
    """The check sign of GB 11714 in places 9 to 17 of a credit code."""
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(signs.index(sign) * weight for sign, weight in zip(code, (3, 7, 9, 10, 5, 8, 4, 2), strict=False))
    return "0123456789X0"[(11 - total % 11) % 11] == code[8]


def _has_surname(text: str) -> bool:
    content = level_rules().content
    if text[:2] in content["surnames"]:
        return len(text) > 2
    return len(text) <= 3 and text[0] in content["surname_signs"][0]


def _is_company(text: str) -> bool:
    small = text.casefold()
    return any(one in small for one in level_rules().content["company_words"])


@lru_cache(maxsize=1)
def _prefixes() -> frozenset[str]:
    return frozenset(level_rules().content["mobile_prefixes"])


@lru_cache(maxsize=1)
def _titles() -> tuple[str, ...]:
    return tuple(one.casefold() for one in level_rules().content["titles"])


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    return frozenset(one.code for one in divisions().of("")) | {"71", "81", "82", "83"}


@lru_cache(maxsize=1)
def _division_names() -> frozenset[str]:
    names = {one.name for one in divisions().by_code.values()}
    return frozenset(names | {one.removesuffix("省").removesuffix("市") for one in names if len(one) <= 4})
