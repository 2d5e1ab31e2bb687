"""Cards and signatures in Chinese and English, and the codes on them: which part is which, by rules alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.cards.reading import CardPart, read_card

HOSTILE = (Path(__file__).parents[2] / "corpus" / "hostile" / "names.txt").read_text("utf-8")
ENGLISH = """John Smith
Senior Sales Manager
Acme Machinery Co., Ltd.
M: +86 138 1234 5678 | T: +86-21-5555 6666
E: john@acme.com
W: www.acme.com
Building 3, 88 Zhangjiang Road, Pudong, Shanghai 201203"""
TWO_WRITINGS = """欧阳 明
采购部 | 采购经理
苏州恒岳工业装备有限公司
Suzhou Hengyue Industrial Equipment Co., Ltd.
T 0512-88886666  F 0512-88886667
ouyang@hy.cn"""
VCARD_3 = """BEGIN:VCARD
VERSION:3.0
N:张;三;;;
FN:张三
ORG:华信精密;销售部
TITLE:总监
TEL;TYPE=CELL,VOICE:+86 138-1234-5678
TEL;TYPE=FAX:0512-66668889
item1.EMAIL;TYPE=WORK:z@h.cn
ADR;TYPE=WORK:;;星海街118号;苏州市;江苏省;215000;中国
URL:https://h.cn
NOTE:备\\n注
END:VCARD"""
VCARD_4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nN:Smith;John;;;\r\nORG:Acme\\, Inc.\r\nTEL;VALUE=uri;TYPE=cell:tel:+1-555-123-4567\r\n"
    "ADR:;;88 Main\r\n  St;Boston;MA;02110;USA\r\nEND:VCARD"
)
VCARD_21 = "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=B8=89\nTEL;CELL:13812345678\nEND:VCARD"


@pytest.mark.parametrize(
    ("text", "parts", "rest"),
    [
        (
            ENGLISH,
            {
                "name": "John Smith",
                "title": "Senior Sales Manager",
                "company": "Acme Machinery Co., Ltd.",
                "mobile": "13812345678",
                "landline": "021-5555 6666",
                "email": "john@acme.com",
                "website": "www.acme.com",
                "address": "Building 3, 88 Zhangjiang Road, Pudong, Shanghai 201203",
            },
            (),
        ),
        (
            TWO_WRITINGS,
            {
                "name": "欧阳明",
                "title": "采购经理",
                "company": "苏州恒岳工业装备有限公司",
                "department": "采购部",
                "landline": "0512-88886666",
                "email": "ouyang@hy.cn",
            },
            ("Suzhou Hengyue Industrial Equipment Co., Ltd.",),
        ),
        (
            VCARD_3,
            {
                "name": "张三",
                "title": "总监",
                "company": "华信精密",
                "department": "销售部",
                "mobile": "13812345678",
                "email": "z@h.cn",
                "website": "https://h.cn",
                "address": "江苏省苏州市星海街118号",
            },
            ("备 注",),
        ),
        (
            VCARD_4,
            {
                "name": "John Smith",
                "company": "Acme, Inc.",
                "mobile": "+1-555-123-4567",
                "address": "88 Main St, Boston, MA",
            },
            (),
        ),
        (VCARD_21, {"name": "张三", "mobile": "13812345678"}, ()),
        (
            "MECARD:N:张,三;ORG:华信;TEL:051266668888;EMAIL:z@h.cn;ADR:星海街1号,苏州;URL:h.cn;NOTE:x;;",
            {
                "name": "张三",
                "company": "华信",
                "landline": "051266668888",
                "email": "z@h.cn",
                "website": "h.cn",
                "address": "苏州星海街1号",
            },
            ("x",),
        ),
        (
            "王小明 13912345678 wang@a.cn 苏州某某科技有限公司 技术部经理",
            {
                "name": "王小明",
                "title": "技术部经理",
                "company": "苏州某某科技有限公司",
                "mobile": "13912345678",
                "email": "wang@a.cn",
            },
            (),
        ),
        (
            "Best regards,\n李雷\n微信：li_lei88\n邮编：200000\n明天见",
            {"name": "李雷", "wechat": "li_lei88"},
            ("明天见",),
        ),
        ("今天天气不错", {}, ("今天天气不错",)),
    ],
)
def test_each_part_of_a_card_is_told_from_the_others(text: str, parts: dict[str, str], rest: tuple[str, ...]) -> None:
    card = read_card(text)
    assert ({str(part): value for part, value in card.parts}, card.rest) == (parts, rest)


HARD = (
    "BEGIN:VCARD\n;;:",
    "MECARD:",
    "TEL:" * 500,
    "1-" * 2_000,
    "a@" * 2_000,
    "一" * 5_000,
    "www." * 1_000,
    "\x00\ud800",
)


def test_any_text_is_read_and_nothing_is_made_up() -> None:
    for text in (*HOSTILE.splitlines(), *HARD):
        for part, value in read_card(text).parts:
            assert isinstance(part, CardPart)
            assert value.strip()
