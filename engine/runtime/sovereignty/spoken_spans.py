"""Spoken spans: what within a sentence only the words around it tell: addresses, names, budgets, who decides, defects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from engine.model.divisions import divisions
from engine.model.level_rules import level_rules
from engine.runtime.sovereignty import recognisers
from engine.runtime.sovereignty.folded_texts import fold
from engine.runtime.sovereignty.spans import Span, apart, personal_spans

_NUMERAL = "0-9一二三四五六七八九十百千零〇两"
_PART = (
    rf"(?:[{_NUMERAL}A-Za-z]+(?:-[{_NUMERAL}A-Za-z]+)*(?:号院|号楼|号线|号|弄|栋|幢|座|室|单元|层|楼|组|队|期|门|区|#)"
    r"|[一-鿿]{1,8}?(?:大厦|广场|工业园区|工业园|产业园|科技园|园区|创业园|软件园|小区|花园|家园|公寓|新村|花苑|苑|大楼|中心|商城|市场|开发区|高新区|院|村|城|府|湾|里|庄|屯|座))"
)
_ROADS = re.compile(
    rf"[一-鿿]{{1,7}}?(?:大道|大街|公路|胡同|路|街|巷|弄|道|村|庄|镇|乡|里|坊)(?:[东西南北中](?:路|街|段|里|区)?|[一二三四五六七八九十]段)?\s?(?:{_PART}\s?)+"
)
_MORE = re.compile(rf"\s?(?:{_PART}|(?<=[楼栋幢座元])[0-9]{{2,5}}室?(?![0-9]))")
_ENGLISH = recognisers.STREET
_LONGEST_DIVISION = 15
_UNITS = "省市区县旗镇乡街路道巷弄村"
_AMOUNT = (
    r"(?:(?:人民币|RMB|CNY|USD|¥|￥|\$|约|大概|大约|在|有|为|是|不超过|控制在|上限|只有|[:：]|\s)*)"
    r"((?:[¥￥$]\s?)?(?:[0-9][0-9,]*(?:\.[0-9]+)?|[一二三四五六七八九十百千两半几]+)\s?(?:多|余|来)?(?:(?:[-~–—至到]\s?)[0-9][0-9,.]*\s?)?(?:万元|亿元|千万|百万|万|亿|千元|千|元|块|k|K|w|W|RMB|人民币)+(?:美元|美金|人民币|欧元|元)?)"
)
_BUDGET_WORD = r"(?:预算|采购额|投资额|budget|费用上限|资金盘子|拨款|立项金额|总投)"
_BUDGETS = (
    re.compile(rf"{_BUDGET_WORD}[^。；;!！?？\n0-9一二三四五六七八九十两¥￥$]{{0,14}}?{_AMOUNT}", re.I),
    re.compile(rf"{_BUDGET_WORD}[^。；;!！?？\n]{{0,16}}?(?<![0-9.]){_AMOUNT}", re.I),
    re.compile(
        r"([0-9][0-9,]*(?:\.[0-9]+)?\s?(?:万元|亿元|万|亿|千元|元|w|W|k|K))(?:的|左右的|以内的|元的|块的)?(?:采购|项目|年度|设备|IT|信息化|改造)?(?:预算|budget)",
        re.I,
    ),
    re.compile(
        r"(?:budget)[^.;\n]{0,24}?((?:USD|RMB|CNY|[$¥€])\s?[0-9][0-9,]*(?:\.[0-9]+)?\s?(?:k|m|million|thousand)?|[0-9][0-9,]*(?:\.[0-9]+)?\s?(?:k|million|thousand|USD|RMB|CNY|yuan))",
        re.I,
    ),
)
_ROLES = re.compile(
    r"(?:联系人|收货人|收件人|签收人|寄件人|负责人|对接人|经办人|接口人|姓名|户名|法人代表|法定代表人|法人|持卡人|申请人|报修人|驾驶员|司机|车主|转交给?|转告|交给|寄给|发给|抄送"
    r"|告诉|通知|约了|拜访了?|见了|名叫|叫做|客户叫|请找|我叫|本人|我是|同事|业务员|导购|店员|会员|顾客|患者|员工|候选人|推荐人|介绍人|参会人员?|参会|工程师|技术员|店长|操作员|操作工|质检员|检验员|调度员?|客户经理|项目经理|业务经理|班组?长|组长|队长|值班员?|联络人|监护人|家属|学员|采购员|销售员|收银员|保管员|库管员?|仓管员?|投诉人|来访人|访客|业主|房东|乘客|投保人|受益人|老板|厂长|部长|科长|(?P<weak>联系|找|叫|和|与|跟|由|请|客户|用户|采购|销售|财务|客服|售后|技术|主管|经理|主任|总监|是))"
    r"\s*(?:是|为|叫|[:：,，])?\s*"
)
_STOPS = re.compile(
    r"明天|今天|昨天|今年|明年|去年|下周|上周|本周|周[一二三四五六日末]|刚刚|刚才|现在|目前|每[天周月年]|早上|晚上|上午|下午|年底|月底|希望|认为|同意|建议|表示|提出|要求|觉得|沟通|负责|回复|同志"
    r"|直接|已经|一起|继续|正在|拍板|点头|签字|签收|决定|联系|负责|发来|发给|发现|带队|安排|反馈|反映|说明|介绍|参加|主持|审批|审核|处理|接待|接收|收到|亲自|本人|家里|家住|名下|手上|地址|电话|手机|微信|邮箱|身份|卡号|车牌|预算|报修|报告|购买|下单|投诉|咨询|办理|完成|结束|开会|出差|请假|离职|入职|等人|两人|三人|同学|先生|女士|小姐|老师|师傅|经理|总监|主任"
)
_TITLE_AFTER = re.compile(
    r"(?:先生|女士|小姐|老师|师傅|总经理|副总|总监|总工|厂长|经理|主任|部长|科长|处长|主管|董事长|院长|校长|店长|工程师|队长|会计|博士|教授|总(?![部价量体共计是数额装线结的之])|工(?![程厂作艺业单人时位序段资]))"
)
_SURNAME_FIRST = re.compile(r"[一-鿿]{1,4}")
_NEVER_IN_NAME = frozenset(
    "的是在有和与说要来去已将会把被让给打电手微身住也都又就反提表认确需未不先女总经主科处部厂工师您你我他她它们这那个了吗呢吧啊为从到对向后前里外请找上下再着过得很还只没及或但因所以如果可能应该最更其之者此每各某该等时点号楼室元万拍签决负拜约谈收接沟看问聊订买卖付投"
)
_NOT_NAMES = frozenset(
    [
        "方便",
        "方案",
        "安排",
        "安装",
        "安全",
        "高度",
        "高速",
        "高清",
        "高压",
        "高温",
        "常见",
        "常用",
        "常规",
        "时间",
        "时候",
        "任何",
        "任务",
        "于是",
        "关于",
        "金额",
        "金属",
        "黄色",
        "白色",
        "白天",
        "温度",
        "温升",
        "车间",
        "车辆",
        "单位",
        "单价",
        "单号",
        "万元",
        "马上",
        "马达",
        "成本",
        "成交",
        "成品",
        "平台",
        "平时",
        "平均",
        "和谐",
        "花园",
        "水泵",
        "水平",
        "路径",
        "路由",
        "包装",
        "包括",
        "石油",
        "项目",
        "项",
        "管理",
        "管道",
        "计划",
        "计算",
        "经理",
        "相关",
        "相应",
        "钢板",
        "支付",
        "支持",
        "明天",
        "明年",
        "明确",
        "连接",
        "连续",
        "能否",
        "都是",
        "全部",
        "全新",
        "康复",
        "解决",
        "解释",
        "应用",
        "应急",
        "查询",
        "荆门",
        "后续",
        "后天",
        "向上",
        "何时",
        "何种",
        "曾经",
        "习惯",
        "国内",
        "国际",
        "强度",
        "强烈",
        "党委",
        "古城",
        "华北",
        "华东",
        "华南",
        "江苏",
        "江西",
        "河南",
        "海南",
        "云南",
        "安徽",
        "陕西",
        "宁波",
        "苏州",
        "杭州",
        "徐州",
        "郑州",
        "常州",
        "温州",
        "武汉",
        "广州",
        "秦皇岛",
        "东方",
        "对方",
        "双方",
        "甲方",
        "乙方",
        "客户",
        "双击",
        "双休",
        "文件",
        "文档",
        "程序",
        "游戏",
        "别人",
        "别的",
        "房间",
        "房产",
        "台账",
        "台机",
        "焦点",
        "牛皮",
        "尚未",
        "充电",
        "充足",
        "欧洲",
        "戴尔",
        "谷歌",
        "莫名",
        "易损",
        "易用",
        "简单",
        "简易",
        "广告",
        "广泛",
        "空调",
        "空间",
        "盛大",
        "宣传",
        "商务",
        "商品",
        "商量",
        "冷却",
        "冷水",
        "冷凝",
        "祖国",
        "景区",
        "武器",
        "党员",
        "乔迁",
        "翻译",
    ]
)
_DECIDES = frozenset({"拍板人", "决策人", "决策者", "关键人"})
_BETWEEN_NAMES = re.compile(r"\s*(?:是|为|叫|[:：])?\s*")
_DEFECT_END = r"(?:[0-9.]+\s?(?:mm|μm|um|℃|°C|度|%|dB|MPa|bar|A|V|Hz|rpm|ms|s|丝|道|秒|毫米|微米|处|次|个)?)?"
_NEGATED = re.compile(
    r"(?:无|没有|未发现|未见|未出现|不存在|没|零|避免|防止|杜绝|预防|无任何|没发现|未|消除了?|排除了?)\s*(?:任何|明显|其他|异常)?\s*$"
)
_NOT_DEFECT_AFTER = re.compile(
    r"^(?:率|代码|码|树|停机率|次数|类型|类别|统计|登记|处理流程|报告模板|预案|诊断系统|培训|管理|件数|库|手册|等级|描述|保修)"
)


def spans_in(text: str) -> list[Span]:
    """Everything sensitive within a text, in order; what has a pattern of its own comes before what only words tell."""
    folded = fold(text)
    inner = folded.text
    spoken = [*_addresses(inner), *_budgets(inner), *_deciders(inner), *_defects(inner), *_names(inner)]
    return apart([*personal_spans(inner), *spoken], folded)


def _addresses(text: str) -> Iterator[Span]:
    """Roads with numbers and divisions with what lies in them, from the division before to the last part."""
    if sum(text.count(sign) for sign in _UNITS) == 0:
        if text.isascii():
            yield from (Span(*one.span(), "address") for one in _ENGLISH.finditer(text))
        return
    last = -1
    for found in _ROADS.finditer(text):
        if found.start() < last:
            continue
        start = _where_it_begins(text, found.start(), found.end())
        end = _where_it_ends(text, found.end())
        told = text[start:end]
        if len(recognisers.UNIT.findall(told)) >= 2 or _division_at(text, start):
            last = end
            yield Span(start, end, "address")


def _where_it_begins(text: str, start: int, end: int) -> int:
    """The first of the divisions that stand before or within a road's name."""
    earliest = next(
        (
            at
            for at in range(max(0, start - 30), end)
            if (length := _division_at(text, at)) and _leads(text, at + length, start)
        ),
        None,
    )
    if earliest is not None:
        return earliest
    cut = re.search(
        r"(?:在|到|至|于|寄|送|是|址|往|去|住|为|我|的|了|发|家|从|改|址|厂|司|点|方|：|:)(?=[^在到至于寄送是址往去住为我的了发家从改]*$)",
        text[start : end - 3],
    )
    return start + cut.end() if cut is not None and cut.end() < end - start - 4 else start


def _leads(text: str, at: int, start: int) -> bool:
    """Whether from a division on nothing but names of parts follow until the road."""
    while at < start and (length := _division_at(text, at)):
        at += length
    between = text[at:start]
    return not between.strip() or (
        re.fullmatch(r"[一-鿿 ]{0,16}", between) is not None and between.rstrip()[-1] in "省市区县旗镇乡道村"
    )


def _where_it_ends(text: str, end: int) -> int:
    while (more := _MORE.match(text, end)) is not None and more.end() > end:
        end = more.end()
    return len(text[:end].rstrip())


def _division_at(text: str, at: int) -> int:
    """The length of the name of a division that begins here; 0 where none does."""
    names = _names_of_divisions()
    return next((length for length in range(_LONGEST_DIVISION, 1, -1) if text[at : at + length] in names), 0)


@lru_cache(maxsize=1)
def _names_of_divisions() -> frozenset[str]:
    """Full names of all divisions, and what provinces and cities are called for short."""
    by_code = divisions().by_code
    full = {one.name for one in by_code.values() if len(one.name) > 1}
    short = {one.name.removesuffix("省").removesuffix("市") for one in by_code.values() if len(one.code) <= 4}
    regions = {"内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "浦东新区", "浦东"}
    return frozenset(one for one in full | short | regions if len(one) >= 2)


def _budgets(text: str) -> Iterator[Span]:
    small = text.casefold()
    if not any(
        one in small for one in ("预算", "采购额", "投资", "budget", "费用上限", "资金盘子", "拨款", "立项金额", "总投")
    ):
        return
    for pattern in _BUDGETS:
        for found in pattern.finditer(text):
            start, end = found.span(1)
            yield Span(start, start + len(text[start:end].rstrip()), "budget")


def _deciders(text: str) -> Iterator[Span]:
    """A position with a name beside it, or a position in a sentence that says who decides."""
    for found in _title_pattern().finditer(text):
        start, end = found.span()
        if found.group() in _DECIDES:
            yield from _named_decider(text, end)
            continue
        behind = _BETWEEN_NAMES.match(text, end)
        name = _name_at(text, behind.end() if behind is not None else end)
        before = _name_before(text, start)
        decided = _decided(text)
        if name is not None and (len(found.group()) > 2 or decided):
            yield Span(start, name, "decision_chain")
        elif before is not None and (len(found.group()) > 2 or decided):
            yield Span(before, end, "decision_chain")
        elif decided:
            yield Span(_surname_before(text, start), end, "decision_chain")
    if _decided(text):
        for found in re.finditer(r"([一-鿿])总(?![部价量体共计是数额装线结的之经监工])", text):
            if found.group(1) in level_rules().content["surname_signs"][0]:
                yield Span(*found.span(), "decision_chain")


def _named_decider(text: str, at: int) -> Iterator[Span]:
    """Who stands behind the word for one who decides; the word itself is nobody."""
    behind = _BETWEEN_NAMES.match(text, at)
    start = behind.end() if behind is not None else at
    name = _name_at(text, start)
    if name is not None:
        yield Span(start, name, "decision_chain")


def _decided(text: str) -> bool:
    return any(one in text for one in level_rules().content["decisive"])


@lru_cache(maxsize=1)
def _title_pattern() -> re.Pattern[str]:
    titles = sorted(level_rules().content["titles"], key=lambda one: (-len(one), one))
    return re.compile(
        "|".join(rf"(?<![A-Za-z]){re.escape(one)}(?![A-Za-z])" if one.isascii() else re.escape(one) for one in titles)
    )


def _name_at(text: str, at: int) -> int | None:
    """The end of a full name that begins here."""
    content = level_rules().content
    if text[at : at + 2] in content["surnames"]:
        given = at + 2
    elif at < len(text) and text[at] in content["surname_signs"][0]:
        given = at + 1
    else:
        return None
    end = given
    while end < len(text) and end - given < 2 and "一" <= text[end] <= "鿿" and text[end] not in _NEVER_IN_NAME:
        if _STOPS.match(text, end) is not None:
            break
        end += 1
    if any(text[one : one + 2] in _NOT_NAMES for one in range(at, end - 1)):
        return None
    return end if end > given else None


def _name_before(text: str, end: int) -> int | None:
    """Where a full name begins that ends here."""
    for length in (3, 2, 4):
        at = end - length
        if at >= 0 and _name_at(text, at) == end and (at == 0 or not _inside_word(text, at)):
            return at
    return None


def _inside_word(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] in _NOT_NAMES


def _surname_before(text: str, start: int) -> int:
    frequent = level_rules().content["frequent_surnames"][0]
    return start - 1 if start and text[start - 1] in frequent and text[start - 2 : start] not in _NOT_NAMES else start


def _names(text: str) -> Iterator[Span]:
    """Names after a word for a person or before a form of address."""
    frequent = level_rules().content["frequent_surnames"][0]
    for found in _ROLES.finditer(text):
        at, weak = found.end(), found.group("weak") is not None
        end = _name_at(text, at)
        if end is not None and (not weak or (text[at] in frequent and _ends_clearly(text, at, end))):
            yield Span(at, end, "person_name")
    for found in _TITLE_AFTER.finditer(text):
        start = _name_before(text, found.start())
        if start is not None:
            yield Span(start, found.start(), "person_name")
        elif found.start() and text[found.start() - 1] in frequent and not _inside_word(text, found.start() - 1):
            yield Span(found.start() - 1, found.end(), "person_name")


def _ends_clearly(text: str, start: int, end: int) -> bool:
    """Whether what follows lets a name end here: after a word that may stand before anything, only a clear end will do."""
    rest = text[end : end + 1]
    clear = not rest or not "一" <= rest <= "鿿" or rest in _NEVER_IN_NAME or _STOPS.match(text, end) is not None
    return end - start >= 2 and clear


def _defects(text: str) -> Iterator[Span]:
    """A part or a parameter and what is wrong with it, in one clause."""
    for found in _defect_pattern().finditer(text):
        start, end = found.span("wrong")
        lead = text[max(0, start - 6) : start]
        if (
            _NEGATED.search(lead)
            or _NOT_DEFECT_AFTER.match(text[end:])
            or _NEGATED.search(text[max(0, found.start() - 6) : found.start()])
        ):
            continue
        yield Span(found.start(), found.end(), "defect")


@lru_cache(maxsize=1)
def _defect_pattern() -> re.Pattern[str]:
    """Part, few signs, what is wrong, and how much."""

    def either(words: Iterable[str]) -> str:
        return "|".join(map(re.escape, sorted(words, key=lambda one: (-len(one), one))))

    content = level_rules().content
    wrong, parts = either(content["defects"]), either(content["parts"])
    clause = r"[^，。；;！!？?\n,]"
    return re.compile(
        rf"(?:{parts})(?:{clause}{{0,14}}?)(?P<wrong>{wrong})(?:{clause}{{0,6}}?(?:超标|超差|严重|偏大|偏高))?\s?{_DEFECT_END}"
    )
