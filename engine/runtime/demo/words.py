"""Words that demo rows are made of: surnames, given names, places and trades of plausible Chinese companies."""

from __future__ import annotations

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏辉玲红建国文博思远雨欣子涵浩然梓萱一鸣嘉怡俊熙晓彤志远雅琪宇轩佳宁晨曦若曦天佑语嫣振东海燕春梅国庆立新凯旋安琪启航致远清扬书瑶"
PLACES = [
    "北京",
    "上海",
    "深圳",
    "广州",
    "杭州",
    "苏州",
    "南京",
    "宁波",
    "无锡",
    "青岛",
    "济南",
    "天津",
    "武汉",
    "长沙",
    "成都",
    "重庆",
    "西安",
    "郑州",
    "合肥",
    "厦门",
    "福州",
    "佛山",
    "东莞",
    "常州",
    "大连",
    "沈阳",
    "昆明",
    "石家庄",
    "嘉兴",
    "温州",
]
STEMS = [
    "华信",
    "中联",
    "远景",
    "恒泰",
    "瑞丰",
    "天成",
    "博远",
    "鼎新",
    "嘉和",
    "海纳",
    "晨光",
    "龙腾",
    "金桥",
    "新元",
    "宏图",
    "汇川",
    "安科",
    "明德",
    "致诚",
    "科达",
    "启源",
    "凌云",
    "众合",
    "东方",
    "蓝海",
    "卓越",
    "盛世",
    "立达",
    "百川",
    "云图",
    "方正",
    "润泽",
    "国泰",
    "联创",
    "同济",
    "星河",
    "正大",
    "永兴",
    "长虹",
    "万源",
]
TRADES = [
    "精密机械",
    "智能装备",
    "汽车零部件",
    "医疗器械",
    "新能源",
    "电子科技",
    "自动化",
    "工业软件",
    "半导体材料",
    "物流设备",
    "食品机械",
    "建材",
    "环保工程",
    "包装",
    "光电",
    "仪器仪表",
    "轨道交通",
    "化工",
    "纺织",
    "家电",
]
FORMS = ("有限公司", "股份有限公司", "科技有限公司", "集团有限公司")


def person(random: Random) -> str:
    """A name of two or three characters."""
    given = random.choice(GIVEN) + (random.choice(GIVEN) if random.random() < 0.7 else "")
    return random.choice(SURNAMES) + given


def company(random: Random) -> str:
    return random.choice(PLACES) + random.choice(STEMS) + random.choice(TRADES) + random.choice(FORMS)


def phone(random: Random) -> str:
    """A mobile number of the 199 range with a fixed middle, so that no real person is meant."""
    return f"199{random.randrange(10**8):08d}"


def email(random: Random) -> str:
    letters = "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(6))
    return f"{letters}@example.com"
