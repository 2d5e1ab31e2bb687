"""Sentences to tune and to test spans with: wordings with places for what is sensitive, filled by the generators of columns."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.runtime.sovereignty.spans import Span
from tests.runtime.level_columns import address, digits, luhn, mobile, person, plate, resident, values_of

WORDINGS = """
联系人{person_name:}的电话是{mobile}，下午三点后再打
手机{mobile}请回电
收货人：{person_name:}，{address}，{mobile}
麻烦把样品寄到{address}，收件人{person_name:}
今天拜访了{person_name:}经理，他说预算{budget:}要压
年度预算{budget:}，不含税
客户给的预算大概在{budget:}左右，年底前要花完
这个项目采购额{budget:}，分两期付
由{decision_chain}拍板，技术部没有意见
最后{decision_chain}说了算
{defect}，现场已经停线
反馈{defect}，要求两天内到场
客户身份证{resident_id}已登记
本人{person_name:}，身份证号：{resident_id}
尾款打到卡号{bank_account}，开户行是工行
请转账至{bank_account}
送货车{plate}九点进厂
司机{person_name:}，车牌{plate}
资料发到{email}就行
邮箱：{email}；手机：{mobile}
加微信{wechat}聊
微信号：{wechat}
会员{person_name:}投诉，住址{address}
工程师{person_name:}已经上门，{defect}
{person_name:}先生下单两台，{mobile}
找{person_name:}签收
项目预算{budget:}，{decision_chain}点头就行
办公地址在{address}
""".strip().splitlines()
PLAIN = """
订单号{serial}已发货，请注意查收
工单编号{serial}关闭
物料批次{long}，库存充足
合同HT-2026-0012下周评审
设备运行正常，无故障
故障率比上月低
会议改到周五下午两点，在三楼会议室
报价已经提交，等待客户确认
本月完成销售目标的百分之八十
样品没有发现缺陷
合同总额320万元，首付三成
快递单号SF{long}
序列号{serial}的机器已经验收
请在系统里更新客户的级别
和项目组开了个短会，方案下周定
高度重视交期，安排专人跟进
""".strip().splitlines()
TITLES = ("总经理", "采购总监", "技术负责人", "设备部长", "CTO")
PARTS = ("主轴", "轴承", "密封圈", "电机", "丝杠", "导轨", "编码器", "液压阀")
WRONG = ("温升超标", "异响", "泄漏", "间隙超差", "信号丢包", "磨损严重", "松动", "卡死")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what stands in it where."""

    text: str
    spans: tuple[Span, ...]


def sentences(seed: int, count: int) -> Iterator[Sentence]:
    """So many sentences, the same for the same seed; three in ten hold nothing."""
    chance = random.Random(seed)
    for _ in range(count):
        plain = chance.random() < 0.3
        yield _filled(chance, chance.choice(PLAIN if plain else WORDINGS))


def _filled(chance: random.Random, wording: str) -> Sentence:
    text, spans, last = "", [], 0
    for found in re.finditer(r"\{(\w+)(?::([^}]*))?\}", wording):
        text += wording[last : found.start()]
        kind, last = found[1], found.end()
        lead = found[2] or ""
        value = _value(chance, kind)
        text += lead
        if kind not in {"serial", "long"}:
            spans.append(Span(len(text), len(text) + len(value), kind))
        text += value
    return Sentence(text + wording[last:], tuple(spans))


def _value(chance: random.Random, kind: str) -> str:
    if kind == "mobile":
        number = mobile(chance)
        wide = "".join(chr(ord(one) + 0xFEE0) for one in number)
        return chance.choice(
            (
                number,
                number,
                f"{number[:3]}-{number[3:7]}-{number[7:]}",
                f"{number[:3]} {number[3:7]} {number[7:]}",
                wide,
                f"+86{number}",
            )
        )
    if kind == "bank_account":
        number = luhn(f"62{digits(chance, 16)}")
        return chance.choice((number, " ".join(re.findall("....|.+", number))))
    if kind == "budget":
        return f"{chance.randrange(5, 900)}{chance.choice(('万元', '万', ' 万元'))}"
    if kind == "decision_chain":
        return chance.choice(TITLES) + person(chance)
    if kind == "defect":
        return chance.choice(PARTS) + chance.choice(WRONG)
    made = {"person_name": person, "address": address, "resident_id": resident, "plate": plate}
    if kind in made:
        return made[kind](chance)
    if kind == "serial":
        return f"1{digits(chance, 10)}"
    if kind == "long":
        return digits(chance, 16)
    return values_of({"email": "email", "wechat": "handle"}[kind], chance, 1)[0]


@dataclass(frozen=True, slots=True)
class Counted:
    """Right, missed and wrong spans of a kind."""

    right: int
    missed: int
    wrong: int

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


def counted(pairs: list[tuple[tuple[Span, ...], list[Span]]]) -> dict[str, Counted]:
    """By kind: spans that are found as they were meant, at least by half of both, and those that are not."""
    kinds = sorted({one.kind for meant, found in pairs for one in (*meant, *found)})
    return {kind: _of_kind(kind, pairs) for kind in kinds}


def _of_kind(kind: str, pairs: list[tuple[tuple[Span, ...], list[Span]]]) -> Counted:
    right = missed = wrong = 0
    for meant, found in pairs:
        wanted = [one for one in meant if one.kind == kind]
        told = [one for one in found if one.kind == kind]
        hit = [one for one in wanted if any(alike(one, other) for other in told)]
        right, missed = right + len(hit), missed + len(wanted) - len(hit)
        wrong += sum(not any(alike(one, other) for one in wanted) for other in told)
    return Counted(right, missed, wrong)


def alike(one: Span, other: Span) -> bool:
    """Whether two stretches have at least half of both together in common."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return common * 2 >= max(one.end, other.end) - min(one.start, other.start)
