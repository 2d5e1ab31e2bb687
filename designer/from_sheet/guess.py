"""What a field is likely to be by the words for it alone, before any value is there."""

from __future__ import annotations

import re

from designer.from_sheet.naming import without_remark

_BY_WORDS = (
    ("boolean", re.compile(r"^是否|^已|^(is|has) ", re.I)),
    ("phone", re.compile(r"电话|手机|phone|mobile", re.I)),
    ("email", re.compile(r"邮箱|邮件|e-?mail", re.I)),
    ("url", re.compile(r"网址|网站|官网|链接|website|url|link", re.I)),
    ("address", re.compile(r"地址$|address$", re.I)),
    ("location", re.compile(r"定位|坐标|位置$|location$", re.I)),
    ("attachment", re.compile(r"附件|照片|图片|文件|attachment|photo|picture|file$", re.I)),
    ("long_text", re.compile(r"备注|说明|描述|内容|附注|意见|纪要|notes?$|remarks?$|comments?$|description", re.I)),
    ("instant", re.compile(r"时间$|时刻| at$|time$", re.I)),
    ("date", re.compile(r"日期|日$|生日|到期|截止|date|day$|birthday|due", re.I)),
    ("percent", re.compile(r"率$|占比|折扣|百分比|概率|rate$|share$|discount|percent|probability", re.I)),
    (
        "money",
        re.compile(r"金额|价$|单价|费$|费用|款$|成本|收入|预算|余额|利润|amount|price|cost|revenue|fee|budget", re.I),
    ),
    ("integer", re.compile(r"数量|件数|次数|人数|天数|数$|年龄|quantity|count$|number of|age$", re.I)),
    (
        "choice",
        re.compile(r"状态|阶段|类型|类别|等级|级别|来源|优先级|status|stage|type$|level$|source|priority", re.I),
    ),
    ("user", re.compile(r"负责人|经办人|跟进人|销售员|业务员|owner|responsible|handler", re.I)),
)


def kind_by_words(label: str) -> str:
    """A field type for a field that people call `label`; text where the words say nothing."""
    plain = without_remark(label)
    return next((kind for kind, words in _BY_WORDS if words.search(plain)), "text")
