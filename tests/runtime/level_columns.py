"""Columns to tune and to test classification with: what the fixture declares, and values made for it by name of a generator."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from engine.model.divisions import divisions
from engine.runtime.sovereignty.columns import Column

FILE = Path(__file__).parents[1] / "fixtures" / "levels" / "columns.txt"
ROWS = 120
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红文辉建国志宏晓东海燕春梅小龙雪"
FIRST = [
    "James",
    "Mary",
    "John",
    "Linda",
    "Robert",
    "Susan",
    "David",
    "Karen",
    "Paul",
    "Nancy",
    "Mark",
    "Lisa",
    "Kevin",
    "Laura",
    "Brian",
    "Emma",
]
LAST = [
    "Smith",
    "Johnson",
    "Brown",
    "Taylor",
    "Miller",
    "Wilson",
    "Moore",
    "Clark",
    "Lewis",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
]
PARTS = ["主轴", "轴承", "密封圈", "电机", "编码器", "导轨", "丝杠", "液压阀", "冷却泵", "电路板"]
WRONG = ["温升超标", "异响", "泄漏", "断裂", "信号丢失", "间隙超差", "松动", "过热报警", "磨损严重", "卡死"]
ROADS = ["中山路", "人民路", "解放大道", "文三路", "建设街", "长江路", "科技大道", "和平巷"]
PLAIN = [
    "按合同执行",
    "客户要求下周交货",
    "请核对数量",
    "已安排生产",
    "等待审批结果",
    "参考上次的报价",
    "需要重新测试",
    "样品已寄出",
]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A column with the level and the kind that a person gave it."""

    level: str
    kind: str
    column: Column
    values: str


def labelled_columns(rows: int = ROWS) -> Iterator[Labelled]:
    """The columns of the fixture with values, the same in every run."""
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            level, kind, table, name, label, comment, values = (one.strip() for one in line.split("|"))
            made = values_of(values, random.Random(f"{table}.{name}"), rows)
            labels = (label,) if label else ()
            yield Labelled(level, kind, Column(table, name, labels, comment, values=tuple(made)), values)


def values_of(name: str, chance: random.Random, rows: int) -> list[str]:
    """Values of a generator."""
    return [] if name == "empty" else [_MAKERS[name](chance) for _ in range(rows)]


def digits(chance: random.Random, length: int) -> str:
    return "".join(chance.choice(string.digits) for _ in range(length))


def mobile(chance: random.Random) -> str:
    return chance.choice(("138", "139", "150", "186", "177", "199", "133", "158", "147", "165")) + digits(chance, 8)


def resident(chance: random.Random) -> str:
    code = chance.choice([one for one in divisions().by_code if len(one) == 6])
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
    first = f"{code}{born:%Y%m%d}{digits(chance, 3)}"
    total = sum(int(one) * weight for one, weight in zip(first, _RESIDENT_WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


def luhn(first: str) -> str:
    total = sum(sum(divmod(int(one) * (2 - at % 2), 10)) for at, one in enumerate(reversed(first)))
    return first + str(-total % 10)


def credit_code(chance: random.Random) -> str:
    signs, body = "0123456789ABCDEFGHJKLMNPQRTUWXY", digits(chance, 8)
    inner = sum(int(one) * weight for one, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    first = f"9133{digits(chance, 4)}{body}" + "0123456789X0"[(11 - inner % 11) % 11]
    first = f"91{chance.choice(('11', '31', '33', '44'))}{first[4:]}"
    total = sum(signs.index(one) * pow(3, at, 31) for at, one in enumerate(first))
    return first + signs[-total % 31]


def iban(chance: random.Random) -> str:
    body = f"DE00{digits(chance, 18)}"
    number = int("".join(str(int(one, 36)) for one in body[4:] + body[:4]))
    return f"DE{98 - number % 97:02d}{body[4:]}"


def person(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))


def address(chance: random.Random) -> str:
    codes = divisions()
    found = codes.chain(chance.choice([one for one in codes.by_code if len(one) == 6]))
    place = "".join(one.name for one in found)
    return (
        f"{place}{chance.choice(ROADS)}{chance.randrange(1, 900)}号{chance.choice(('', '3幢2单元501室', '8号楼1203'))}"
    )


def company(chance: random.Random) -> str:
    first = chance.choice(("杭州", "苏州", "宁波", "深圳", "青岛"))
    return f"{first}{chance.choice(GIVEN)}{chance.choice(GIVEN)}{chance.choice(('精密机械', '电子', '商贸'))}有限公司"


def plate(chance: random.Random) -> str:
    signs = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    return (
        chance.choice("京沪浙苏粤鲁")
        + chance.choice("ABCDE")
        + "".join(chance.choice(signs) for _ in range(4))
        + digits(chance, 1)
    )


def _text(chance: random.Random) -> str:
    return f"{chance.choice(PLAIN)}，{chance.choice(PLAIN)}{chance.randrange(100)}"


_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MAKERS: Mapping[str, Callable[[random.Random], str]] = {
    "mobile": mobile,
    "mobile_spaced": lambda chance: f"{(one := mobile(chance))[:3]} {one[3:7]} {one[7:]}",
    "mobile_plus": lambda chance: f"+86{mobile(chance)}",
    "mobile_masked": lambda chance: f"{(one := mobile(chance))[:3]}****{one[7:]}",
    "mobile_fullwidth": lambda chance: "".join(chr(ord(one) + 0xFEE0) for one in mobile(chance)),
    "phone_mixed": lambda chance: chance.choice((mobile(chance), f"0571-{chance.randrange(2, 9)}{digits(chance, 7)}")),
    "landline": lambda chance: (
        f"0{chance.choice(('571', '755', '25', '10'))}-{chance.randrange(2, 9)}{digits(chance, 7)}"
    ),
    "phone_us": lambda chance: (
        f"({chance.randrange(2, 9)}{digits(chance, 2)}) {chance.randrange(2, 9)}{digits(chance, 2)}-{digits(chance, 4)}"
    ),
    "email": lambda chance: (
        f"{chance.choice(FIRST).lower()}.{chance.choice(LAST).lower()}{chance.randrange(99)}@{chance.choice(('qq.com', 'corp.example.cn', 'mail.example.org'))}"
    ),
    "handle": lambda chance: f"{chance.choice(FIRST).lower()}_{chance.randrange(1990, 2010)}",
    "qq": lambda chance: f"{chance.randrange(10_000, 3_999_999_999)}",
    "wxid": lambda chance: "wxid_" + "".join(chance.choice(string.ascii_lowercase + string.digits) for _ in range(14)),
    "opaque": lambda chance: "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(31)) + "=",
    "url": lambda chance: f"https://www.example.com/in/{chance.choice(FIRST).lower()}-{chance.randrange(999)}",
    "address_cn": address,
    "address_en": lambda chance: (
        f"{chance.randrange(1, 9999)} {chance.choice(LAST)} {chance.choice(('Street', 'Road', 'Ave', 'Lane'))}"
    ),
    "plate": plate,
    "person_cn": person,
    "person_en": lambda chance: f"{chance.choice(FIRST)} {chance.choice(LAST)}",
    "first_name": lambda chance: chance.choice(FIRST),
    "last_name": lambda chance: chance.choice(LAST),
    "date": lambda chance: f"{date(1950, 1, 1) + timedelta(days=chance.randrange(26_000))}",
    "datetime": lambda chance: (
        f"{date(2020, 1, 1) + timedelta(days=chance.randrange(2_000))} 10:{chance.randrange(10, 60)}:00"
    ),
    "marital": lambda chance: chance.choice(("已婚", "未婚", "离异", "丧偶")),
    "ethnic": lambda chance: chance.choice(("汉族", "回族", "满族", "壮族", "苗族")),
    "text_plain": _text,
    "ip": lambda chance: ".".join(str(chance.randrange(1, 255)) for _ in range(4)),
    "mac": lambda chance: ":".join(f"{chance.randrange(256):02x}" for _ in range(6)),
    "imei": lambda chance: luhn(f"86{digits(chance, 12)}"),
    "resident": resident,
    "passport": lambda chance: f"E{digits(chance, 8)}",
    "file": lambda chance: f"upload/{uuid.UUID(int=chance.getrandbits(128))}.jpg",
    "digits4": lambda chance: digits(chance, 4),
    "digits5": lambda chance: digits(chance, 5),
    "digits6": lambda chance: digits(chance, 6),
    "digits8": lambda chance: digits(chance, 8),
    "digits9": lambda chance: digits(chance, 9),
    "digits18": lambda chance: digits(chance, 18),
    "digits19": lambda chance: f"62{digits(chance, 17)}",
    "card": lambda chance: luhn(f"62{digits(chance, 16)}"),
    "account": lambda chance: digits(chance, chance.choice((12, 16, 17, 19))),
    "iban": iban,
    "degrees": lambda chance: f"{chance.uniform(20, 120):.6f}",
    "pair": lambda chance: f"{chance.uniform(20, 50):.6f},{chance.uniform(80, 120):.6f}",
    "blood": lambda chance: chance.choice(("A", "B", "AB", "O")),
    "religion": lambda chance: chance.choice(("无", "佛教", "道教", "基督教", "伊斯兰教")),
    "money": lambda chance: f"{chance.uniform(10, 900_000):.2f}",
    "money_range": lambda chance: f"{chance.randrange(10, 100)}-{chance.randrange(100, 900)}万",
    "score": lambda chance: str(chance.randrange(350, 950)),
    "role": lambda chance: chance.choice(("决策人", "影响者", "把关人", "使用者", "支持", "中立")),
    "flag": lambda chance: chance.choice(("0", "1")),
    "small": lambda chance: str(chance.randrange(1, 400)),
    "ratio": lambda chance: f"{chance.uniform(0, 1):.4f}",
    "title": lambda chance: chance.choice(
        ("总经理", "采购总监", "技术负责人", "CTO", "设备部长", "副总经理", "采购经理")
    ),
    "defect": lambda chance: f"{chance.choice(PARTS)}{chance.choice(WRONG)}，运行{chance.randrange(10, 900)}小时后出现",
    "text_with_mobile": lambda chance: (
        f"{_text(chance)}，电话{mobile(chance)}" if chance.random() < 0.2 else _text(chance)
    ),
    "text_with_resident": lambda chance: (
        f"{_text(chance)}，来访登记{resident(chance)}" if chance.random() < 0.2 else _text(chance)
    ),
    "text_with_order": lambda chance: f"{_text(chance)}，订单号{digits(chance, 16)}",
    "order_no": lambda chance: f"SO{chance.randrange(2020, 2027)}{digits(chance, 8)}",
    "serial11": lambda chance: f"15{digits(chance, 9)}",
    "epoch_ms": lambda chance: f"17{digits(chance, 11)}",
    "uuid": lambda chance: str(uuid.UUID(int=chance.getrandbits(128))),
    "ean13": lambda chance: f"69{digits(chance, 11)}",
    "sku": lambda chance: f"{chance.choice(('AB', 'KX', 'M'))}-{digits(chance, 5)}",
    "username": lambda chance: f"{chance.choice(FIRST).lower()}{chance.randrange(1_000)}",
    "contract_code": lambda chance: f"HT-{chance.randrange(2019, 2027)}-{digits(chance, 4)}",
    "snowflake": lambda chance: f"4{digits(chance, 17)}",
    "product": lambda chance: (
        f"{chance.choice(('数控', '立式', '高速'))}{chance.choice(PARTS)}{chance.choice('ABC')}{chance.randrange(100, 999)}"
    ),
    "company": company,
    "province": lambda chance: chance.choice(("浙江省", "江苏省", "广东省", "山东省")),
    "city": lambda chance: chance.choice(("杭州市", "苏州市", "深圳市", "青岛市", "宁波市")),
    "status": lambda chance: chance.choice(("draft", "open", "closed", "standard", "vip")),
    "host": lambda chance: f"smtp{chance.randrange(99)}.example.com",
    "year": lambda chance: str(chance.randrange(2000, 2050)),
    "uscc": credit_code,
    "gender": lambda chance: chance.choice(("男", "女")),
}
