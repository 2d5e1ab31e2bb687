"""Contracts of the company as files: their terms, made from a seed, their wordings, and Word, Excel and PDF files of them."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.sax.saxutils import escape

import xlsxwriter

from packs.connectors.simulators.company import Company, Order

MOST = 60
SELLER = "苏州斗拱装备有限公司"
WIDTH = 34
"""Signs on a line of a PDF."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The terms of an order's contract."""

    number: str
    order: Order
    prepayment: Decimal
    payment_days: int
    retention: Decimal
    delivery: int
    warranty: int
    penalty: Decimal
    changed: datetime

    @property
    def court(self) -> str:
        """Where they would meet."""
        return f"{self.order.customer.city}市高新区人民法院"


def agreements(company: Company, seed: int) -> Iterator[Agreement]:
    """The contracts of the first orders."""
    chance = random.Random(f"contracts {seed}")
    for number, order in enumerate(company.orders[:MOST], start=1):
        yield Agreement(
            f"HT-{order.day.year}-{number:05}",
            order,
            Decimal(chance.choice((20, 30, 40))) / 100,
            chance.choice((30, 45, 60, 90)),
            Decimal(chance.choice((5, 10))) / 100,
            chance.choice((30, 45, 60, 75)),
            chance.choice((12, 18, 24, 36)),
            Decimal(chance.choice((3, 5, 10))) / 10_000,
            order.changed,
        )


def wording(one: Agreement) -> tuple[str, ...]:
    """The lines of a contract, in one of two styles."""
    rest = 1 - one.prepayment - one.retention
    head = (
        "设备买卖合同",
        f"合同编号：{one.number}",
        f"甲方（买方）：{one.order.customer.name}",
        f"乙方（卖方）：{SELLER}",
    )
    day = f"{one.order.day.year}年{one.order.day.month}月{one.order.day.day}日"
    if int(one.number[-1]) % 2:
        return (
            *head,
            f"第一条 合同总价为人民币{one.order.amount:,}元，含增值税。",
            f"第二条 合同签订后7日内，甲方支付合同总价的{one.prepayment:.0%}作为预付款；货物验收合格后{one.payment_days}日内支付"
            f"{rest:.0%}；其余{one.retention:.0%}作为质保金，质保期满后支付。",
            f"第三条 乙方应在收到预付款后{one.delivery}日内交货。",
            f"第四条 质保期为验收合格之日起{one.warranty}个月。",
            f"第五条 乙方逾期交货的，每逾期一日，按合同总价的{one.penalty:.2%}支付违约金。",
            f"第六条 争议协商不成的，由{one.court}管辖。",
            f"签订日期：{day}",
        )
    return (
        *head,
        f"一、合同总金额（含税）：￥{one.order.amount:,}元",
        f"二、付款方式：预付款{one.prepayment:.0%}；验收合格且收到发票后{one.payment_days}天内付{rest:.0%}；质保金{one.retention:.0%}。",
        f"三、交货期：合同生效后{one.delivery}天。",
        f"四、质保：{one.warranty}个月，自验收之日起计算。",
        f"五、逾期违约金：每日万分之{(one.penalty * 10_000).normalize():f}。",
        f"六、提交{one.court}诉讼解决。",
        f"签订日期：{day}",
    )


def files(company: Company, seed: int) -> Mapping[str, tuple[bytes, datetime]]:
    """Files by key, with the instants at which they changed last: most of them Word, some Excel and PDF."""
    found = {}
    for number, one in enumerate(agreements(company, seed)):
        ending, write = (("docx", word), ("docx", word), ("docx", word), ("xlsx", sheet), ("pdf", pdf))[number % 5]
        key = f"{one.order.day.year}/{one.order.customer.name}-{one.number}.{ending}"
        found[key] = (write(wording(one)), one.changed)
    return found


def word(lines: tuple[str, ...]) -> bytes:
    """A Word file of paragraphs."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document {space}><w:body>{body}</w:body></w:document>'
    parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def sheet(lines: tuple[str, ...]) -> bytes:
    """An Excel file with a label and what stands behind it in two columns."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet("合同")
        for row, line in enumerate(lines):
            label, colon, value = line.partition("：")
            page.write_row(row, 0, [label, value] if colon else [line])
    return made.getvalue()


def pdf(lines: tuple[str, ...]) -> bytes:
    """A PDF whose lines are broken at the edge of the page."""
    broken = [line[start : start + WIDTH] for line in lines for start in range(0, len(line), WIDTH)]
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj T* " for line in broken)
    content = f"BT /F1 12 Tf 16 TL 50 780 Td {shown}ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, trailer)
