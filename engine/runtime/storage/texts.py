"""Texts as the engine keeps them: NFC, LF, without NUL and lone surrogates, empty means absent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from engine.model.addresses import address_of, address_of_parts, is_deep_enough
from engine.model.entities import Field, FieldKind
from engine.model.locations import NO_POINT, LocationFault, location_of, location_of_parts
from engine.runtime.storage.official_numbers import as_written
from engine.runtime.storage.problems import BAD_TEXT, NOT_A_CHOICE, OUT_OF_RANGE, WRONG_TYPE, refuse

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{2,30}")
_URL = re.compile(r"https?://[^\s<>\"]{1,2000}")
_RECORD = re.compile(r"[a-z][a-z0-9_]{0,47}/[0-9A-HJKMNP-TV-Z]{13}(/[a-z][a-z0-9_]{0,47})?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMS = {
    FieldKind.EMAIL: (_EMAIL, "请填写电子邮箱地址", "Enter an email address"),
    FieldKind.PHONE: (_PHONE, "请填写电话号码", "Enter a phone number"),
    FieldKind.RECORD: (_RECORD, "请从给出的记录中选择", "Choose one of the records offered"),
    FieldKind.URL: (
        _URL,
        "请填写以 http:// 或 https:// 开头的网址",
        "Enter an address starting with http:// or https://",
    ),
}
_DEPTHS = {"province": ("省", "province"), "city": ("市", "city"), "district": ("区县", "district")}
LONGEST = 100_000
"""Code points of the longest text of any field; a field's own limit is usually smaller."""


def clean_text(value: str) -> str:
    """NFC with LF line ends; raises ValueError for NUL, other control characters and lone surrogates."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if _CONTROL.search(text):
        raise ValueError("control character")
    text.encode("utf-8")
    return text


def parse_text(value: object, field: Field) -> str | None:
    """The text of a text field, or None when nothing but space is written."""
    if field.kind is FieldKind.ADDRESS and isinstance(value, Mapping):
        value = _of_parts(value, field)
    if field.kind is FieldKind.LOCATION and isinstance(value, Mapping):
        return _place(value, field)
    if not isinstance(value, str):
        raise refuse(field, WRONG_TYPE, "这里需要文本", "A text is needed here")
    try:
        text = clean_text(value).strip()
    except ValueError:
        raise refuse(
            field, BAD_TEXT, "文本含有不允许的字符", "The text holds characters that are not allowed"
        ) from None
    if field.kind is not FieldKind.LONG_TEXT and "\n" in text:
        raise refuse(field, BAD_TEXT, "这里只能写一行", "Only one line can be written here")
    if len(text) > LONGEST:
        raise refuse(field, OUT_OF_RANGE, f"最多 {LONGEST} 个字", f"At most {LONGEST} characters")
    return _of_form(text, field) if text else None


def _of_form(text: str, field: Field) -> str:
    if field.bounds.official is not None:
        return as_written(text)
    if field.kind is FieldKind.ADDRESS:
        return _address(text, field)
    if field.kind is FieldKind.LOCATION:
        return _place(text, field)
    form = _FORMS.get(field.kind)
    if form is None:
        return text
    candidate = unicodedata.normalize("NFKC", text) if field.kind is FieldKind.PHONE else text
    if form[0].fullmatch(candidate) is None:
        raise refuse(field, BAD_TEXT, form[1], form[2])
    return candidate


def _of_parts(parts: Mapping[str, object], field: Field) -> str:
    try:
        return address_of_parts(parts).stored
    except ValueError:
        raise refuse(
            field, NOT_A_CHOICE, "省、市、区对不上，请重新选择", "Province, city and district do not belong together"
        ) from None


def _place(written: str | Mapping[str, object], field: Field) -> str:
    """The stored form of a location, written or entered in parts."""
    try:
        if isinstance(written, str):
            return location_of(written).stored
        parts = {name: clean_text(part) if isinstance(part, str) else part for name, part in written.items()}
        return location_of_parts(parts).stored
    except ValueError as error:
        fault = error if isinstance(error, LocationFault) else LocationFault(NO_POINT)
        raise refuse(field, BAD_TEXT, fault.message.zh, fault.message.en) from None


def _address(text: str, field: Field) -> str:
    """The stored form of an address, written or chosen."""
    address = address_of(text)
    if not is_deep_enough(address, field.depth):
        zh, en = _DEPTHS[field.depth]
        raise refuse(field, BAD_TEXT, f"请选择到{zh}", f"Choose down to the {en}")
    return address.stored
