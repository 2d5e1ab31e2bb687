"""Typed clauses out of the sentences of a contract, by rules that are written down here and nowhere else. Pure, no model.

Each rule reads one kind: what must stand beside a quantity, what must not, and how sure that makes it. A sentence that
hedges (约, 暂定, 另行), a value that only a heading explains, and values of one kind that contradict each other are unsure:
a person confirms them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypedDict

from packs.connectors.contracts.quantities import Span, amounts, days_in, range_in, rates, spans
from packs.connectors.contracts.sentences import Piece, Sentence, segments, sentences

Kind = Literal[
    "price",
    "prepayment",
    "payment_days",
    "retention",
    "delivery",
    "acceptance",
    "warranty",
    "penalty",
    "penalty_cap",
    "jurisdiction",
    "term",
    "confidentiality",
]
SURE = 0.75
"""From here on nobody is asked."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with its value (the one of its kind that is filled), the sentence it was read from, and how sure that is.

    `rate` is a share of one, `days` count as written (`working`: working days), `first` and `last` are days, `words` a court
    or an arbitration commission. `confidence` is a rank of the evidence between 0 and 1, no probability.
    """

    kind: Kind
    sentence: str
    piece: Piece
    confidence: float
    amount: Decimal | None = None
    rate: Decimal | None = None
    days: int | None = None
    months: int | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""
    working: bool = False

    @property
    def value(self) -> object:
        """What the clause says, to be compared."""
        return (self.amount, self.rate, self.days, self.months, self.first, self.last, self.words)


class _Values(TypedDict, total=False):
    """What a sentence fills of a clause."""

    amount: Decimal
    rate: Decimal
    days: int
    months: int
    first: date
    last: date
    words: str
    working: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """Values of a sentence before it is known how sure they are; `named`: the word that explains them stands beside them."""

    values: _Values
    named: bool = True


_HEDGE = re.compile(r"约(?=\s*[\d人¥一二三四五六七八九十百千])|预计|暂定|暂估|左右|原则上|另行|以实际|不定期|视情况")
_LATE = re.compile(r"每超|逾期|迟延|延迟|延误|延期|未按|未能按|每延|超时")
_BREACH = re.compile(r"违约|滞纳|罚|扣减|扣除|赔偿")
_PAYING = re.compile(r"支付|付清|付款|结清|结算|电汇|汇款|(?<!交)付(?=\d|至|[一二三四五六七八九])|(?<!交)付$")
_PREPAID = re.compile(r"预付|定金|订金|首付|advance", re.IGNORECASE)
_AT_SIGNING = re.compile(r"签订|签约|签署|合同生效|协议生效|启动时|开工前|下单")
_HELD = re.compile(r"质保金|质量保证金|保修金|保留金|(?:质保|保修)期(?:届)?满")
_MONEY_WORD = re.compile(
    r"总价|价款|金额|总额|总计|合计|共计|合同价|造价|标的|货款|(?:服务|许可|加工|检测|维修|咨询|开发|使用|代理|设计|搭建|模具|运营|培训|管理)费|月费|年费|租金|Price"
)
_NO_TOTAL = re.compile(
    r"违约|赔偿|押金|保证金|定金|信用额度|罚款|指标|注册|扣减|每次|每天|每日|滞纳|单价|不低于|至少|价值|质保金|预付|\d%"
)
_SUM = re.compile(r"共计|合计|总计|总价|总额|总金额")
_DELIVERY = re.compile(
    r"交货|交付|发货|发出|供货|送达|到货|工期|交期|安装|完工|完成|出具|周期|发运|运至|上线|运抵|时效|起运|移交|提交成果|Delivery"
)
_DELIVERY_LABEL = re.compile(r"交货|交付|供货|工期|交期|周期|时效|发货|Delivery")
_WARRANTY = re.compile(r"质保|保修|质量保证|免费维护|免费维修|Warranty")
_TERM = re.compile(
    r"有效期|(?:服务|合同|合作|协议|许可|代理|租赁|试用|经销|授权|供应|委托)期限|(?:分享|借用|租赁|合同|合作|试用|服务|协议|研发)期|有效|期限"
)
_NO_TERM = re.compile(r"保密|质保|保修|付款|交货|供货|期满|结算|异议|续展|质量|解约|商业秘密|发票")
_SECRET = re.compile(r"保密|商业秘密")
_CAP = re.compile(r"累计|不超过|最高|上限|为限|不得超过|封顶|至多")
_DEFECT = re.compile(r"异议期|异议|验收")
_COURT = re.compile(r"([^,。;:、\s()]{0,40}?(?:人民法院|(?<!管辖)法院))")
_ARBITER = re.compile(r"([^,。;:、\s()]{2,30}?(?:仲裁委员会|仲裁院))")
_LEADING = re.compile(r"^.*(?:由|提交至|提交|提请|交由|向|依法向|约定)(?=.)")
_SIGNED_AT = re.compile(r"^合同签订地(?!人民|有管辖|法院)")
_FULL_YEAR = re.compile(r"满.{1,3}年")
_THEN_PAID = re.compile(
    r"^\s*(?:(?:之?内|以内)[^。;]{0,16}?(?:支付|(?<!交)付|结|汇|划|转账)|(?:支付|付款|付清|结清|电汇|转账|付(?=\d)))"
)
_WHOLE = re.compile(r"一次性|全额|全部|付清")
_PAY_TOPIC = re.compile(r"付款|支付|结算|账期")
_OTHER_MONTH = re.compile(r"(?:次月|当月|每月|首月|每年|上月)\s*$")


def clauses(pieces: Iterable[Piece]) -> tuple[Clause, ...]:
    """The clauses of a contract in the order of kinds, then of the text; each value of a kind once."""
    told = list(sentences(pieces))
    found: list[Clause] = []
    for kind, rule in RULES.items():
        ours = [_clause(kind, one, value) for one in told for value in rule(one)]
        found += _judged(kind, ours)
    return tuple(found)


def _clause(kind: Kind, sentence: Sentence, found: _Found) -> Clause:
    sure = 0.9 if found.named else 0.78
    if _HEDGE.search(sentence.plain):
        sure -= 0.3
    return Clause(kind, sentence.text, sentence.piece, round(sure, 2), **found.values)


def _judged(kind: Kind, found: Sequence[Clause]) -> Iterator[Clause]:
    """Each value once; values of a kind that has one alone make each other unsure."""
    once = list({one.value: one for one in reversed(found)}.values())[::-1]
    if kind in _STEPS:
        yield from found
        return
    doubt = 0.3 if kind in _ALONE and len(once) > 1 else 0.0
    for one in once:
        yield replace(one, confidence=round(one.confidence - doubt, 2))


def _price(one: Sentence) -> Iterator[_Found]:
    """The price: the first amount beside a word for one, where no word for another amount stands; totals go first."""
    if one.plain and (_BREACH.search(one.plain) or _LATE.search(one.plain)):
        return
    parts = list(segments(one.plain))
    for part in sorted(parts, key=lambda part: not _SUM.search(part)):
        if _NO_TOTAL.search(part):
            continue
        named = _MONEY_WORD.search(part)
        if not named and not _MONEY_WORD.search(one.label):
            continue
        for amount, _ in amounts(part):
            yield _Found({"amount": amount}, bool(named))
            return


def _steps(plain: str) -> Iterator[tuple[str, Decimal]]:
    """A sentence in steps of payment: the text up to the end of the part in which a rate stands, with the rate."""
    step = ""
    for part in segments(plain):
        step = f"{step},{part}" if step else part
        found = list(rates(part))
        if found:
            yield step, found[-1][0]
            step = ""


def _prepayment(one: Sentence) -> Iterator[_Found]:
    if _BREACH.search(one.plain):
        return
    for step, rate in _steps(one.plain):
        if _HELD.search(step) or rate >= 1:
            continue
        if _PREPAID.search(step) or (one.label and _PREPAID.search(one.label)):
            yield _Found({"rate": rate})
            return
        if _AT_SIGNING.search(step) and _PAYING.search(step):
            yield _Found({"rate": rate}, named=False)
            return


def _retention(one: Sentence) -> Iterator[_Found]:
    for part in re.split(r"[,;](?!\d{3}(?!\d))", one.plain):
        found = list(rates(part))
        if found and (_HELD.search(part) or _HELD.search(one.label)) and not _BREACH.search(part):
            yield _Found({"rate": found[-1][0]}, bool(_HELD.search(part)))


def _payment_days(one: Sentence) -> Iterator[_Found]:
    if _BREACH.search(one.plain) or (_LATE.search(one.plain) and not _PAY_TOPIC.search(one.topic)):
        return
    for span in spans(one.plain):
        named = _paid_within(one, span)
        if named is not None:
            yield _Found({"days": span.days, "working": span.working}, named)


def _paid_within(one: Sentence, span: Span) -> bool | None:
    """Whether a span in which is paid has its word beside it; None for any other span."""
    before, after = one.plain[: span.start], one.plain[span.end :]
    step = _step_around(one.plain, span)
    credit = bool(re.search(r"(?:月结|账期为?)\s*$", before))
    elsewhere = span.unit == "小时" or _OTHER_MONTH.search(before) or re.match(r"\s*(?:后|满|前|期|起|至)", after)
    if (elsewhere and not credit) or _HELD.search(step) or _HELD.search(one.label) or _FULL_YEAR.search(step):
        return None
    if credit or (_THEN_PAID.match(after) and not _advance(step, one.label)):
        return True
    if not _PAY_TOPIC.search(one.topic + before[:12]) or not _only_named(one.label, before, after):
        return None
    other = _advance(step, one.label) or _AT_SIGNING.search(step) or _DELIVERY.search(after)
    return None if other else False


def _only_named(label: str, before: str, after: str) -> bool:
    """Whether a span that a label alone explains is one of payment: within so many days, or so many after something."""
    if re.match(r"\s*(?:之?内|以内)", after):
        return True
    return bool(_PAY_TOPIC.search(label) and re.search(r"后第?\s*$", before) and re.match(r"\s*(?:[;,。]|$)", after))


def _advance(step: str, label: str) -> bool:
    """Whether a step pays a share in advance."""
    share = any(rate < 1 for rate, _, _ in rates(step)) or (any(amounts(step)) and not _WHOLE.search(step))
    return share and bool(_PREPAID.search(step) or _PREPAID.search(label) or _AT_SIGNING.search(step))


def _step_around(plain: str, span: Span) -> str:
    """The step of payment in which a span lies: from behind the step of the last rate before it, unless that stands in the
    same part, to the end of the part with the next rate."""
    edges = [0, *(one.end() for one in re.finditer(r"[,;](?!\d{3}(?!\d))", plain)), len(plain) + 1]
    part = max(edge for edge in edges if edge <= span.start)
    earlier = [end for _, _, end in rates(plain) if end <= part]
    begin = min((edge for edge in edges if edge >= earlier[-1]), default=part) if earlier else 0
    later = [end for _, start, end in rates(plain) if start >= span.end]
    stop = later[0] if later and not any(part <= start < span.start for _, start, _ in rates(plain)) else span.end
    end = min(edge for edge in edges if edge > stop) - 1
    return plain[min(begin, part) : end]


def _delivery(one: Sentence) -> Iterator[_Found]:
    if _LATE.search(one.plain) or _BREACH.search(one.plain) or re.search(r"响应|到场|到达现场|报修", one.plain):
        return
    labelled = bool(_DELIVERY_LABEL.search(one.label))
    found = False
    for span in spans(one.plain):
        after = one.plain[span.end : span.end + 22]
        before = _up_to_comma(one.plain[max(0, span.start - 14) : span.start][::-1])[::-1]
        if (
            before.endswith("前")
            or _PAY_TOPIC.search(one.label)
            or _paid_or_judged(after)
            or _WARRANTY.search(before)
            or re.match(r"\s*[后前]", after)
        ):
            continue
        beside = bool(re.match(r"\s*(?:之?内|以内)?[^。;,]{0,18}", after) and _DELIVERY.search(_up_to_comma(after)))
        label_near = bool(_DELIVERY_LABEL.search(before))
        if (beside and re.match(r"\s*(?:之?内|以内|送达|发|交)", after)) or labelled or label_near:
            found = True
            yield _Found({"days": span.days, "working": span.working}, beside or label_near)
        elif _DELIVERY_LABEL.search(one.topic) and re.match(r"\s*(?:之?内|以内)", after):
            found = True
            yield _Found({"days": span.days, "working": span.working}, named=False)
    if found or _PAYING.search(one.plain):
        return
    told = [day for day, _, _ in days_in(one.plain)]
    if told and (labelled or _DELIVERY.search(one.plain)):
        yield _Found({"first": told[-1] if range_in(one.plain) else told[0]})


def _up_to_comma(text: str) -> str:
    return re.split(r"[,。;]", text)[0]


def _paid_or_judged(after: str) -> bool:
    """Whether what follows a span says that something is paid, or inspected."""
    said = re.split(r"[。;]", after)[0]
    return bool(re.match(r"\s*(?:之?内|以内)?[^。;]{0,14}?(?:支付|(?<!交)付|结清|结算|验收)", said))


def _acceptance(one: Sentence) -> Iterator[_Found]:
    if _BREACH.search(one.plain) or not _DEFECT.search(one.plain):
        return
    for span in spans(one.plain):
        after, before = one.plain[span.end : span.end + 14], one.plain[: span.start]
        if _PAYING.search(after):
            continue
        if re.match(r"\s*(?:之?内|以内)[^,。;]{0,8}验收", after) or re.search(
            r"(?:异议期|验收期)限?[^,。;]{0,8}$", before
        ):
            yield _Found({"days": span.days, "working": span.working})


def _warranty(one: Sentence) -> Iterator[_Found]:
    if _BREACH.search(one.plain) or re.search(r"报修", one.plain):
        return
    for part in segments(one.plain):
        if _HELD.search(part) or re.search(r"期(?:届)?满", part) or _PAYING.search(part):
            continue
        named = bool(_WARRANTY.search(part))
        if not named and not _WARRANTY.search(one.label):
            continue
        for span in spans(part):
            if span.months >= 1 and not re.match(r"\s*内", part[span.end :]):
                yield _Found({"months": span.months}, named)


def _late_rates(one: Sentence) -> Iterator[tuple[Decimal, bool]]:
    """Rates of a penalty with whether each is its limit."""
    about = one.plain + one.label
    if not re.search(r"违约金|滞纳金|违约责任", about) and not (
        _LATE.search(one.label) or (_LATE.search(about) and re.search(r"扣|付|承担|偿", about))
    ):
        return
    for part in segments(one.plain):
        for rate, _, _ in rates(part):
            yield rate, bool(_CAP.search(part))


def _penalty(one: Sentence) -> Iterator[_Found]:
    for rate, limit in _late_rates(one):
        if not limit:
            yield _Found({"rate": rate})


def _penalty_cap(one: Sentence) -> Iterator[_Found]:
    for rate, limit in _late_rates(one):
        if limit:
            yield _Found({"rate": rate})


def _jurisdiction(one: Sentence) -> Iterator[_Found]:
    for pattern in (_ARBITER, _COURT):
        for found in pattern.finditer(one.plain):
            name = _SIGNED_AT.sub("", _LEADING.sub("", found[1]).strip())
            if len(name) > 3 and not name.endswith("管辖法院"):
                yield _Found({"words": name})
                return


def _term(one: Sentence) -> Iterator[_Found]:
    if not _TERM.search(one.plain + one.label) or _NO_TERM.search(one.label) or _SECRET.search(one.plain):
        return
    whole = range_in(one.plain)
    if whole is not None:
        yield _Found({"first": whole[0], "last": whole[1]})
        return
    for part in segments(one.plain):
        for span in spans(part):
            if span.days >= 30 and _TERM.search(part + one.label) and not _NO_TERM.search(part):
                yield _Found({"months": span.months}, bool(_TERM.search(part)))
                return


def _confidentiality(one: Sentence) -> Iterator[_Found]:
    if not _SECRET.search(one.plain + one.label) or re.search(r"违约金", one.plain):
        return
    for span in spans(one.plain):
        if span.months >= 1:
            yield _Found({"months": span.months})
            return


Rule = Callable[[Sentence], Iterator[_Found]]
RULES: Mapping[Kind, Rule] = {
    "price": _price,
    "prepayment": _prepayment,
    "payment_days": _payment_days,
    "retention": _retention,
    "delivery": _delivery,
    "acceptance": _acceptance,
    "warranty": _warranty,
    "penalty": _penalty,
    "penalty_cap": _penalty_cap,
    "jurisdiction": _jurisdiction,
    "term": _term,
    "confidentiality": _confidentiality,
}
_ALONE = frozenset({"price", "prepayment", "retention", "penalty_cap", "jurisdiction", "term"})
"""Kinds of which a contract has one: another value makes both unsure."""
_STEPS = frozenset({"payment_days"})
"""Kinds whose values may stand twice: each is a step."""
