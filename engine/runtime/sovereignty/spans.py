"""Spans: personal and sensitive things that stand within a written text, with where they stand.

What has a pattern of its own (mobile number, resident id, mail, plate, card) is found anywhere; what has none (address, name,
budget, decision maker, defect) by the words around it, in `engine.runtime.sovereignty.spoken_spans`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.runtime.sovereignty import recognisers
from engine.runtime.sovereignty.folded_texts import FoldedText, fold

PERSONAL_SPANS = ("resident_id", "bank_account", "mobile", "email", "plate", "wechat")
"""Kinds that need no sentence, the most telling first."""
_GAP = r"[ \-·.]?"
_DIGITS = re.compile(rf"(?<![0-9])(?:\+|00)?[0-9](?:{_GAP}[0-9]){{9,23}}(?:{_GAP}[Xx](?![0-9A-Za-z]))?(?![0-9])")
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.\-])(?:\(0[1-9][0-9]{1,2}\)\s?|0[1-9][0-9]{1,2}[\- ])[2-9][0-9]{6,7}(?:(?:-|转)[0-9]{1,6})?(?![0-9A-Za-z])"
)
_EMAIL = re.compile(
    r"(?<![0-9A-Za-z._%+\-@/])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,24})(?![0-9A-Za-z])"
)
_PLATE = re.compile(
    rf"[{recognisers.PROVINCE_SIGNS}][A-HJ-NP-Z][ ·.\-]?(?:[A-HJ-NP-Z0-9]{{4}}[挂学警港澳领]|[DF][A-HJ-NP-Z0-9][0-9]{{4}}|[0-9]{{5}}[DF]|[A-HJ-NP-Z0-9]{{5}})(?![0-9A-Za-z])",
    re.I,
)
_WXID = re.compile(r"(?<![0-9A-Za-z])wxid_[0-9a-z]{12,20}(?![0-9A-Za-z])")
_MESSENGER = re.compile(
    r"(?:微信|薇信|威信|v信|(?<![A-Za-z])(?:wechat|weixin|wx|vx|VX))(?:号码|号|账号|ID|id)?\s*(?:是|为|叫|[:：\-—=])?\s*(?=[A-Za-z])([A-Za-z][\-_A-Za-z0-9]{5,19})(?![0-9A-Za-z@])"
    r"|(?<![A-Za-z])(?:QQ|qq)(?:号码|号|群)?\s*(?:是|为|[:：])?\s*([1-9][0-9]{4,10})(?![0-9])",
    re.I,
)
_NUMBERED = re.compile(
    r"(?:单号|编号|序列号|序号|流水号|流水|货号|批次号?|批号|合同号?|工单号?|料号|条码|运单号?|快递号?|物料号?|图号|型号|版本号?|订单号?|发票号?|编码|代码|机号|产品号|资产号?|SN|S/N|No|ID|NO|SKU|PO|单据号?|时间戳|设备号|交易号|凭证号?|任务号)\s*[.:：#]?\s*(?:是|为|[:：])?\s*[A-Za-z\-]{0,6}$",
    re.I,
)
_ACCOUNTED = re.compile(
    r"(?:账号|帐号|卡号|银行卡|账户|帐户|开户行|银行|打款|汇款|收款|转账|对公|尾款打到|工资卡|储蓄卡|信用卡|card|account|iban)",
    re.I,
)
_IDENTIFIED = re.compile(r"(?:身份证|证件|护照|ID card)", re.I)
_CALLED = re.compile(r"(?<![A-Za-z])(?:tel|phone|mob|mobile|cell|wx|vx|qq)$", re.I)
_NEAR = 14
"""Signs before a number that tell what it is."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a written text, from `start` to before `end`, and the kind that it is of."""

    start: int
    end: int
    kind: str


def personal_spans(text: str) -> list[Span]:
    """Numbers, addresses of mail, plates and accounts within a text, in order, none within another."""
    folded = fold(text)
    return apart(list(_personal(folded.text)), folded)


def apart(found: list[Span], folded: FoldedText) -> list[Span]:
    """Spans in order at their places in what was written; of two that overlap the earlier found one stays."""
    kept: list[Span] = []
    for one in found:
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(
        (Span(*folded.written(one.start, one.end), one.kind) for one in kept), key=lambda one: (one.start, one.end)
    )


def _personal(text: str) -> Iterator[Span]:
    """Spans of a folded text. What cannot stand in it is not looked for."""
    if "@" in text:
        yield from (Span(*one.span(), "email") for one in _EMAIL.finditer(text))
    yield from _numbers(text)
    if not text.isascii():
        yield from (Span(*one.span(), "plate") for one in _PLATE.finditer(text) if _is_plate(one.group()))
    yield from _messengers(text)


def _numbers(text: str) -> Iterator[Span]:
    """Long numbers, whole or in groups, judged by their digits and by the words before them."""
    for found in _DIGITS.finditer(text):
        ahead = text[max(0, found.start() - _NEAR) : found.start()]
        if not (ahead[-1:].isascii() and ahead[-1:].isalpha()) or _CALLED.search(ahead) is not None:
            yield from _judged(text, found.start(), found.end())
    yield from (Span(*one.span(), "mobile") for one in _LANDLINE.finditer(text))


def _judged(text: str, start: int, end: int) -> Iterator[Span]:
    """What one number is; where it is of groups that belong not together, what the first of them are."""
    written = text[start:end]
    before = text[max(0, start - _NEAR) : start]
    numbered = _NUMBERED.search(before) is not None
    if end < len(text) and text[end].isascii() and text[end].isalpha():
        return
    plain = recognisers.BETWEEN.sub("", written)
    if (recognisers.is_resident_id(plain) and not numbered) or (
        _IDENTIFIED.search(before) and (len(plain) == 18 or recognisers.is_old_resident_id(plain))
    ):
        yield Span(start, end, "resident_id")
    elif recognisers.is_mobile(plain) and not numbered:
        yield Span(start, end, "mobile")
    elif (_ACCOUNTED.search(before) and 12 <= len(plain) <= 21 and plain.isdigit() and not numbered) or (
        recognisers.is_bank_card(plain) and not numbered and plain.isdigit()
    ):
        yield Span(start, end, "bank_account")
    elif len(written) > len(plain):
        yield from _first_groups(text, start, end)


def _first_groups(text: str, start: int, end: int) -> Iterator[Span]:
    """Two numbers side by side, told apart at a gap."""
    gaps = [at for at in range(start, end) if not text[at].isalnum() and text[at] != "+"]
    for gap in reversed(gaps):
        left, right = text[start:gap], text[gap + 1 : end]
        plain = recognisers.BETWEEN.sub("", left)
        if recognisers.is_mobile(plain) or recognisers.is_resident_id(plain) or recognisers.is_bank_card(plain):
            yield from _judged(text, start, gap)
            if sum(map(str.isdigit, right)) >= 10:
                yield from _judged(text, gap + 1, end)
            return


def _is_plate(written: str) -> bool:
    """A plate has a digit at least; letters alone are a word."""
    return any(map(str.isdigit, written)) and written[1].isupper()


def _messengers(text: str) -> Iterator[Span]:
    small = text.casefold()
    if "wxid_" in small:
        yield from (Span(*one.span(), "wechat") for one in _WXID.finditer(text))
    if any(one in small for one in ("信", "wechat", "weixin", "wx", "vx", "qq")):
        for found in _MESSENGER.finditer(text):
            group = 1 if found.group(1) else 2
            yield Span(*found.span(group), "wechat")
