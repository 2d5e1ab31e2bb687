"""Lines of cards and signatures: labels, forms and words tell what each piece is; Chinese goes before another writing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from engine.runtime.cards.numbers import number_part

_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_WEBSITE = re.compile(
    r"(?:https?://|www\.)[^\s,，;；<>\"']{3,200}|\b[A-Za-z0-9-]{2,40}\.(?:com|cn|net|org|io|co)(?:\.cn)?\b(?!@)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w@.])\+?\(?\d(?:[\d\-.() ]{5,18})\d(?:\s{0,2}(?:转|ext\.?|分机|-)\s{0,2}\d{1,6})?(?!\w)", re.IGNORECASE
)
_LABELS = {
    "mobile": r"手机号?码?|移动电话|mobile(?: phone)?|mob|cell(?: ?phone)?|m",
    "fax": r"传真|fax|f",
    "landline": r"电话|座机|固话|直线|总机|办公电话|telephone|tel|phone|office|direct|t|p|o|d",
    "email": r"电子邮[箱件]|邮箱|邮件|e-?mail|mail|e",
    "website": r"网址|网站|主页|官网|website|web|url|w",
    "wechat": r"微信号?|wechat(?: id)?|weixin|wx",
    "address": r"公司地址|办公地址|通讯地址|地址|address|addr?|a",
    "postcode": r"邮编|邮政编码|postcode|zip(?: ?code)?|p\.?c",
    "company": r"公司名称|公司|单位|工作单位|company|organi[sz]ation",
    "department": r"所属部门|部门|department|dept",
    "title": r"职务|职位|头衔|职称|title|position",
    "name": r"姓名|联系人|名字|name|contact",
}
_NAMED = "|".join(rf"(?P<{name}>{words})" for name, words in _LABELS.items())
_LABEL = re.compile(rf"(?<![^\s|/,;])(?:{_NAMED})\s{{0,9}}[:.]\s{{0,9}}", re.IGNORECASE)
_BEFORE = re.compile(rf"(?<![^\s|/,;])(?:{_NAMED})[\s:.]{{0,9}}$", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")
_COMPANY = re.compile(
    r"公司|集团|[\u3400-\u9fff]厂$|事务所|研究[院所]|大学|学院|医院|银行$|工作室|合作社|商行|(?:\b(?:Co|Inc|Corp|Ltd|LLC|PLC|GmbH|AG|SARL|Pty)\b\.?|"
    r"\b(?:Limited|Corporation|Company|Group|University|Hospital|Institute|Holdings|Technologies)\b)",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"经理|总监|主管|主任|工程师|董事|总裁|副总|总工|顾问|专员|代表|教授|医[生师]|院长|处长|科长|部长|厂长|店长|组长|秘书|助理|架构师|设计师|会计师?|律师|"
    r"合伙人|创始人|负责人|采购员|业务员|\b(?:C[EFTIOM]O|CMO|VP|SVP|EVP|President|Director|Manager|Engineer|Consultant|Officer|Head|Lead|Representative|"
    r"Specialist|Founder|Partner|Professor|Executive|Chairman|Assistant|Secretary|Analyst|Architect|Buyer|Supervisor|Sales|Coordinator)\b",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(
    r"^[\u3400-\u9fff]{1,10}(?:部|中心|事业部|科|处|组)$|\b(?:Department|Dept|Division)\b", re.IGNORECASE
)
_PLACE = re.compile(r"[\u3400-\u9fff](?:省|市|区|县|镇|乡|村|路|街|道|巷|弄|园|大厦|广场|号楼?|栋|座|层|楼|室)")
_STREET = re.compile(
    r"\b(?:Road|Rd|Street|St|Avenue|Ave|Boulevard|Blvd|Lane|Drive|Building|Bldg|Floor|Suite|Room|District|Park|Province|Plaza|Tower|Square|Way)\b",
    re.IGNORECASE,
)
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬"
    "安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯"
    "管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程邢裴陆荣翁荀羊惠甄曲封芮储靳汲段富巫乌焦巴牧车侯全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎蓟薄印宿白蒲邰从鄂索"
    "赖卓蔺屠蒙池乔阴闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越夔隆师巩聂"
    "晁敖融冷辛阚那简饶空曾沙鞠关肖涂邸付代游揭仝闫覃佟苟岳帅缑亢况郈琴佘商牟"
)
_DOUBLE = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "夏侯",
    "端木",
    "南宫",
)
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_ENGLISH_NAME = re.compile(
    r"(?:(?:Mr|Ms|Mrs|Dr|Prof)\.? )?[A-Z][A-Za-z'’-]{1,20}(?: [A-Z]\.?)?(?: [A-Z][A-Za-z'’-]{1,20}){1,2}"
)
_PIECES = re.compile(r"\s*[|｜丨·•/]\s*|\s{2,}|\t")
_SIGNS = " \t:;,.|·•-—_*()[]<>"
_CUT = re.compile(r"\b(?:Ltd|Inc|Co|Corp|LLC)$")
_GREETING = re.compile(
    r"(?:(?:best|kind|warm) regards|regards|sincerely|thanks|thank you|此致|敬礼|祝好|谢谢|顺颂商祺|顺祝商祺)[,!。]?",
    re.IGNORECASE,
)
_CALLED = re.compile(r"\s*\(?(?:先生|女士|小姐|Mr\.?|Ms\.?)\)?$")


def parts_of_lines(text: str) -> Iterator[tuple[str, str]]:
    """Parts with their names, those in Chinese first; what is none of them has an empty one."""
    found: list[tuple[str, str]] = []
    for raw in unicodedata.normalize("NFKC", text).splitlines()[:60]:
        found += _line(raw[:400].strip())
    named = [one for one in found if one[0]]
    yield from sorted(named, key=lambda one: one[0] in ("name", "company", "title") and not _HAN.search(one[1]))
    yield from (one for one in found if not one[0])


def _line(line: str) -> Iterator[tuple[str, str]]:
    """What a line says: numbers and addresses by their form, the words between them by their labels and by themselves."""
    rest = line
    for name, form in (("email", _EMAIL), ("website", _WEBSITE)):
        for one in form.findall(rest):
            yield name, one.rstrip("./")
            rest = rest.replace(one, " ", 1)
    at, words = 0, ""
    for one in _NUMBER.finditer(rest):
        before = rest[at : one.start()]
        label, at = _label_before(before), one.end()
        if label in ("wechat", "address") or sum(sign.isdigit() for sign in one[0]) < 7:
            words += before + one[0]
            continue
        words += f"{before[:-40]}{_BEFORE.sub(' ', before[-40:])}\t"
        if label not in ("fax", "postcode"):
            yield number_part(one[0], label == "mobile")
    yield from _words(f"{words}\t{rest[at:]}")


def _label_before(text: str) -> str:
    """The label that a value stands behind; one of its own needs no sign between them."""
    found = _BEFORE.search(text[-40:])
    return str(found.lastgroup) if found else ""


def _words(text: str) -> Iterator[tuple[str, str]]:
    """The words of a line without numbers, each piece with its label's part or the one that its form tells."""
    at, label = 0, ""
    for one in [*_LABEL.finditer(text), None]:
        piece = text[at : one.start()] if one else text[at:]
        yield from _labelled(label, piece)
        if one:
            at, label = one.end(), str(one.lastgroup or "")


def _labelled(label: str, piece: str) -> Iterator[tuple[str, str]]:
    words = _tidy(piece)
    if not words or label in ("postcode", "fax"):
        return
    if label in ("mobile", "landline", "email", "website"):
        yield from _unlabelled(piece)
    elif label == "wechat":
        yield label, words.split()[0]
    elif label == "address":
        yield label, re.sub(r"[,;\s]+$", "", words)
    elif label:
        yield label, words
    else:
        yield from _unlabelled(piece)


def _unlabelled(piece: str) -> Iterator[tuple[str, str]]:
    whole = _tidy(piece)
    tokens = whole.split() if _HAN.search(whole) else []
    together = not any(_HAN.search(one) and (_TITLE.search(one) or one.endswith("公司")) for one in tokens[1:])
    if whole and together and (kind := _kind(whole)) in ("company", "address"):
        yield kind, whole
        return
    for part in _PIECES.split(piece) if together or not _is_chinese_name(tokens[0]) else tokens:
        words = _tidy(part)
        if not words or _GREETING.fullmatch(words):
            continue
        name, rest = _name_first(words)
        if name:
            yield "name", name
        if rest:
            yield _kind(rest), rest


def _tidy(piece: str) -> str:
    """Words without signs around them; what is cut short keeps its point."""
    words = " ".join(piece.split())
    kept = words.strip(_SIGNS)
    return f"{kept}." if _CUT.search(kept) and f"{kept}." in words else kept


def _name_first(words: str) -> tuple[str, str]:
    """A Chinese name with what stands behind it on the line."""
    first, _, rest = words.partition(" ")
    if (len(first) == 1 or first in _DOUBLE) and _HAN.match(first) and (joined := words.replace(" ", "", 1)) != words:
        first, _, rest = joined.partition(" ")
    called = _CALLED.sub("", first)
    return (called, rest.strip(_SIGNS)) if _is_chinese_name(called) else ("", words)


def _is_chinese_name(words: str) -> bool:
    if (
        not _CHINESE_NAME.fullmatch(words)
        or _TITLE.search(words)
        or _COMPANY.search(words)
        or _DEPARTMENT.search(words)
    ):
        return False
    return words.startswith(_DOUBLE) or (words[0] in _SURNAMES and len(words) <= 3)


def _kind(words: str) -> str:
    """What words are by themselves; empty for what cannot be told."""
    places = len(_PLACE.findall(words))
    if places > 1 and not words.endswith("公司") and any(sign.isdigit() for sign in words):
        return "address"
    if _COMPANY.search(words) and not (_STREET.search(words) and words[:1].isdigit()):
        return "company"
    if _DEPARTMENT.search(words):
        return "department"
    if _TITLE.search(words) and len(words) <= 60:
        return "title"
    if places > 1 or (_STREET.search(words) and (any(sign.isdigit() for sign in words) or "," in words)):
        return "address"
    return "name" if _ENGLISH_NAME.fullmatch(words) else ""
